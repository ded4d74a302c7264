/** A canary: which calls meet the candidate, how it is judged, and who may end it. */

import { describe, expect, it } from 'vitest';
import { CanaryRoute } from '../../src/swap/canary/canary-route.js';
import type { SwapNotice } from '../../src/swap/swap-types.js';
import { Instance } from './live.mjs';
import { liveScene, MODULE, plainLoader, type SceneOptions, says, scene } from './scene.js';

const HOUR = 3_600_000;

function route(version = 2): CanaryRoute {
  const parts = { moduleId: MODULE, version, checksum: 'sha256:0', loaded: { exports: {} } };
  return new CanaryRoute(new Instance(parts) as never);
}

describe('the share of a candidate', () => {
  const CALLS = 100_000;

  it.each([1, 5, 25, 50, 99, 100])(
    'is %i%% of the calls, within one percentage point, by key and without',
    (percent) => {
      const keyed = route();
      const unkeyed = route();
      keyed.send(percent);
      unkeyed.send(percent);
      let [byKey, inTurn] = [0, 0];
      for (let i = 0; i < CALLS; i++) {
        if (keyed.takes(`user-${i}`)) byKey += 1;
        if (unkeyed.takes(undefined)) inTurn += 1;
      }
      expect(Math.abs((100 * byKey) / CALLS - percent)).toBeLessThan(1);
      expect(Math.abs((100 * inTurn) / CALLS - percent)).toBeLessThan(0.1);
    },
  );

  it('keeps a key that came to it, as the share grows', () => {
    const growing = route();
    const at = (percent: number) => {
      growing.send(percent);
      return Array.from({ length: 1000 }, (_, i) => growing.takes(`${i}`));
    };
    const [five, twentyFive] = [at(5), at(25)];
    expect(five.every((taken, i) => !taken || twentyFive[i])).toBe(true);
    expect(at(100).every(Boolean)).toBe(true);
  });

  it('draws other keys for another candidate', () => {
    const taken = (version: number) => {
      const one = route(version);
      one.send(50);
      return Array.from({ length: 200 }, (_, i) => one.takes(`${i}`));
    };
    expect(taken(2)).toEqual(taken(2));
    expect(taken(2)).not.toEqual(taken(3));
  });
});

interface Runs {
  run(): unknown;
}

/** A service on v1, whose versions do as they are told. */
async function serving(runs: Record<number, () => unknown> = {}, options: SceneOptions = {}) {
  const loader = plainLoader((version) => ({ run: runs[version] ?? (() => version), word: () => `v${version}` }));
  const made = await liveScene({ loader, healthWindowMs: 0, ...options });
  const handle = made.swapper.handle<Runs>(MODULE);
  const call = (key?: string): unknown => {
    try {
      return handle.call(({ run }) => run(), { key });
    } catch (error) {
      return (error as Error).message;
    }
  };
  const canary = (steps: number[], each = HOUR) => made.swap('two', { canary: { steps, each } });
  const atStep = (percent: number) => made.next((n: SwapNotice) => n.type === 'canary' && n.percent === percent);
  /** Calls until a promise settles, as traffic would: in one turn as often as the shortest step needs, however few turns a busy machine has. */
  const callUntil = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false;
    void promise.finally(() => {
      over = true;
    });
    while (!over) {
      for (let i = 0; i < 2000; i++) call();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return promise;
  };
  return { made, loader, handle, call, canary, atStep, callUntil };
}

describe('a canary', () => {
  it('goes through its steps while v1 is active, then becomes active', async () => {
    const { made, call, callUntil, atStep } = await serving();
    const shares: number[] = [];
    const active: unknown[] = [];
    made.swapper.subscribe((notice) => {
      if (notice.type === 'canary') shares.push(notice.percent);
    });
    const hundred = atStep(100).then(async () => active.push((await made.ledger.latestCheckpoint(MODULE))?.version));
    const result = await callUntil(made.swap('two', { canary: { steps: [5, 25, 100], each: 50 } }));
    expect(result).toMatchObject({ phase: 'COMMITTED', toVer: 2, fromVer: 1 });
    await hundred;
    expect(shares).toEqual([5, 25, 100]);
    expect(active).toEqual([1]);
    expect([call(), made.swapper.handle(MODULE).version]).toEqual([2, 2]);
    expect(made.told().filter((type) => type === 'committed')).toHaveLength(1);
  });

  it('is staged in the ledger at each step, and the journal tells of its end alone', async () => {
    const { made, callUntil } = await serving();
    const { ledger } = made;
    const steps: Promise<unknown>[] = [];
    made.swapper.subscribe(({ type }) => {
      if (type !== 'canary') return;
      const status = ledger.versions.status(MODULE, 2);
      steps.push(Promise.all([status, ledger.journal.position().then(({ seq }) => seq)]));
    });
    const { seq } = await ledger.journal.position();
    await callUntil(made.swap('two', { canary: { steps: [5, 25, 100], each: 50 } }));
    const staged = ['STAGED', seq + 1];
    expect(await Promise.all(steps)).toEqual([staged, staged, staged]);
    const written: string[][] = [];
    for await (const { events } of ledger.history({ since: seq })) written.unshift(events.map(({ type }) => type));
    expect(written).toEqual([['stage'], ['activate'], ['tag']]);
  });

  it('sends a key to the same version throughout a step, and leases too', async () => {
    const { made, handle, call, canary, atStep } = await serving();
    const swapping = canary([50]);
    await atStep(50);
    const keys = Array.from({ length: 100 }, (_, i) => `user-${i}`);
    const first = keys.map((key) => call(key));
    expect(new Set(first)).toEqual(new Set([1, 2]));
    expect(keys.map((key) => call(key))).toEqual(first);
    const leased = keys.map((key) => {
      const lease = handle.acquire({ key });
      lease.release();
      return lease.version;
    });
    expect(leased).toEqual(first);
    await made.swapper.close();
    await swapping;
  });

  it('that fails is FAILED at the step `canary`, reverted, and never was active', async () => {
    const { made, call, canary, callUntil } = await serving({
      2: () => {
        throw new Error('sick');
      },
    });
    const result = await callUntil(canary([50, 100]));
    expect(result).toMatchObject({
      ...{ phase: 'FAILED', step: 'canary', rollbackReason: 'HEALTH_FAILURE', checkpoint: null },
      refusals: [{ code: 'CANARY_SICK', message: expect.stringMatching(/calls failed \(100\.0%\)/) }],
    });
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('REVERTED');
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1);
    expect([call(), call('a'), call('b')]).toEqual([1, 1, 1]);
    for await (const { events } of made.ledger.history({ moduleId: MODULE }))
      expect(events.map(({ type }) => type)).not.toContain('rollback');
  });

  it('is judged by the own check as well', async () => {
    const { made, canary, callUntil } = await serving();
    made.health = 'it leaks';
    expect(await callUntil(canary([50], 30))).toMatchObject({
      phase: 'FAILED',
      step: 'canary',
      reason: /it leaks/ as never,
    });
  });

  it('is not blamed for what fails on v1 as well', async () => {
    const down = () => {
      throw new Error('database down');
    };
    const { canary, callUntil } = await serving({ 1: down, 2: down });
    expect(await callUntil(canary([50, 100], 300))).toMatchObject({ phase: 'COMMITTED' });
  });

  it('with too few calls is extended three times, then FAILED and still staged', async () => {
    const { made, canary } = await serving();
    const result = await canary([50], 1);
    expect(result).toMatchObject({ phase: 'FAILED', refusals: [{ code: 'CANARY_SELDOM_CALLED' }] });
    expect(result.reason).toContain('0 calls in the step of 50%');
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
  });

  it('with one call too few goes no further, with enough it does', async () => {
    const { call, canary, atStep } = await serving({}, { liveHealth: false });
    const there = atStep(100);
    const swapping = canary([100], 1);
    await there;
    call();
    // Where calls are not judged, their number is not either.
    expect(await swapping).toMatchObject({ phase: 'COMMITTED' });
  });
});

describe('who may end a canary', () => {
  it('a module that became active meanwhile and does not fit: the candidate stays staged', async () => {
    const misfits: string[] = [];
    const resolver = { misfits: async () => [...misfits] };
    const { made, call, callUntil, atStep } = await serving({}, { resolver });
    void atStep(50).then(() => misfits.push('planner v4 needs speaker <2, and would meet v2'));
    const result = await callUntil(made.swap('two', { canary: { steps: [50, 100], each: 50 } }));
    expect(result).toMatchObject({ phase: 'FAILED', step: 'canary', refusals: [{ code: 'MISFIT' }] });
    expect([call('a'), await made.ledger.versions.status(MODULE, 2)]).toEqual([1, 'STAGED']);
  });

  it('a rollback: v1 serves all calls again, the candidate is reverted, and both answer alike', async () => {
    const { made, call, canary, atStep } = await serving();
    const swapping = canary([100]);
    await atStep(100);
    expect(call()).toBe(2);
    const back = made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(call()).toBe(1);
    expect(await back).toMatchObject({ phase: 'FAILED', step: 'canary', rollbackReason: 'MANUAL' });
    expect(await swapping).toBe(await back);
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('REVERTED');
  });

  it('a newer swap that goes live: the candidate stays staged', async () => {
    const { made, call, canary, atStep } = await serving();
    const swapping = canary([100]);
    await atStep(100);
    expect(await made.swap('three')).toMatchObject({ phase: 'COMMITTED', toVer: 3 });
    expect(await swapping).toMatchObject({ phase: 'FAILED', refusals: [{ code: 'CANARY_ENDED' }] });
    expect([call(), await made.ledger.versions.status(MODULE, 2)]).toEqual([3, 'STAGED']);
  });

  it('a newer swap that is refused does not', async () => {
    const { made, call, canary, atStep } = await serving();
    const swapping = canary([100]);
    await atStep(100);
    made.opinion = false;
    expect(await made.swap('three')).toMatchObject({ phase: 'FAILED', step: 'validate' });
    expect(call()).toBe(2);
    await made.swapper.close();
    expect(await swapping).toMatchObject({ phase: 'FAILED', refusals: [{ code: 'SWAPPER_CLOSED' }] });
  });

  it('whoever makes another version active in the ledger', async () => {
    const { made, call, canary, atStep } = await serving({}, { followIntervalMs: 2 });
    const swapping = canary([100]);
    await atStep(100);
    await made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    expect(await swapping).toMatchObject({ phase: 'FAILED', refusals: [{ code: 'CANARY_ENDED' }] });
    expect([call(), await made.ledger.versions.status(MODULE, 2)]).toEqual([3, 'STAGED']);
  });

  it('whoever does so where nobody follows: the candidate does not become active after that', async () => {
    const { made, callUntil, atStep } = await serving({}, { followIntervalMs: 0 });
    const there = atStep(100).then(() => made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('three') }));
    const result = await callUntil(made.swap('two', { canary: { steps: [50, 100], each: 500 } }));
    await there;
    expect(result).toMatchObject({ phase: 'FAILED', refusals: [{ code: 'CANARY_ENDED' }] });
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(3);
  });
});

describe('what is refused, or done without a canary', () => {
  it.each<[object, RegExp]>([
    [{ steps: [], each: 1 }, /canary\.steps/],
    [{ steps: [50, 25], each: 1 }, /canary\.steps: expected ascending/],
    [{ steps: [0, 101], each: 1 }, /canary\.steps/],
    [{ steps: ['5'], each: 1 }, /canary\.steps/],
    [{ steps: [5] }, /canary\.each/],
    [{ steps: [5], each: 0 }, /canary\.each/],
  ])('%j', async (canary, message) => {
    const made = await liveScene();
    await expect(made.swap('two', { canary: canary as never })).rejects.toThrow(message);
    expect(await made.ledger.versions.list(MODULE)).toHaveLength(1);
  });

  it('a candidate that takes the state of the one that runs, unless it goes without', async () => {
    const made = await scene({ healthWindowMs: 0, liveHealth: false });
    const stateful = (word: string) => ({
      'index.mjs': `export const word = () => '${word}';
        export const lifecycle = { giveState: () => 1, takeState: () => true };`,
    });
    await made.swap(stateful('one'));
    const canary = { steps: [100], each: 1 };
    expect(await made.swap(stateful('two'), { canary })).toMatchObject({
      phase: 'FAILED',
      refusals: [{ code: 'CANARY_WITH_STATE' }],
    });
    expect(await made.swap(stateful('two'), { canary, handOver: false })).toMatchObject({ phase: 'COMMITTED' });
  });

  it('a first version goes live at once, with a warning', async () => {
    const made = await scene({ healthWindowMs: 0 });
    expect(await made.swap('one', { canary: { steps: [5], each: HOUR } })).toMatchObject({ phase: 'COMMITTED' });
    expect(made.notices).toContainEqual(expect.objectContaining({ code: 'CANARY_SKIPPED' }));
  });

  it('a version that the gate refuses serves no call', async () => {
    const { made, loader } = await serving({}, { policy: { requireApproval: true } });
    await made.ledger.stage({ moduleId: MODULE }, { files: says('two') });
    await made.ledger.assessCompatibility({
      moduleId: MODULE,
      fromVer: 1,
      toVer: 2,
      level: 'BREAKING',
      rationale: 'x',
      assessor: 'a',
    });
    expect(await made.swap('two', { canary: { steps: [100], each: 1 } })).toMatchObject({
      phase: 'FAILED',
      step: 'gate',
    });
    expect(loader.loaded).toEqual([1]);
  });
});
