/** kill -9 in the middle of a swap: the process comes up on the ledger's active version, ledger and registry agree. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { HotSwapper, initLedger, ModuleRegistry, openLedger, sshSigner } from './live.mjs';
import { folder, MODULE, says } from './scene.js';

const SCRIPT = fileURLToPath(new URL('./crash-process.mjs', import.meta.url));
const KEY = fileURLToPath(new URL('../../fixtures/keys/ed25519', import.meta.url));

/** Runs the process until it says where it is, then kills it after `delayMs`. */
async function killAt(gitdir: string, step: string, delayMs: number): Promise<void> {
  const child = spawn(process.execPath, [SCRIPT, gitdir, KEY, step], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  let said = '';
  await Promise.race([
    ended,
    new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes(`at ${step}`)) resolve();
      });
    }),
  ]);
  await sleep(delayMs);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  expect(said).toContain(`at ${step}`);
}

const rounds: [string, number][] = [
  ['load', 0],
  ['validate', 0],
  ['health', 0],
  ...[0, 2, 5, 10, 20, 40].flatMap((ms): [string, number][] => [
    ['commit', ms],
    ['rollback', ms],
  ]),
];

it.each(rounds)('killed during %s, after %i ms', async (step, delayMs) => {
  const gitdir = join(folder(), 'ledger.git');
  const signer = await sshSigner({ privateKey: readFileSync(KEY), principal: 'service@example.org' });
  const first = await initLedger({ gitdir, signer });
  await first.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('one') });
  await first.close();
  await killAt(gitdir, step, delayMs);

  const ledger = await openLedger({ gitdir, signer });
  const swapper = new HotSwapper({ validator: { validate: () => true }, healthWindowMs: 0 });
  onTestFinished(() => swapper.close().then(() => ledger.close()));
  const [resumed] = await swapper.resume({ versionManager: ledger });
  const active = await ledger.latestCheckpoint(MODULE);
  const registry = new ModuleRegistry(ledger);
  const handle = swapper.handle<{ word(): string }>(MODULE);

  expect(resumed).toMatchObject({ version: active?.version, error: null });
  expect(handle.version).toBe(active?.version);
  expect(handle.call(({ word }) => word())).toBe(active?.version === 1 ? 'one' : 'two');
  expect((await registry.getActive(MODULE))?.version).toBe(active?.version);
  expect(await registry.listVersions(MODULE, 'ACTIVE')).toHaveLength(1);
  const second = (await registry.listVersions(MODULE)).find((v) => v.checkpoint.version === 2)?.status;
  const possible: Record<string, unknown[]> = {
    load: ['STAGED'],
    validate: ['STAGED'],
    commit: ['STAGED', 'ACTIVE'],
    health: ['ACTIVE'],
    rollback: ['ACTIVE', 'REVERTED'],
  };
  expect(possible[step]).toContain(second);

  // The service goes on from here.
  expect(await swapper.swap({ moduleId: MODULE, files: says('three') }, { versionManager: ledger })).toMatchObject({
    phase: 'COMMITTED',
    fromVer: active?.version,
  });
  expect(handle.call(({ word }) => word())).toBe('three');
});
