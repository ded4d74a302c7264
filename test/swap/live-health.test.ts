/** Health by the calls that a version serves: what is counted, what is compared, and what comes of it. */

import { describe, expect, it } from 'vitest';
import type { HealthRequest } from '../../src/api/swap.js';
import { type HotSwapperOptions, Instance, ModuleHandle } from './live.mjs';
import { deferred, liveScene, MODULE, plainLoader } from './scene.js';

/** Exports whose calls do as they are told. */
type Exports = { run(n: number): unknown };

/** A service whose version `n` answers with `runs[n]`, and a way to call it as traffic would. */
async function serving(runs: Record<number, (n: number) => unknown>, options: Partial<HotSwapperOptions> = {}) {
  const loader = plainLoader((version) => ({ run: runs[version] ?? (() => version) }));
  const made = await liveScene({ loader, healthWindowMs: 60_000, ...options });
  const handle = made.swapper.handle<Exports>(MODULE);
  let n = 0;
  const call = async (): Promise<void> => {
    n += 1;
    const at = n;
    await handle.call(async ({ run }) => run(at)).catch(() => undefined);
  };
  const calls = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await call();
  };
  /** Swaps v2 in, and calls it until the swap is answered. */
  const swapUnderLoad = async () => {
    const swapping = made.swap('two');
    let over = false;
    void swapping.finally(() => {
      over = true;
    });
    while (!over) {
      await call();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return swapping;
  };
  return { made, handle, calls, swapUnderLoad };
}

const failsOneIn = (k: number) => (n: number) => {
  if (n % k === 0) throw new Error('sick');
};

describe('a version whose calls fail', () => {
  it('is rolled back without a line by the user', async () => {
    const { calls, swapUnderLoad } = await serving(
      { 1: failsOneIn(100), 2: failsOneIn(3) },
      { healthCheck: undefined },
    );
    await calls(500);
    const result = await swapUnderLoad();
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', rollbackReason: 'HEALTH_FAILURE', restored: { version: 1 } });
    expect(result.reason).toMatch(/^\d+ of its \d+ calls failed \(3\d\.\d%\), 1\.0% of those of v1; back on v1$/);
  });

  it('is rolled back where there is nothing to compare with', async () => {
    const { swapUnderLoad } = await serving({ 2: failsOneIn(2) });
    expect(await swapUnderLoad()).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
  });

  it('stays where the version before failed as often', async () => {
    const { made, calls } = await serving({ 1: failsOneIn(3), 2: failsOneIn(3) });
    await calls(500);
    const swapping = made.swap('two');
    await made.next(({ type }) => type === 'committed');
    await calls(500);
    await new Promise((resolve) => setTimeout(resolve, 250));
    await made.swapper.close();
    expect(await swapping).toMatchObject({ phase: 'COMMITTED' });
  });

  it('is left alone where live health is off', async () => {
    const { made, calls } = await serving({ 2: failsOneIn(1) }, { liveHealth: false });
    const swapping = made.swap('two');
    await made.next(({ type }) => type === 'committed');
    await calls(200);
    await new Promise((resolve) => setTimeout(resolve, 250));
    await made.swapper.close();
    expect(await swapping).toMatchObject({ phase: 'COMMITTED' });
  });

  it('says where calls on the version before fail at the same time', async () => {
    const held = deferred();
    let holding = true;
    const old = () => (holding ? held.promise.then(() => Promise.reject(new Error('database down'))) : 1);
    const { made, handle, swapUnderLoad } = await serving({ 1: old, 2: failsOneIn(1) });
    const waiting = [1, 2, 3].map((n) => handle.call(async ({ run }) => run(n)).catch(() => undefined));
    holding = false;
    void made.next(({ type }) => type === 'committed').then(() => held.resolve());
    const result = await swapUnderLoad();
    await Promise.all(waiting);
    expect(result.reason).toContain('calls on v1 fail now too: this version is probably not to blame');
  });

  it('is told from one whose answers fail, as the service sees it', async () => {
    const answers = { 2: (n: number) => ({ status: n % 2 === 0 ? 500 : 200 }) };
    const isFailedAnswer = (answer: unknown) => (answer as { status?: number }).status === 500;
    const { swapUnderLoad } = await serving(answers, { liveHealth: { isFailedAnswer } });
    expect(await swapUnderLoad()).toMatchObject({ phase: 'ROLLED_BACK' });
  });
});

it('a version that is slower than the one before is rolled back, once it is warm', async () => {
  const sleep = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms));
  const { calls, swapUnderLoad } = await serving({ 2: sleep(80) });
  await calls(100);
  const result = await swapUnderLoad();
  expect(result).toMatchObject({ phase: 'ROLLED_BACK', rollbackReason: 'HEALTH_FAILURE' });
  expect(result.reason).toMatch(/took longer than [\d.]+ ms, as 5% of those of v1 do/);
});

it('a call without an answer counts as failed after its time, once', async () => {
  const never = new Promise(() => undefined);
  // Version 2's calls never end: without its own limit, the swap would wait 30 s for them after the rollback.
  const { made, handle } = await serving({ 2: () => never }, { liveHealth: { callTimeoutMs: 1 }, drainLimitMs: 1 });
  const swapping = made.swap('two');
  await made.next(({ type }) => type === 'committed');
  for (let n = 0; n < 20; n++) void handle.call(({ run }) => run(n));
  const result = await swapping;
  expect(result.reason).toContain('20 of its 20 calls failed (100.0%)');
});

it('the own check is given the numbers of both versions', async () => {
  const asked: HealthRequest[] = [];
  const { made, calls } = await serving(
    { 1: failsOneIn(4), 2: failsOneIn(2) },
    {
      liveHealth: false,
      healthIntervalMs: 1,
      healthCheck: {
        check(request) {
          asked.push(request);
          return request.calls.calls < 8;
        },
      },
    },
  );
  await calls(8);
  const swapping = made.swap('two');
  await made.next(({ type }) => type === 'committed');
  await calls(8);
  expect(await swapping).toMatchObject({ phase: 'ROLLED_BACK' });
  expect(asked.at(-1)).toMatchObject({ callsBefore: { calls: 8, failed: 2 }, calls: { calls: 8, failed: 4 } });
  expect(asked.at(-1)?.calls.p95Ms).toBeGreaterThanOrEqual(0);
});

describe('what counts', () => {
  function counted() {
    const loaded = { exports: {} };
    const instance = new Instance({ moduleId: MODULE, version: 1, checksum: 'sha256:0', loaded });
    const handle = new ModuleHandle({ moduleId: MODULE, current: instance, closed: false, choose: () => instance });
    const numbers = () => [instance.counts.calls, instance.counts.failed];
    return { instance, handle, numbers };
  }
  const fails = (error: unknown) => () => {
    throw error;
  };
  const abort = () => new DOMException('gone', 'AbortError');

  it.each<[string, () => unknown, [number, number]]>([
    ['a value', () => 1, [1, 0]],
    ['an object', () => ({}), [1, 0]],
    ['a throw', fails(new Error('sick')), [1, 1]],
    ['a throw of an AbortError, its caller’s doing', fails(abort()), [0, 0]],
    ['a promise', async () => 1, [1, 0]],
    ['a rejection', async () => fails(new Error('sick'))(), [1, 1]],
    ['a rejection with an AbortError', async () => fails(abort())(), [0, 0]],
    ['a response', () => new Response('fine'), [1, 0]],
    ['a response with 500', () => new Response('sick', { status: 500 }), [1, 1]],
    ['a response with 404', () => new Response('', { status: 404 }), [1, 0]],
    ['a response with 503 and no body', async () => new Response(null, { status: 503 }), [1, 1]],
  ])('%s', async (_, body, expected) => {
    const { handle, numbers } = counted();
    try {
      const answer = await handle.call(body);
      if (answer instanceof Response) await answer.text();
    } catch {
      // It is counted.
    }
    expect(numbers()).toEqual(expected);
  });

  it('a stream counts when it ends: well, failed, or given up', async () => {
    const { handle, numbers } = counted();
    async function* values(sick: boolean) {
      yield 1;
      if (sick) throw new Error('sick');
    }
    const read = async (sick: boolean, one: boolean) => {
      for await (const _ of handle.call(() => values(sick))) if (one) break;
    };
    await read(false, false);
    expect(numbers()).toEqual([1, 0]);
    await read(true, false).catch(() => undefined);
    expect(numbers()).toEqual([2, 1]);
    await read(true, true);
    expect(numbers()).toEqual([2, 1]);
  });

  it('a lease does not', () => {
    const { handle, numbers } = counted();
    handle.acquire().release();
    expect(numbers()).toEqual([0, 0]);
  });

  it('the last 2,000 calls are what the next version is held against', () => {
    const { handle, instance } = counted();
    const call = (sick: boolean) => {
      try {
        handle.call(sick ? fails(new Error('sick')) : () => 1);
      } catch {
        // It is counted.
      }
    };
    for (let n = 0; n < 2000; n++) call(true);
    for (let n = 0; n < 1500; n++) call(false);
    expect(instance.counts.recent()).toEqual({ bad: 500, of: 2000 });
    expect(instance.counts.statistics()).toMatchObject({ calls: 3500, failed: 2000 });
  });
});

it.each<[string, object]>([
  ['healthFailures', { limit: 3, of: 2 }],
  ['healthFailures', { limit: 0, of: 2 }],
  ['liveHealth', true as never],
  ['liveHealth.callTimeoutMs', { callTimeoutMs: 0 }],
  ['liveHealth.isFailure', { isFailure: 1 }],
])('an option that is not as it should be is refused: %s', async (path, value) => {
  const name = path.split('.')[0] as string;
  await expect(liveScene({ [name]: value } as never)).rejects.toThrow(path);
});
