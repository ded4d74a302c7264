/** Going back: the approval matrix, every reason, every way to stay, and what stops a storm. */

import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { RollbackReason } from '../../src/index.js';
import { isLedgerError, LedgerError, ModuleRegistry } from './live.mjs';
import { deferred, liveScene, MODULE, plainLoader, type Scene, says, scene } from './scene.js';

function ioError(): Error {
  return new LedgerError('IO', 'ENOSPC', { operation: 'write', path: 'pack', errno: 'ENOSPC' });
}

describe('the approval matrix: a BREAKING swap that goes sick', () => {
  const cells = [
    { requireApproval: false, autoRollbackOnBreaking: false },
    { requireApproval: false, autoRollbackOnBreaking: true },
    { requireApproval: true, autoRollbackOnBreaking: false },
    { requireApproval: true, autoRollbackOnBreaking: true },
  ];

  async function breaking(policy: (typeof cells)[number]): Promise<Scene> {
    const made = await liveScene({ policy });
    await made.ledger.stage({ moduleId: MODULE, version: 2 }, { files: says('two') });
    await made.ledger.assessCompatibility({ moduleId: MODULE, fromVer: 1, toVer: 2, level: 'BREAKING' });
    return made;
  }

  it.each(cells)('approval $requireApproval, rollback $autoRollbackOnBreaking', async (policy) => {
    const made = await breaking(policy);
    if (policy.requireApproval) {
      expect(await made.swap('two', { version: 2 })).toMatchObject({ phase: 'FAILED', step: 'gate' });
      await made.ledger.approve(MODULE, 1, 2);
    }
    made.health = false;
    const result = await made.swap('two', { version: 2 });
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', level: 'BREAKING', rollbackReason: 'HEALTH_FAILURE' });
    const back = policy.autoRollbackOnBreaking;
    expect(result.stayed).toBe(back ? null : 'POLICY');
    expect(result.restored?.version ?? null).toBe(back ? 1 : null);
    expect(made.say()).toBe(back ? 'one' : 'two');
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(back ? 1 : 2);
    expect(await made.ledger.versions.status(MODULE, 2)).toBe(back ? 'REVERTED' : 'ACTIVE');
  });

  it.each(cells)('healthy: approval $requireApproval, rollback $autoRollbackOnBreaking', async (policy) => {
    const made = await breaking(policy);
    if (policy.requireApproval) await made.ledger.approve(MODULE, 1, 2);
    expect(await made.swap('two', { version: 2 })).toMatchObject({ phase: 'COMMITTED', level: 'BREAKING' });
  });

  it('rolls back what is not BREAKING, whatever the policy says', async () => {
    const made = await liveScene({ policy: { autoRollbackOnBreaking: false } });
    made.health = false;
    expect(await made.swap('two')).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
  });

  it('stays where the ledger refuses the target that it names, again and again', async () => {
    const made = await liveScene();
    const reverted = { moduleId: MODULE, version: 1 };
    let asked = 0;
    made.ledger.rollback = () => {
      asked += 1;
      return Promise.reject(new LedgerError('VERSION_REVERTED', 'speaker v1 was reverted', reverted));
    };
    made.health = false;
    expect(await made.swap('two')).toMatchObject({ stayed: 'NO_TARGET', restored: null });
    expect(asked).toBe(1);
    expect(made.say()).toBe('two');
  });

  it('goes back where the policy cannot be read', async () => {
    const made = await breaking({ requireApproval: false, autoRollbackOnBreaking: false });
    // Once it is live: before that, the gate asks it too.
    made.health = () => {
      made.ledger.policy.get = () => Promise.reject(ioError());
      return false;
    };
    expect(await made.swap('two', { version: 2 })).toMatchObject({ restored: { version: 1 } });
  });
});

describe('what makes a version sick', () => {
  it.each([
    ['false', false, 'HEALTH_FAILURE', /false/],
    ['a reason', 'queue is full', 'HEALTH_FAILURE', /queue is full/],
    ['garbage', { ok: true }, 'HEALTH_FAILURE', /neither true/],
    [
      'a throw',
      () => {
        throw new Error('refused');
      },
      'HEALTH_FAILURE',
      /refused/,
    ],
    ['a rejection', () => Promise.reject(new Error('refused')), 'HEALTH_FAILURE', /refused/],
    ['no answer', () => new Promise(() => undefined), 'TIMEOUT', /longer than 15 ms/],
  ])('%s', async (_, health, reason, text) => {
    const made = await liveScene({ healthTimeoutMs: 15 });
    made.health = health;
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', step: 'health', rollbackReason: reason });
    expect(result.reason).toMatch(text);
    expect(result).toMatchObject({ rollbackTarget: { version: 1 }, restored: { version: 1 }, stayed: null });
    expect(result.checkpoint?.version).toBe(2);
    expect(await new ModuleRegistry(made.ledger).listVersions(MODULE, 'REVERTED')).toMatchObject([
      { checkpoint: { version: 2 } },
    ]);
    expect(made.told()).toEqual(['warning', 'committed', 'rolled-back', 'drained']);
  });

  it('is found out by a later check of the window', async () => {
    const made = await liveScene({ healthWindowMs: 10_000, healthIntervalMs: 1 });
    let checks = 0;
    made.health = () => ++checks < 4;
    expect(await made.swap('two')).toMatchObject({ phase: 'ROLLED_BACK' });
    expect(checks).toBe(5);
  });

  it.each<[string, boolean[], string, number]>([
    ['one bad answer of three', [true, false, true, true, false, true, true], 'COMMITTED', 7],
    ['two in a row', [true, false, false], 'ROLLED_BACK', 3],
    ['two of the last three', [false, true, false], 'ROLLED_BACK', 3],
  ])('%s', async (_, answers, phase, checks) => {
    const made = await liveScene({ healthWindowMs: 3_600_000, healthIntervalMs: 1 });
    let asked = 0;
    made.health = () => {
      const answer = answers[asked++];
      // The window ends where the list does.
      if (asked === answers.length && phase === 'COMMITTED') void made.swapper.close();
      return answer;
    };
    expect(await made.swap('two')).toMatchObject({ phase });
    expect(asked).toBe(checks);
  });

  it('the last answer of the window counts alone', async () => {
    const made = await liveScene({ healthWindowMs: 0 });
    made.health = 'it leaks';
    expect(await made.swap('two')).toMatchObject({ phase: 'ROLLED_BACK', reason: expect.stringContaining('it leaks') });
  });

  it('is asked once where the window is 0', async () => {
    const made = await liveScene({ healthWindowMs: 0 });
    let checks = 0;
    made.health = () => ++checks > 0;
    await made.swap('two');
    expect(checks).toBe(1);
  });

  it('writes each reason into the journal', async () => {
    const made = await liveScene({ maxRollbacks: 10 });
    const reasons: RollbackReason[] = ['MANUAL', 'DEPENDENCY', 'HEALTH_FAILURE', 'TIMEOUT'];
    for (const reason of reasons) {
      await made.swap(`for ${reason}`);
      const result = await made.swapper.rollback(MODULE, reason, { versionManager: made.ledger });
      expect(result).toMatchObject({
        phase: 'ROLLED_BACK',
        step: 'rollback',
        rollbackReason: reason,
        restored: { version: 1 },
      });
      expect(made.say()).toBe('one');
    }
    const written: string[] = [];
    for await (const { events } of made.ledger.history()) {
      for (const event of events) if (event.type === 'rollback') written.unshift(event.reason);
    }
    expect(written).toEqual(reasons);
  });
});

describe('the target', () => {
  it('is the nearest stable ancestor, loaded anew where it no longer runs', async () => {
    const loader = plainLoader();
    const made = await liveScene({ loader, policy: { promoteStable: false } });
    await made.swap('two');
    made.health = false;
    expect(await made.swap('three')).toMatchObject({ rollbackTarget: { version: 1 }, restored: { version: 1 } });
    expect(made.say()).toBe('v1');
    expect(loader.loaded).toEqual([1, 2, 3, 1]);
    expect(loader.disposed).toEqual([1, 3, 2]);
  });

  it('is not loaded again where it ran until now', async () => {
    const loader = plainLoader();
    const made = await liveScene({ loader });
    made.health = false;
    await made.swap('two');
    expect(loader.loaded).toEqual([1, 2]);
    expect(loader.disposed).toEqual([2]);
  });

  it('is revived where calls on it have not ended yet', async () => {
    const loader = plainLoader();
    const made = await liveScene({ loader });
    const { release } = made.swapper.handle(MODULE).acquire();
    await made.swap('two');
    await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    release();
    expect(made.say()).toBe('v1');
    expect(loader.loaded).toEqual([1, 2]);
    expect(loader.disposed).toEqual([2]);
  });

  it('without one the version stays, and the answer and a notice say so', async () => {
    const made = await liveScene({ stable: false });
    made.health = false;
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', stayed: 'NO_TARGET', rollbackTarget: null, restored: null });
    expect(made.say()).toBe('two');
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('ACTIVE');
    const stayed = { type: 'stayed', moduleId: MODULE, version: 2, reason: 'NO_TARGET' };
    expect(made.notices.filter((n) => n.type === 'stayed' && n.version === 2)).toEqual([stayed]);
  });

  it.each(['one that is staged alone', 'one that was reverted'])(
    'that is named is not loaded where it is no way back: %s',
    async (kind) => {
      const loader = plainLoader();
      const made = await liveScene({ loader });
      await made.swap('two');
      const versionManager = made.ledger;
      const staged = kind === 'one that is staged alone';
      if (staged) await made.ledger.stage({ moduleId: MODULE, version: 3 }, { files: says('three') });
      else await made.ledger.tag(MODULE, 1, 'reverted');
      const result = await made.swapper.rollback(MODULE, 'MANUAL', { versionManager, to: staged ? 3 : 1 });
      expect(result).toMatchObject({ stayed: 'NO_TARGET', restored: null, journaled: true });
      expect(result.error).toMatchObject({ code: staged ? 'INVALID_VERSION' : 'VERSION_REVERTED' });
      expect([made.say(), loader.loaded]).toEqual(['v2', [1, 2]]);
      // Nothing is left to be told that the ledger would refuse again.
      expect(await made.swap('four')).toMatchObject({ phase: 'COMMITTED', fromVer: 2 });
    },
  );

  it('that is reverted in the moment is not gone to, but the next one', async () => {
    const made = await liveScene();
    await made.swap('two');
    const rollback = made.ledger.rollback.bind(made.ledger);
    made.ledger.rollback = async (...args) => {
      made.ledger.rollback = rollback;
      await made.ledger.tag(MODULE, 2, 'reverted');
      return rollback(...args);
    };
    made.health = false;
    expect(await made.swap('three')).toMatchObject({ restored: { version: 1 }, journaled: true, error: null });
    expect([made.say(), (await made.ledger.latestCheckpoint(MODULE))?.version]).toEqual(['one', 1]);
  });

  it('that does not load any more leaves the version where it is, in the ledger too', async () => {
    let broken = false;
    const made = await liveScene({
      policy: { promoteStable: false },
      loader: {
        async load({ version }) {
          if (version === 1 && broken) throw new Error('worn out');
          return { exports: { word: () => `v${version}` } };
        },
      },
    });
    await made.swap('two');
    broken = true;
    made.health = false;
    const result = await made.swap('three');
    expect(result).toMatchObject({ stayed: 'NOT_LOADABLE', rollbackTarget: { version: 1 }, restored: null });
    expect((result.error as Error).message).toBe('worn out');
    expect(made.say()).toBe('v3');
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(3);
  });
});

describe('a ledger that cannot be written', () => {
  it('the process goes back first, the ledger at the second try', async () => {
    const made = await liveScene();
    const rollback = made.ledger.rollback.bind(made.ledger);
    const saidAtTry: string[] = [];
    made.ledger.rollback = async (...args) => {
      saidAtTry.push(made.say());
      if (saidAtTry.length === 1) throw ioError();
      return rollback(...args);
    };
    made.health = false;
    expect(await made.swap('two')).toMatchObject({ restored: { version: 1 }, error: null });
    expect(saidAtTry).toEqual(['two', 'one']);
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1);
  });

  it('the process stays back, the answer says so, and the next swap makes up for it', async () => {
    const made = await liveScene();
    const rollback = made.ledger.rollback.bind(made.ledger);
    made.ledger.rollback = () => Promise.reject(ioError());
    made.health = false;
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
    expect(isLedgerError(result.error, 'IO')).toBe(true);
    expect(made.say()).toBe('one');
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(2);

    made.health = true;
    expect(await made.swap('three')).toMatchObject({ phase: 'FAILED', step: 'stage' });
    expect(made.say()).toBe('one');

    made.ledger.rollback = rollback;
    expect(await made.swap('three')).toMatchObject({ phase: 'COMMITTED', fromVer: 1, toVer: 3 });
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('REVERTED');
  });

  it('goes to another version where somebody has reverted the one that the process went back to', async () => {
    const made = await liveScene();
    await made.swap('two');
    const rollback = made.ledger.rollback.bind(made.ledger);
    made.ledger.rollback = () => Promise.reject(ioError());
    made.health = false;
    expect(await made.swap('three')).toMatchObject({ restored: { version: 2 }, journaled: false });
    made.ledger.rollback = rollback;
    await made.ledger.tag(MODULE, 2, 'reverted');
    made.health = true;
    expect(await made.swap('four')).toMatchObject({ phase: 'COMMITTED', fromVer: 1 });
    expect(await made.ledger.versions.status(MODULE, 3)).toBe('REVERTED');
  });

  it('that cannot be read either: the process goes back to what ran before', async () => {
    const made = await liveScene();
    const { rollbackTarget, rollback } = made.ledger;
    made.ledger.rollbackTarget = () => Promise.reject(ioError());
    made.ledger.rollback = () => Promise.reject(ioError());
    made.health = false;
    const result = await made.swap('two');
    expect(result.restored?.version).toBe(1);
    expect(isLedgerError(result.error, 'IO')).toBe(true);
    expect(made.say()).toBe('one');
    Object.assign(made.ledger, { rollbackTarget, rollback });
  });
});

describe('the loop guard', () => {
  it('swaps no more after too many rollbacks in a row, until somebody says so in the ledger', async () => {
    const made = await liveScene({ maxRollbacks: 2 });
    made.health = false;
    await made.swap('two');
    await made.swap('three');
    made.health = true;
    const refused = await made.swap('four');
    expect(refused).toMatchObject({ phase: 'FAILED', step: 'gate', toVer: null });
    expect(refused.refusals.map(({ code }) => code)).toEqual(['ROLLBACK_LIMIT']);
    expect(refused.reason).toContain('untag `reverted`');
    expect((await made.ledger.versions.list(MODULE)).at(-1)?.version).toBe(3);
    expect(() => made.swapper.resetRollbacks(MODULE, { versionManager: made.ledger })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('git-lineage untag') }),
    );
    await made.ledger.untag(MODULE, 3, 'reverted');
    expect(await made.swap('four')).toMatchObject({ phase: 'COMMITTED' });
  });

  it('counts the rollbacks of every process, and those before a start', async () => {
    const first = await liveScene({ maxRollbacks: 2 });
    first.health = false;
    await first.swap('two');
    const second = await scene({ ledger: first.ledger, maxRollbacks: 2 });
    second.health = false;
    expect(await second.swap('three')).toMatchObject({ phase: 'ROLLED_BACK' });
    const third = await scene({ ledger: first.ledger, maxRollbacks: 2 });
    expect(await third.swap('four')).toMatchObject({ refusals: [{ code: 'ROLLBACK_LIMIT' }] });
    expect(await first.swap('four')).toMatchObject({ refusals: [{ code: 'ROLLBACK_LIMIT' }] });
    await first.ledger.tag(MODULE, 1, 'reviewed');
    expect(await third.swap('four')).toMatchObject({ phase: 'COMMITTED' });
  });

  it('counts from zero after a healthy version that the policy does not promote', async () => {
    const made = await liveScene({ maxRollbacks: 2, policy: { promoteStable: false } });
    for (const round of [1, 2, 3]) {
      made.health = false;
      expect(await made.swap(`bad ${round}`)).toMatchObject({ phase: 'ROLLED_BACK' });
      made.health = true;
      expect(await made.swap(`good ${round}`)).toMatchObject({ phase: 'COMMITTED' });
    }
  });

  it('counts from zero after a healthy version', async () => {
    const made = await liveScene({ maxRollbacks: 2 });
    for (const round of [1, 2, 3]) {
      made.health = false;
      expect(await made.swap(`bad ${round}`)).toMatchObject({ phase: 'ROLLED_BACK' });
      made.health = true;
      expect(await made.swap(`good ${round}`)).toMatchObject({ phase: 'COMMITTED' });
      await made.ledger.tag(MODULE, 2 * round + 1, 'stable');
    }
  });

  it('counts each module by itself', async () => {
    const made = await liveScene({ maxRollbacks: 1 });
    made.health = false;
    await made.swap('two');
    made.health = true;
    expect(await made.swap('two', { moduleId: 'other' })).toMatchObject({ phase: 'COMMITTED' });
  });

  it('holds nobody back who goes back: that cannot go on for ever', async () => {
    const made = await liveScene({ maxRollbacks: 1 });
    for (const word of ['two', 'three', 'four']) await made.swap(word);
    const back = (reason: RollbackReason) => made.swapper.rollback(MODULE, reason, { versionManager: made.ledger });
    expect(await back('HEALTH_FAILURE')).toMatchObject({ restored: { version: 3 } });
    expect(await back('TIMEOUT')).toMatchObject({ restored: { version: 2 } });
    expect(await back('MANUAL')).toMatchObject({ restored: { version: 1 } });
    expect(await back('MANUAL')).toMatchObject({ stayed: 'NO_TARGET' });
  });

  it('does not count what an operator took back', async () => {
    const made = await liveScene({ maxRollbacks: 1 });
    await made.swap('two');
    await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(await made.swap('three')).toMatchObject({ phase: 'COMMITTED' });
    await made.swapper.rollback(MODULE, 'DEPENDENCY', { versionManager: made.ledger });
    expect(await made.swap('four')).toMatchObject({ phase: 'FAILED', step: 'gate' });
  });

  it('does not take back a second version for one complaint', async () => {
    const made = await liveScene();
    await made.swap('two');
    await made.ledger.tag(MODULE, 2, 'stable');
    await made.swap('three');
    const back = () => made.swapper.rollback(MODULE, 'HEALTH_FAILURE', { versionManager: made.ledger });
    const both = await Promise.all([back(), back()]);
    // Neither waits for the other: whichever comes first goes back, and the other one says that it was done.
    expect(both.map(({ restored }) => restored?.version)).toEqual([2, 2]);
    expect(both.filter(({ rolledBackBy }) => rolledBackBy !== null)).toHaveLength(1);
    for (const result of both) expect(result).toMatchObject({ toVer: 3, stayed: null });
    expect(made.say()).toBe('two');
  });

  it('refuses bytes that failed, under any number, until a signed event clears them', async () => {
    const made = await liveScene();
    made.health = false;
    await made.swap('two');
    made.health = true;
    for (const version of [undefined, 2, 9]) {
      const refused = await made.swap('two', { version });
      expect(refused).toMatchObject({ phase: 'FAILED', step: 'gate', toVer: null });
      expect(refused.reason).toContain('v2');
    }
    expect(await made.ledger.versions.list(MODULE)).toHaveLength(2);
    await made.ledger.untag(MODULE, 2, 'reverted');
    expect(await made.swap('two', { version: 2 })).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
  });

  it('refuses bytes that were found invalid', async () => {
    const made = await liveScene();
    made.opinion = false;
    await made.swap('two');
    made.opinion = true;
    expect(await made.swap('two')).toMatchObject({ phase: 'FAILED', step: 'gate' });
  });
});

describe('a rollback that is asked for while the window is open', () => {
  it.each(['MANUAL', 'DEPENDENCY', 'TIMEOUT', 'HEALTH_FAILURE'] as const)('%s ends the window', async (reason) => {
    const made = await liveScene({ healthWindowMs: 60_000, healthCheck: undefined });
    const live = made.next((n) => n.type === 'step' && n.step === 'health');
    const swap = made.swap('two');
    await live;
    const result = await made.swapper.rollback(MODULE, reason, { versionManager: made.ledger });
    expect(result).toBe(await swap);
    expect(result).toMatchObject({
      phase: 'ROLLED_BACK',
      step: 'health',
      rollbackReason: reason,
      restored: { version: 1 },
    });
    expect(made.say()).toBe('one');
  });

  it('ends it in the middle of a health check, and of a policy that keeps BREAKING versions', async () => {
    const made = await scene({ policy: { autoRollbackOnBreaking: false }, healthWindowMs: 60_000 });
    const asked = deferred();
    const first = made.swap('one');
    await made.next((n) => n.type === 'step' && n.step === 'health');
    void made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(await first).toMatchObject({ stayed: 'NO_TARGET' });
    await made.ledger.tag(MODULE, 1, 'stable');
    await made.ledger.stage({ moduleId: MODULE, version: 2 }, { files: says('two') });
    await made.ledger.assessCompatibility({ moduleId: MODULE, fromVer: 1, toVer: 2, level: 'BREAKING' });
    made.health = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const second = made.swap('two', { version: 2 });
    await asked.promise;
    await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(await second).toMatchObject({ rollbackReason: 'MANUAL', restored: { version: 1 } });
  });
});

describe('what depends on what was left', () => {
  it('is told that it does not fit any more, in the answer, a warning and a metric; the way back is not held up', async () => {
    const registry = new Registry();
    const made = await liveScene({ registry });
    const swap = (moduleId: string, dependencies: object) =>
      made.swap('x', { moduleId, metadata: { dependencies: JSON.stringify(dependencies) } });
    await made.swap('two');
    await swap('planner', { [MODULE]: '>=2' });
    await swap('sink', { [MODULE]: '>=1' });
    const back = await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(back).toMatchObject({ restored: { version: 1 } });
    expect(back.misfits).toHaveLength(1);
    expect(back.misfits[0]).toContain('planner');
    const warnings = made.notices.filter((n) => n.type === 'warning' && n.code === 'MISFIT_AFTER_ROLLBACK');
    expect(warnings).toMatchObject([{ moduleId: MODULE, version: 1 }]);
    expect(await registry.metrics()).toContain(`asm_swap_misfit_total{module_id="${MODULE}"} 1`);
  });
});

it('lets go of what one of two rollbacks at the same time has loaded in vain', async () => {
  const loader = plainLoader();
  const made = await liveScene({ healthWindowMs: 0, loader });
  await made.swap('two');
  const back = () => made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
  const results = await Promise.all([back(), back()]);
  expect(results.map(({ restored }) => restored?.version)).toEqual([1, 1]);
  expect(results.filter(({ rolledBackBy }) => rolledBackBy !== null)).toHaveLength(1);
  await made.swapper.close();
  expect(loader.disposed.toSorted()).toEqual(loader.loaded.toSorted());
});

it('leaves the version that is told to be committed, where an observer asks for that at once', async () => {
  const made = await liveScene({ healthWindowMs: 3_600_000, loader: plainLoader() });
  const committed = made.next(({ type }) => type === 'committed');
  const two = made.swap('two');
  await committed;
  made.swapper.subscribe((notice) => {
    if (notice.type === 'committed' && notice.version === 3)
      void made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
  });
  expect(await made.swap('three')).toMatchObject({ phase: 'ROLLED_BACK', rollbackReason: 'MANUAL' });
  expect(await two).toMatchObject({ phase: 'COMMITTED', supersededBy: 3 });
  expect(made.swapper.handle(MODULE).version).toBe(1);
});

describe('swaps that follow each other faster than their health windows', () => {
  it('keep warm what was proven and what ran last, and let go of what was between', async () => {
    const loader = plainLoader();
    const made = await liveScene({ loader, healthWindowMs: 60_000 });
    const swaps: Promise<unknown>[] = [];
    for (const word of ['two', 'three', 'four', 'five']) {
      const live = made.next(({ type }) => type === 'committed');
      swaps.push(made.swap(word));
      await live;
    }
    expect(loader.disposed).toEqual([2, 3]);
    const back = await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(back).toMatchObject({ restored: { version: 1 } });
    expect(loader.loaded).toEqual([1, 2, 3, 4, 5]);
    await Promise.all(swaps);
  });
});
