/** The page from the command line: `ui`, `serve --ui`, `report`. */

import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { withLedger } from '../cli/sandbox.js';
import { ended, started } from '../cli/started.js';

function statusOf(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on('error', reject);
    asking.end();
  });
}

test('ui shows the ledger to this machine, and ends with the signal though a page is open', async () => {
  const box = await withLedger();
  box.write('planner/index.js', 'export const plan = 1;');
  await box.ok('record', 'planner', 'planner');
  const { child, url } = await started(box, 'ui', '--allow-host', 'ledger.example.org');
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const overview = (await (await fetch(`${url}data/overview.json`)).json()) as { name: string; modules: unknown[] };
  expect(overview).toMatchObject({ name: 'modules.git', modules: [{ moduleId: 'planner', active: 1 }] });
  expect(await statusOf(url, 'ledger.example.org')).toBe(200);
  expect(await statusOf(url, 'example.org')).toBe(421);
  const stream = await fetch(`${url}data/events`);
  const text = stream.text().catch(() => 'cut');
  expect(await ended(child)).toEqual([0, { ended: 'SIGTERM' }]);
  await text;
});

test('serve shows the page beside git and the metrics where it is asked to, else not', async () => {
  const box = await withLedger();
  const both = await started(box, 'serve', '--ui', '--metrics');
  for (const path of ['', 'page.js', 'metrics', 'info/refs?service=git-upload-pack'])
    expect([path, (await fetch(`${both.url}${path}`)).status]).toEqual([path, 200]);
  expect(await ended(both.child)).toEqual([0, { ended: 'SIGTERM' }]);
  const plain = await started(box, 'serve');
  expect((await fetch(plain.url)).status).toBe(404);
  await ended(plain.child);
});

test('serve offers each ledger that is given to git, with the metrics of all and a page of each', async () => {
  const box = await withLedger();
  await box.ok('init', 'billing.git');
  await box.ok('init', 'deep/modules.git');
  const same = await box.run(['serve', 'modules.git', 'deep/modules.git']);
  expect([same.code, same.stderr]).toEqual([2, expect.stringContaining('two that are called modules')]);
  expect(same.stderr).toContain('git-lineage serve');
  const missing = await box.run(['serve', 'billing.git', 'nowhere.git', '--ui']);
  expect([missing.code, missing.stderr]).toEqual([expect.any(Number), expect.stringContaining('nowhere.git')]);
  const { child, url } = await started(box, 'serve', 'billing.git', 'team=deep/modules.git', '--ui', '--metrics');
  for (const name of ['billing', 'team']) {
    expect((await fetch(`${url}${name}.git/info/refs?service=git-upload-pack`)).status).toBe(200);
    expect((await fetch(`${url}${name}/data/overview.json`)).status).toBe(200);
  }
  expect((await fetch(`${url}modules.git/info/refs?service=git-upload-pack`)).status).toBe(404);
  const metrics = await (await fetch(`${url}metrics`)).text();
  expect(metrics).toContain('\nasm_version_journal_entries 2\n');
  const { ledgers } = (await (await fetch(`${url}data/overview.json`)).json()) as { ledgers: { name: string }[] };
  expect(ledgers.map(({ name }) => name)).toEqual(['billing', 'team']);
  expect(await ended(child)).toEqual([0, { ended: 'SIGTERM' }]);
  const alone = await started(box, 'serve', 'billing.git');
  expect((await fetch(`${alone.url}any.git/info/refs?service=git-upload-pack`)).status).toBe(200);
  await ended(alone.child);
});

test('report writes the page, and says where', async () => {
  const box = await withLedger();
  const { dir, files, position } = await box.json('report', 'public', '--audit', '--versions', '3');
  expect(dir).toBe(box.path('public'));
  expect([files > 5, position.seq, existsSync(box.path('public', 'index.html'))]).toEqual([true, 0, true]);
  expect(await box.failure(['report', 'home'])).toMatchObject({ exit: 2 });
  expect(await box.failure(['report', 'new', '--versions', 'x'])).toMatchObject({ code: 'INVALID_ARGUMENT' });
});
