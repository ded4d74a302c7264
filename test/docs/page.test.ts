/** The guide docs/guide/page.md: its service tells of itself and of others, and so does its command. */

import { expect, onTestFinished, test } from 'vitest';
import type { OverviewAnswer } from '../../src/page/answers.js';
import { freePort } from '../free-port.js';
import { MarkdownDocument } from './document.js';
import { Program } from './program.js';
import { Workplace } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/page.md');

async function processesAt(url: string): Promise<OverviewAnswer['processes']> {
  const response = await fetch(new URL('data/overview.json', url));
  return ((await response.json()) as OverviewAnswer).processes;
}

test('a service has the page, and says there what runs in it and in others; git-lineage ui says the same', async () => {
  const place = new Workplace();
  // The last of what is undone: the programs are killed first.
  onTestFinished(() => place.remove());
  const [service = ''] = guide.texts('js service.mjs');
  place.write('service.mjs', service);
  place.write('planner/index.mjs', 'export const plan = 1;\n');
  place.run('git-lineage init modules.git --principal ops@example.org');
  place.run('git-lineage record planner planner --ledger modules.git');

  const ports = [await freePort(), await freePort()];
  const one = new Program(place, `node service.mjs ${ports[0]}`);
  await one.line(/^http/);
  const other = new Program(place, `node service.mjs ${ports[1]} http://127.0.0.1:${ports[0]}`);
  const page = await other.line(/^http/);
  const running = [{ moduleId: 'planner', version: 1 }];
  const both = [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`].map((name) => ({
    name,
    at: expect.any(Number),
    running,
  }));
  expect(await processesAt(page)).toEqual([both[1], both[0]]);

  expect(guide.text).toContain('git-lineage ui --processes http://10.0.0.1:9464 --processes http://10.0.0.2:9464');
  const given = ports.map((port) => `--processes http://127.0.0.1:${port}`).join(' ');
  const ui = new Program(place, `git-lineage ui --ledger modules.git --json ${given}`);
  const { url } = JSON.parse(await ui.line(/^\{/)) as { url: string };
  expect(await processesAt(url)).toEqual(both);
  for (const program of [ui, other, one]) await program.end('SIGTERM');
}, 120_000);
