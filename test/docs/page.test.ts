/** The guide docs/guide/page.md: its service tells of itself and of others, and its commands show a ledger, several, and one as files. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { OverviewAnswer } from '../../src/page/answers.js';
import { freePort } from '../free-port.js';
import { MarkdownDocument, meant } from './document.js';
import { Program } from './program.js';
import { placeWithPlanner } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/page.md');

/** The command of a section, which is the only one. */
function commandOf(section: string): string {
  const [command = '', ...others] = guide.commands(section);
  expect([section, others]).toEqual([section, []]);
  return command;
}

async function overviewAt(url: string): Promise<unknown> {
  return (await fetch(new URL('data/overview.json', url))).json();
}

async function processesAt(url: string): Promise<OverviewAnswer['processes']> {
  return ((await overviewAt(url)) as OverviewAnswer).processes;
}

test('a service has the page, and says there what runs in it and in others; git-lineage ui says the same', async () => {
  const place = placeWithPlanner();
  const [service = ''] = guide.texts('js service.mjs');
  place.write('service.mjs', service);

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

  const command = meant(commandOf('Processes that follow'), {
    'http://10.0.0.1:9464': `http://127.0.0.1:${ports[0]}`,
    'http://10.0.0.2:9464': `http://127.0.0.1:${ports[1]}`,
  });
  const ui = new Program(place, `${command} --json`);
  const { url } = JSON.parse(await ui.line(/^\{/)) as { url: string };
  expect(await processesAt(url)).toEqual(both);
  for (const program of [ui, other, one]) await program.end('SIGTERM');
}, 120_000);

test('git-lineage ui shows a ledger at the port that it is given, and several with a front', async () => {
  const place = placeWithPlanner();
  const port = String(await freePort());
  const one = new Program(place, meant(commandOf('The page'), { 8419: port }));
  expect(await one.line(/^showing/)).toContain(`http://127.0.0.1:${port}/`);
  expect(await overviewAt(`http://127.0.0.1:${port}/`)).toMatchObject({
    modules: [{ moduleId: 'planner', active: 1 }],
  });
  await one.end('SIGTERM');

  place.run('for name in search billing agents; do git-lineage init "$name.git"; done');
  const command = meant(commandOf('Several ledgers'), {
    '/srv/teams/agents/ledger.git': place.path('agents.git'),
  });
  const front = new Program(place, command);
  const [url = ''] = /http:\S+/.exec(await front.line(/^showing/)) ?? [];
  const named = ['search', 'billing', 'agents'].map((name) => ({ name }));
  expect(await overviewAt(url)).toMatchObject({ ledgers: named });
  for (const { name } of named) {
    expect(guide.section('Several ledgers')).toContain(`\`/${name}/\``);
    expect(await overviewAt(`${url}${name}/`)).toMatchObject({ name: `${name}.git`, modules: [] });
  }
  await front.end('SIGTERM');
}, 120_000);

test('git-lineage report writes the page as files, audited', () => {
  const place = placeWithPlanner();
  place.run(commandOf('As files'));
  expect(readFileSync(place.path('public/index.html'), 'utf8')).toContain('data-source="report"');
  expect(readdirSync(place.path('public/data'))).toContain('audit.js');
}, 120_000);
