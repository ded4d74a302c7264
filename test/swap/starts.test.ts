/** A version that takes its process down, and a supervisor that starts it again: not for ever. */

import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { nativeLocks } from '../../src/native-locks.js';
import { HotSwapper, initLedger, sshSigner } from './live.mjs';
import { folder, MODULE, says } from './scene.js';

const SCRIPT = fileURLToPath(new URL('./starts-process.mjs', import.meta.url));
const KEY = fileURLToPath(new URL('../../fixtures/keys/ed25519', import.meta.url));

/** A ledger with a stable v1 and an active v2 of which nothing is known. */
async function withNewVersion(): Promise<{ readonly gitdir: string; readonly ledger: Ledger }> {
  const gitdir = join(folder(), 'ledger.git');
  const signer = await sshSigner({ privateKey: readFileSync(KEY), principal: 'service@example.org' });
  const ledger = await initLedger({ gitdir, signer });
  onTestFinished(() => ledger.close());
  await ledger.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('one') });
  await ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
  return { gitdir, ledger };
}

/** Starts the service once; what it said, and how it ended. */
function start(gitdir: string, deadly: number, ...more: string[]) {
  const args = [SCRIPT, gitdir, KEY, String(deadly), ...more];
  const { stdout, signal, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { said: stdout.trim(), ended: signal ?? status };
}

function startsIn(gitdir: string): string[] {
  const place = join(gitdir, 'lineage', 'starts', MODULE);
  return readdirSync(place).flatMap((since) => readdirSync(join(place, since)).map((name) => `${since}/${name}`));
}

describe('a version that takes its process down in its health window', () => {
  it('is rolled back before the fourth start imports it', async () => {
    const { gitdir, ledger } = await withNewVersion();
    for (let died = 0; died < 3; died++) expect(start(gitdir, 2)).toEqual({ said: 'on v2', ended: 'SIGKILL' });
    expect(start(gitdir, 2)).toEqual({ said: 'CRASH_LOOP v2\non v1', ended: 0 });
    const rollbacks = [];
    for await (const { events } of ledger.history({ moduleId: MODULE }))
      rollbacks.push(...events.filter(({ type }) => type === 'rollback'));
    expect(rollbacks).toEqual([{ type: 'rollback', moduleId: MODULE, fromVer: 2, toVer: 1, reason: 'HEALTH_FAILURE' }]);
    expect(start(gitdir, 2)).toEqual({ said: 'on v1', ended: 0 });
  });

  it('is not, for starts that ended as they should', async () => {
    const { gitdir } = await withNewVersion();
    for (let round = 0; round < 4; round++) expect(start(gitdir, 0)).toEqual({ said: 'on v2', ended: 0 });
    expect(startsIn(gitdir)).toEqual([]);
  });

  it('is not, once it came through its window here', async () => {
    const { gitdir, ledger } = await withNewVersion();
    await ledger.policy.set({ settings: { promoteStable: false } });
    const swapper = new HotSwapper({ validator: { validate: () => true }, healthWindowMs: 0 });
    await swapper.resume({ versionManager: ledger });
    while (!startsIn(gitdir).some((name) => name.endsWith('survived'))) await new Promise(setImmediate);
    await swapper.close();
    for (let died = 0; died < 4; died++) expect(start(gitdir, 2)).toEqual({ said: 'on v2', ended: 'SIGKILL' });
    expect(startsIn(gitdir)).toHaveLength(1);
  });

  it('counts what died in the last ten minutes, and an earlier run of the kernel once', async () => {
    const { gitdir, ledger } = await withNewVersion();
    const since = (await ledger.live.epoch(MODULE))?.since;
    const place = join(gitdir, 'lineage', 'starts', MODULE, String(since));
    mkdirSync(place, { recursive: true });
    const write = (name: string, at: number, boot: string) =>
      writeFileSync(join(place, name), JSON.stringify({ at, boot }));
    for (let n = 0; n < 5; n++) write(`old-${n}`, Date.now() - 11 * 60_000, 'b');
    for (let n = 0; n < 5; n++) write(`reboot-${n}`, Date.now(), 'another run');
    writeFileSync(join(place, 'torn'), '{');
    // Another process is about to begin: nobody takes its start away, or counts it.
    writeFileSync(join(place, 'begins.new'), '');
    // One was killed there, long ago.
    writeFileSync(join(place, 'killed.new'), '');
    utimesSync(join(place, 'killed.new'), 0, 0);
    utimesSync(join(place, 'torn'), 0, 0);
    expect(start(gitdir, 2)).toEqual({ said: 'on v2', ended: 'SIGKILL' });
    expect(start(gitdir, 2)).toEqual({ said: 'on v2', ended: 'SIGKILL' });
    // One for the earlier run, two that died in this one.
    expect(start(gitdir, 2)).toEqual({ said: 'CRASH_LOOP v2\non v1', ended: 0 });
    expect(startsIn(gitdir)).toContain(`${since}/begins.new`);
    expect(startsIn(gitdir)).not.toContain(`${since}/killed.new`);
  });

  it('is rolled back where another process counts the starts that died at the same time', async () => {
    const { gitdir } = await withNewVersion();
    for (let died = 0; died < 3; died++) expect(start(gitdir, 2)).toEqual({ said: 'on v2', ended: 'SIGKILL' });
    const counted = startsIn(gitdir).map((name) => openSync(join(gitdir, 'lineage', 'starts', MODULE, name), 'r+'));
    const { tryLock } = await nativeLocks();
    for (const fd of counted) expect(tryLock(fd, { shared: true })).toBe(true);
    expect(start(gitdir, 2)).toEqual({ said: 'CRASH_LOOP v2\non v1', ended: 0 });
    for (const fd of counted) closeSync(fd);
  });

  it('stays where there is nothing to go back to, says so, and comes up', async () => {
    const { gitdir, ledger } = await withNewVersion();
    await ledger.untag(MODULE, 1, 'stable');
    const said = Array.from({ length: 5 }, () => start(gitdir, 2));
    const ended = 'SIGKILL';
    const quiet = { said: 'on v2', ended };
    const loud = { said: 'CRASH_LOOP v2\non v2', ended };
    expect(said).toEqual([quiet, quiet, quiet, loud, loud]);
  });
});

it('a process that follows its ledger, and does nothing else, ends by itself', async () => {
  const { gitdir, ledger } = await withNewVersion();
  await ledger.tag(MODULE, 2, 'stable');
  expect(start(gitdir, 0, '--left')).toEqual({ said: 'on v2', ended: 0 });
});
