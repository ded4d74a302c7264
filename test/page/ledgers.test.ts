/** Several ledgers in one page: the front, each ledger's own page, one that cannot be read, and the command line. */

import { describe, expect, onTestFinished, test } from 'vitest';
import { type LedgersHandlerOptions, ledgersHandler } from '../../src/api/server.js';
import { makeVersionManager } from '../../src/api/testing.js';
import type { Ledger } from '../../src/index.js';
import { withLedger } from '../cli/sandbox.js';
import { ended, started } from '../cli/started.js';
import { refusal } from '../suite/expectations.js';
import { SCRIPT } from './hostile-content.mjs';
import { front } from './several-ledgers.js';

describe('the front of several ledgers', () => {
  test('has a row for each, with what waits in it, and says of one that it cannot be read', async () => {
    const { calm, hostile, json } = await front();
    const { ledgers } = await json('data/overview.json');
    expect(ledgers).toMatchObject([
      { name: 'calm', modules: 1, active: 1, staged: 0, pending: 0, newest: { moduleId: 'index' } },
      { name: 'hostile', modules: 2, active: 1, staged: 2, pending: 1, newest: { moduleId: 'planner' } },
      { name: 'broken', code: 'INVALID_ARGUMENT' },
    ]);
    expect(ledgers.map(({ position }: { position?: unknown }) => position)).toEqual([
      await calm.journal.position(),
      await hostile.journal.position(),
      undefined,
    ]);
    expect(await json('data/audit.json')).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('leads to the page of each, which leads back', async () => {
    const { server, json } = await front();
    const at = (path: string) => fetch(new URL(path, server.url), { redirect: 'manual' });
    for (const path of ['', 'page.js', 'calm/', 'calm/page.js', 'hostile/data/audit.json'])
      expect([path, (await at(path)).status]).toEqual([path, 200]);
    expect((await at('calm')).headers.get('location')).toBe('/calm/');
    expect((await at('nobody/')).status).toBe(404);
    expect(await json('calm/data/overview.json')).toMatchObject({ front: '../', processes: null });
    expect(await json('hostile/data/overview.json')).toMatchObject({ front: '../', processes: [{ name: 'web-1' }] });
  });

  test('is told of a move in any of them', async () => {
    const { hostile, server } = await front();
    const stream = await fetch(new URL('data/events', server.url));
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const tip = async () => /data: (.*)/.exec((await reader?.read())?.value ?? '')?.[1];
    const first = JSON.parse((await tip()) ?? '{}');
    await hostile.rollback('planner', 'MANUAL');
    const second = JSON.parse((await tip()) ?? '{}');
    expect(second.seq).toBe(first.seq + 1);
    expect(second.oid).not.toBe(first.oid);
    await reader?.cancel();
  });

  test('takes names that an address can have, each once', async () => {
    const ledger = await makeVersionManager();
    onTestFinished(() => ledger.close());
    const named = (...names: unknown[]) =>
      ({ ledgers: names.map((name) => ({ name, ledger })) }) as LedgersHandlerOptions;
    const wrong: [LedgersHandlerOptions, string][] = [
      [named(), 'ledgers'],
      [named('a', 'a'), 'ledgers[1].name'],
      ...['', '.', '..', 'data', 'a/b', SCRIPT, 7].map((name): [LedgersHandlerOptions, string] => [
        named(name),
        'ledgers[0].name',
      ]),
      [{ ledgers: [{ name: 'a', ledger: {} as Ledger }] }, 'ledgers[0].ledger'],
      [{ ...named('a'), path: 'x' }, 'path'],
      [undefined as unknown as LedgersHandlerOptions, 'ledgers'],
    ];
    for (const [options, path] of wrong) {
      const error = await refusal(async () => void ledgersHandler(options), 'INVALID_ARGUMENT');
      expect(error.data.issues.map((issue) => issue.path)).toEqual([path]);
    }
  });
});

test('ui shows each ledger that is given under the name of its folder, or the one given with it', async () => {
  const box = await withLedger();
  await box.ok('init', 'billing.git');
  await box.ok('init', 'deep/modules.git');
  const same = await box.run(['ui', 'modules.git', 'deep/modules.git']);
  expect([same.code, same.stderr]).toEqual([2, expect.stringContaining('two that are called modules')]);
  expect(same.stderr).toContain('NAME=');
  const processes = await box.run(['ui', 'modules.git', 'billing.git', '--processes', 'http://127.0.0.1:1']);
  expect([processes.code, processes.stderr]).toEqual([2, expect.stringContaining('--processes')]);
  const missing = await box.run(['ui', 'modules.git', 'nowhere.git']);
  expect([missing.code, missing.stderr]).toEqual([expect.any(Number), expect.stringContaining('nowhere.git')]);
  const { child, url } = await started(box, 'ui', 'modules.git', 'billing.git', 'team=deep/modules.git');
  const { ledgers } = (await (await fetch(`${url}data/overview.json`)).json()) as { ledgers: { name: string }[] };
  expect(ledgers.map(({ name }) => name)).toEqual(['modules', 'billing', 'team']);
  expect(await (await fetch(`${url}team/data/overview.json`)).json()).toMatchObject({ name: 'modules.git' });
  expect(await ended(child)).toEqual([0, { ended: 'SIGTERM' }]);
  const alone = await started(box, 'ui', 'billing.git');
  expect(await (await fetch(`${alone.url}data/overview.json`)).json()).toMatchObject({
    name: 'billing.git',
    front: null,
  });
});
