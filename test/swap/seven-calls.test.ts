/** A manager with the seven calls alone: what it cannot remember, the process does. */

import { describe, expect, it, onTestFinished } from 'vitest';
import type { CompatibilityReport, VersionCheckpoint, VersionManager } from '../../src/index.js';
import type { LoadRequest } from '../../src/swap/swap-ports.js';
import { HotSwapper, importLoader } from './live.mjs';
import { folder, MODULE, type Scene, says, scene } from './scene.js';

/** The smallest manager there can be: lists in memory. */
function sevenCalls(): VersionManager & { readonly recorded: VersionCheckpoint[]; pending: CompatibilityReport[] } {
  const recorded: VersionCheckpoint[] = [];
  const of = (moduleId: string) => recorded.filter((v) => v.moduleId === moduleId);
  const manager = {
    recorded,
    pending: [] as CompatibilityReport[],
    async recordCheckpoint(cp: Partial<VersionCheckpoint> & { moduleId: string }) {
      const made: VersionCheckpoint = Object.freeze({
        version: 1,
        checksum: '',
        timestamp: 1,
        parentVer: null,
        metadata: {},
        ...cp,
        tags: new Set<string>(),
      });
      recorded.push(made);
      return made;
    },
    getLineage: async (moduleId: string) => of(moduleId),
    latestCheckpoint: async (moduleId: string) => of(moduleId).at(-1) ?? null,
    rollbackTarget: async (moduleId: string) => of(moduleId).at(-2) ?? null,
    assessCompatibility: async ({ level }: { level: CompatibilityReport['level'] }) => level,
    pendingApprovals: async () => manager.pending,
    stats: async () => ({ trackedModules: 0, totalCheckpoints: 0, compatibilityRecords: 0, pendingApprovals: 0 }),
  };
  return manager as never;
}

async function bare(
  options: Parameters<typeof scene>[0] = {},
): Promise<Scene & { manager: ReturnType<typeof sevenCalls> }> {
  const manager = sevenCalls();
  return Object.assign(await scene({ ...options, manager }), { manager });
}

describe('with the seven calls alone', () => {
  it('swaps versions in and records each with its parent and checksum', async () => {
    const made = await bare();
    expect(await made.swap('one')).toMatchObject({ phase: 'COMMITTED', fromVer: null, toVer: 1 });
    expect(await made.swap('two', { metadata: { a: 'b' } })).toMatchObject({
      phase: 'COMMITTED',
      fromVer: 1,
      toVer: 2,
    });
    expect(made.manager.recorded).toMatchObject([
      { version: 1, parentVer: null, checksum: expect.stringMatching(/^sha256:/) },
      { version: 2, parentVer: 1, metadata: { a: 'b' } },
    ]);
    expect(made.say()).toBe('two');
  });

  it('goes back in the process, and past versions that were left already', async () => {
    const made = await bare();
    await made.swap('one');
    made.health = false;
    expect(await made.swap('two')).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
    expect(made.say()).toBe('one');
    expect(await made.swap('three')).toMatchObject({ phase: 'ROLLED_BACK', toVer: 3, restored: { version: 1 } });
    expect(made.say()).toBe('one');
  });

  it('goes back on demand, from the version that runs', async () => {
    const made = await bare();
    for (const word of ['one', 'two', 'three']) await made.swap(word);
    const back = () => made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.manager });
    expect(await back()).toMatchObject({ toVer: 3, restored: { version: 2 } });
    expect(await back()).toMatchObject({ toVer: 2, restored: { version: 1 } });
    expect(await back()).toMatchObject({ toVer: 1, stayed: 'NO_TARGET' });
    expect(made.say()).toBe('one');
  });

  it('does not take bytes that failed, until they are forgiven', async () => {
    const made = await bare();
    await made.swap('one');
    made.opinion = false;
    await made.swap('two');
    made.opinion = true;
    expect(await made.swap('two')).toMatchObject({ phase: 'FAILED', step: 'gate' });
    made.swapper.resetRollbacks(MODULE, { versionManager: made.manager });
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED' });
  });

  it('refuses a pair that waits for an operator, and under rejectBreaking what is BREAKING', async () => {
    const made = await bare({ rejectBreaking: true, assessor: { assess: async () => ({ level: 'BREAKING' }) } });
    expect(await made.swap('one')).toMatchObject({ phase: 'FAILED', step: 'gate', level: 'BREAKING' });
    const other = await bare();
    await other.swap('one');
    other.manager.pending = [
      { moduleId: MODULE, fromVer: 1, toVer: 2, level: 'BREAKING', rationale: '', approvedBy: 'auto' },
    ];
    const refused = await other.swap('two');
    expect(refused).toMatchObject({ phase: 'FAILED', step: 'gate', level: 'BREAKING', report: { toVer: 2 } });
    expect(refused.refusals.map(({ code }) => code)).toEqual(['APPROVAL_MISSING']);
  });

  it('takes the level that the manager says is in force', async () => {
    const made = await bare({ assessor: { assess: async () => ({ level: 'MINOR_CHANGE', rationale: 'more' }) } });
    expect(await made.swap('one')).toMatchObject({ level: 'MINOR_CHANGE', report: { rationale: 'more' } });
  });

  it('asks for a loader, and for a ledger to come up on', async () => {
    const manager = sevenCalls();
    const options = { validator: { validate: () => true }, healthWindowMs: 0 };
    const without = new HotSwapper(options);
    const request = { moduleId: MODULE, files: says('one') };
    await expect(without.swap(request, { versionManager: manager })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const swapper = new HotSwapper({ ...options, loader: importLoader({ cacheDir: folder() }) });
    onTestFinished(() => swapper.close());
    await expect(swapper.resume({ versionManager: manager as never })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('loads the same version again where it had ended for good', async () => {
    const requests: LoadRequest[] = [];
    const loader = {
      async load(request: LoadRequest) {
        const nth = requests.push(request);
        return { exports: { word: () => `load ${nth}` } };
      },
    };
    const made = await bare({ loader });
    await made.swap('one', { version: 1 });
    const stayed = made.next(({ type }) => type === 'stayed');
    requests[0]?.onRunEvent?.({ type: 'gave-up', reason: 'it crashed' });
    await stayed;
    expect(await made.swap('one', { version: 1 })).toMatchObject({ phase: 'COMMITTED', step: 'commit', toVer: 1 });
    expect(made.say()).toBe('load 2');
  });
});
