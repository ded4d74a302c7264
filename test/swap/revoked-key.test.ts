/** A process whose key was revoked: it serves, goes back on its own, says who can tell the ledger, and comes to what others make active. */

import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ephemeralSigner, initLedger, openLedger } from './live.mjs';
import { folder, heldCheck, MODULE, type Scene, type SceneOptions, says, scene } from './scene.js';

/** A ledger on disk with a stable first version, an operator who may revoke, and a service with a key of its own, which can be opened again. */
async function withService(options: SceneOptions = {}) {
  const gitdir = join(folder(), 'ledger.git');
  const operator = await initLedger({ gitdir, signer: await ephemeralSigner('operator@example.org') });
  onTestFinished(() => operator.close());
  await operator.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('one') });
  const signer = await ephemeralSigner('service@example.org');
  const { principal, publicKey } = signer;
  await operator.policy.set({ signers: [{ principal, publicKey, roles: ['recorder'] }] });
  const start = async (): Promise<Scene> => {
    const ledger = await openLedger({ gitdir, signer });
    onTestFinished(() => ledger.close());
    const service = await scene({ ledger, followIntervalMs: 5, ...options });
    await service.swapper.resume({ versionManager: ledger });
    return service;
  };
  const revoke = async () => {
    const from = (await operator.journal.position()).seq + 1;
    await operator.policy.set({ revoke: [{ fingerprint: publicKey.fingerprint, from }] });
  };
  return { operator, start, revoke };
}

/** The same with v2 live in its health window, which goes sick once its key is revoked and `meanwhile` was done. */
async function sickAndRevoked(
  options: SceneOptions = {},
  meanwhile?: (operator: Awaited<ReturnType<typeof initLedger>>) => Promise<unknown>,
) {
  const { operator, start, revoke } = await withService({
    healthWindowMs: 60_000,
    healthFailures: { limit: 1, of: 1 },
    ...options,
  });
  const service = await start();
  const { asked, checked } = heldCheck(service);
  const swap = service.swap('two');
  await asked.promise;
  await revoke();
  await meanwhile?.(operator);
  checked.resolve('it leaks');
  const result = await swap;
  return { operator, start, service, result };
}

const runs = (service: Scene, version: number) => service.swapper.handle(MODULE).version === version;

/** Resolves when the service runs a version. */
async function comesTo(service: Scene, version: number): Promise<void> {
  while (!runs(service, version)) await service.next(() => true);
}

describe('a version that goes sick after the key was revoked', () => {
  it('is left by this process, and a warning names the key and who can tell the ledger', async () => {
    const { operator, service, result } = await sickAndRevoked();
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 }, journaled: false });
    expect(result.error).toMatchObject({ code: 'ROLE_REQUIRED' });
    const [warning] = service.notices.filter((n) => n.type === 'warning' && n.code === 'ROLLBACK_NOT_JOURNALED');
    expect(warning).toMatchObject({ message: expect.stringContaining('the key of service@example.org is revoked') });
    expect(warning).toMatchObject({ message: expect.stringContaining(`git-lineage rollback ${MODULE} --to 1`) });
    expect([service.say(), (await operator.latestCheckpoint(MODULE))?.version]).toEqual(['one', 2]);
  });

  it('holds the process back from nothing that others make active', async () => {
    const { operator, service } = await sickAndRevoked();
    await operator.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('three') });
    await comesTo(service, 3);
    await operator.rollback(MODULE, 'MANUAL', { to: 1 });
    await comesTo(service, 1);
    expect(await operator.versions.status(MODULE, 3)).toBe('REVERTED');
  });

  it('is followed again where an operator clears it and makes it active again', async () => {
    const { operator, service } = await sickAndRevoked();
    await operator.rollback(MODULE, 'MANUAL');
    await operator.untag(MODULE, 2, 'reverted');
    await operator.activate(MODULE, 2);
    await comesTo(service, 2);
    expect(service.say()).toBe('two');
  });

  it('does not run after a restart, and what others make active does', async () => {
    const { operator, start, service } = await sickAndRevoked();
    await service.swapper.close();
    const next = await start();
    expect(next.say()).toBe('one');
    await operator.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('three') });
    await comesTo(next, 3);
    await next.swapper.close();
    // Nothing is left on disk to hold the next one back.
    expect((await start()).say()).toBe('three');
  });

  it('is nothing to go back from where others have moved on already', async () => {
    const three = (operator: Awaited<ReturnType<typeof initLedger>>) =>
      operator.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('three') });
    const { service, result } = await sickAndRevoked({ followIntervalMs: 0 }, three);
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', supersededBy: 3, restored: { version: 3 }, journaled: true });
    expect(service.say()).toBe('three');
  });
});

it('a healthy version is not promoted by a revoked key, and the process follows the rollback of another', async () => {
  const { operator, start, revoke } = await withService({ healthWindowMs: 0 });
  const service = await start();
  const { asked, checked } = heldCheck(service);
  const swap = service.swap('two');
  await asked.promise;
  await revoke();
  checked.resolve(true);
  expect(await swap).toMatchObject({ phase: 'COMMITTED', reason: 'live and healthy' });
  expect(service.notices).toContainEqual(expect.objectContaining({ code: 'NOT_PROMOTED' }));
  await operator.rollback(MODULE, 'MANUAL');
  await comesTo(service, 1);
  expect(await service.swap('three')).toMatchObject({
    phase: 'FAILED',
    step: 'stage',
    error: { code: 'ROLE_REQUIRED' },
  });
  expect(service.say()).toBe('one');
});
