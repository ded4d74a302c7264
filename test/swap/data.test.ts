/** Data of modules: not beside their files, where it would be lost, but in a folder of their own. */

import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ephemeralSigner, HotSwapper, initLedger, makeVersionManager } from './live.mjs';
import { folder, liveScene, MODULE } from './scene.js';

const OPTIONS = { validator: { validate: () => true }, healthWindowMs: 0 };

it('an ordinary user is refused where a module writes beside itself; what its owner wrote all the same is set aside', async () => {
  const cacheDir = folder();
  if (process.getuid?.() === 0) chownSync(cacheDir, 65534, 65534);
  const script = fileURLToPath(new URL('./read-only-process.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, cacheDir]);
  expect(JSON.parse(stdout)).toEqual({
    refused: ['EACCES', 'EACCES', 'EACCES'],
    warnings: ['CACHE_CHANGED'],
    replaced: true,
    kept: 'saved',
  });
});

/** A module that says where it is. */
function placed(word: string): Record<string, string> {
  return { 'index.mjs': `export const place = import.meta.dirname;\nexport const word = () => '${word}';\n` };
}

it('what root writes beside a module is set aside and told when the version is gone back to', async () => {
  const made = await liveScene({ loadTimeoutMs: 60_000 });
  await made.swap(placed('two'));
  const { place } = made.swapper.handle<{ place: string }>(MODULE).call((m) => m);
  await made.swap('three');
  // As root's module would, whoever runs this test.
  chmodSync(place, 0o755);
  writeFileSync(join(place, 'data.json'), '{ "orders": 17 }');
  await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger, to: 2 });
  expect(made.say()).toBe('two');
  const warning = made.notices.find((notice) => notice.type === 'warning' && notice.code === 'CACHE_CHANGED');
  expect(warning).toMatchObject({ moduleId: MODULE, version: 2 });
  const aside = /is in (\S+) now/.exec(warning?.type === 'warning' ? warning.message : '')?.[1] ?? '';
  expect(readFileSync(join(aside, 'files/data.json'), 'utf8')).toBe('{ "orders": 17 }');
  expect(existsSync(join(place, 'data.json'))).toBe(false);
});

it('a module has a folder for data beside the ledger, the same for all its versions', async () => {
  const gitdir = join(folder(), 'modules.git');
  const versionManager = await initLedger({ gitdir, signer: await ephemeralSigner('dev@example.org') });
  onTestFinished(() => versionManager.close());
  const swapper = new HotSwapper(OPTIONS);
  onTestFinished(() => swapper.close());
  const place = await swapper.dataDir('@acme/planner', { versionManager });
  expect(place).toBe(join(gitdir, 'lineage/data/@acme+planner'));
  writeFileSync(join(place, 'orders.json'), '17');
  expect(await swapper.dataDir('@acme/planner', { versionManager })).toBe(place);
  expect(readFileSync(join(place, 'orders.json'), 'utf8')).toBe('17');
  expect((await versionManager.journal.doctor()).findings).toEqual([]);
});

it('a ledger that was moved away says so to a swap, nothing is made in its place, and moved back it goes on', async () => {
  const gitdir = join(folder(), 'modules.git');
  const versionManager = await initLedger({ gitdir, signer: await ephemeralSigner('dev@example.org') });
  onTestFinished(() => versionManager.close());
  const swapper = new HotSwapper(OPTIONS);
  onTestFinished(() => swapper.close());
  const swap = (word: string) => swapper.swap({ moduleId: 'planner', files: placed(word) }, { versionManager });
  expect(await swap('one')).toMatchObject({ phase: 'COMMITTED' });
  renameSync(gitdir, `${gitdir}.moved`);
  expect(await swap('two')).toMatchObject({ phase: 'FAILED', error: { code: 'NOT_A_LEDGER' } });
  await expect(versionManager.tag('planner', 1, 'stable')).rejects.toMatchObject({ code: 'NOT_A_LEDGER' });
  expect(existsSync(gitdir)).toBe(false);
  renameSync(`${gitdir}.moved`, gitdir);
  expect(await swap('two')).toMatchObject({ phase: 'COMMITTED' });
});

it('data may be kept elsewhere, and must be where the ledger is in memory', async () => {
  const versionManager = await makeVersionManager();
  const dataDir = join(folder(), 'data');
  const swapper = new HotSwapper({ ...OPTIONS, dataDir });
  expect(await swapper.dataDir('planner', { versionManager })).toBe(join(dataDir, 'planner'));
  expect(existsSync(join(dataDir, 'planner'))).toBe(true);
  const none = new HotSwapper(OPTIONS);
  await expect(none.dataDir('planner', { versionManager })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(swapper.dataDir('../planner', { versionManager })).rejects.toMatchObject({ code: 'INVALID_MODULE_ID' });
  writeFileSync(join(dataDir, 'file'), '');
  await expect(swapper.dataDir('file', { versionManager })).rejects.toMatchObject({ code: 'IO' });
  expect(() => new HotSwapper({ ...OPTIONS, dataDir: '' })).toThrow(/dataDir/);
});
