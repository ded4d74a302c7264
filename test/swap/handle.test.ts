/** What callers see: each call ends on the version that it began on, and a version is let go of after its last call. */

import { Readable } from 'node:stream';
import { isPromise } from 'node:util/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Instance, isLedgerError } from './live.mjs';
import { deferred, fixture, liveScene, MODULE, plainLoader, scene } from './scene.js';

/** Exports whose calls end when they are told to. */
function held() {
  const gates = new Map<number, ReturnType<typeof deferred<void>>>();
  const gate = (version: number) => {
    const known = gates.get(version) ?? deferred<void>();
    gates.set(version, known);
    return known;
  };
  const loader = plainLoader((version) => ({
    word: () => `v${version}`,
    wait: async () => {
      await gate(version).promise;
      return version;
    },
    fail: async () => {
      await gate(version).promise;
      throw new Error(`v${version} failed`);
    },
    async *values() {
      yield version;
      await gate(version).promise;
      yield version;
    },
    readable: () => Readable.from([`${version}`, `${version}`]),
    web: () => Readable.toWeb(Readable.from([`${version}`, `${version}`])),
  }));
  return { gate, loader };
}

type Held = {
  word(): string;
  wait(): Promise<number>;
  fail(): Promise<number>;
  values(): AsyncGenerator<number>;
  readable(): Readable;
  web(): ReadableStream<string>;
};

describe('a call in flight', () => {
  it.each(['wait', 'fail'] as const)(
    '%s: ends on the version it began on, which is let go of after it',
    async (name) => {
      const { gate, loader } = held();
      const made = await liveScene({ loader });
      const handle = made.swapper.handle<Held>(MODULE);
      const call = handle.call((exports) => exports[name]()).catch((error: Error) => error.message);
      await made.swap('two');
      expect(handle.call((exports, version) => [exports.word(), version])).toEqual(['v2', 2]);
      expect(loader.disposed).toEqual([]);
      gate(1).resolve();
      expect(await call).toBe(name === 'wait' ? 1 : 'v1 failed');
      expect(loader.disposed).toEqual([1]);
    },
  );

  it('an async iterable: when it is read to its end', async () => {
    const { gate, loader } = held();
    const made = await liveScene({ loader });
    const values = made.swapper.handle<Held>(MODULE).call((exports) => exports.values());
    expect(await values.next()).toEqual({ done: false, value: 1 });
    await made.swap('two');
    expect(loader.disposed).toEqual([]);
    gate(1).resolve();
    expect(await values.next()).toEqual({ done: false, value: 1 });
    expect(loader.disposed).toEqual([]);
    expect(await values.next()).toEqual({ done: true, value: undefined });
    expect(loader.disposed).toEqual([1]);
  });

  it('an async iterable: when its reader gives up, or it fails', async () => {
    const { loader } = held();
    const made = await liveScene({ loader });
    const handle = made.swapper.handle<Held>(MODULE);
    for await (const value of handle.call((exports) => exports.values())) {
      expect(value).toBe(1);
      break;
    }
    const failing = handle.call(async function* () {
      yield 1;
      throw new Error('dry');
    });
    await failing.next();
    await expect(failing.next()).rejects.toThrow('dry');
    await made.swap('two');
    expect(loader.disposed).toEqual([1]);
  });

  it('an iterable that is no iterator, in a promise', async () => {
    const { loader } = held();
    const made = await liveScene({ loader });
    const iterable = await made.swapper
      .handle<Held>(MODULE)
      .call(async (exports) => ({ [Symbol.asyncIterator]: () => exports.values() }));
    await made.swap('two');
    expect(loader.disposed).toEqual([]);
    for await (const value of iterable) {
      expect(value).toBe(1);
      break;
    }
    expect(loader.disposed).toEqual([1]);
  });

  it('a Node stream: when it ended, or was destroyed', async () => {
    const { loader } = held();
    const made = await liveScene({ loader });
    const handle = made.swapper.handle<Held>(MODULE);
    const [read, left] = [handle.call((e) => e.readable()), handle.call((e) => e.readable())];
    await made.swap('two');
    expect(loader.disposed).toEqual([]);
    const chunks: string[] = [];
    for await (const chunk of read) chunks.push(String(chunk));
    expect(chunks).toEqual(['1', '1']);
    const drained = made.next((n) => n.type === 'drained');
    left.destroy();
    await drained;
    expect(loader.disposed).toEqual([1]);
  });

  it('a web stream: when it was read, or cancelled', async () => {
    const { loader } = held();
    const made = await liveScene({ loader });
    const handle = made.swapper.handle<Held>(MODULE);
    const [read, left] = [handle.call((e) => e.web()), handle.call((e) => e.web())];
    await made.swap('two');
    const reader = read.getReader();
    expect([await reader.read(), await reader.read()].map((r) => r.value)).toEqual(['1', '1']);
    expect((await reader.read()).done).toBe(true);
    expect(loader.disposed).toEqual([]);
    await left.cancel();
    expect(loader.disposed).toEqual([1]);
  });

  it('a call that throws, or returns a plain value, has ended', async () => {
    const { loader } = held();
    const made = await liveScene({ loader });
    const handle = made.swapper.handle<Held>(MODULE);
    expect(() =>
      handle.call(() => {
        throw new Error('at once');
      }),
    ).toThrow('at once');
    expect(handle.call((exports) => exports.word())).toBe('v1');
    await made.swap('two');
    expect(loader.disposed).toEqual([1]);
  });

  it('a lease: until it is released, however often', async () => {
    const { loader } = held();
    const made = await liveScene({ loader });
    const handle = made.swapper.handle<Held>(MODULE);
    const [one, other] = [handle.acquire(), handle.acquire()];
    await made.swap('two');
    expect([one.version, one.exports.word(), handle.version]).toEqual([1, 'v1', 2]);
    one.release();
    one.release();
    expect(loader.disposed).toEqual([]);
    other.release();
    expect(loader.disposed).toEqual([1]);
  });
});

describe('the drain', () => {
  it('ends at its limit, calls or no calls, and says how many there were', async () => {
    const { loader } = held();
    const made = await liveScene({ loader, drainLimitMs: 10 });
    const lease = made.swapper.handle(MODULE).acquire();
    const limit = made.next((n) => n.type === 'drain-limit');
    await made.swap('two');
    expect(await limit).toMatchObject({ version: 1, inFlight: 1 });
    expect(loader.disposed).toEqual([1]);
    lease.release();
    expect(loader.disposed).toEqual([1]);
    expect(made.told()).not.toContain('drained');
  });

  it('does not hold up the next swap', async () => {
    const { loader, gate } = held();
    const made = await liveScene({ loader });
    const handle = made.swapper.handle<Held>(MODULE);
    const first = handle.call((exports) => exports.wait());
    await made.swap('two');
    const second = handle.call((exports) => exports.wait());
    expect(await made.swap('three')).toMatchObject({ phase: 'COMMITTED' });
    expect(loader.disposed).toEqual([]);
    gate(2).resolve();
    expect(await second).toBe(2);
    gate(1).resolve();
    expect(await first).toBe(1);
    expect(loader.disposed).toEqual([2, 1]);
  });

  it('survives a dispose that throws', async () => {
    const made = await liveScene({
      loader: {
        load: async () => ({
          exports: { word: () => 'any' },
          dispose() {
            throw new Error('stuck');
          },
        }),
      },
    });
    const warned = made.next((n) => n.type === 'warning' && n.code === 'DISPOSE_FAILED' && n.message.includes('stuck'));
    await made.swap('two');
    expect(await warned).toMatchObject({ version: 1 });
    await made.swapper.close();
  });

  it('keeps what ran before ready while the window is open', async () => {
    const { loader } = held();
    const made = await liveScene({ loader, healthWindowMs: 60_000, healthCheck: undefined });
    const live = made.next((n) => n.type === 'step' && n.step === 'health');
    const swap = made.swap('two');
    await live;
    expect(made.swapper.handle(MODULE).version).toBe(2);
    expect(loader.disposed).toEqual([]);
    await made.swapper.close();
    await swap;
    expect(loader.disposed.sort()).toEqual([1, 2]);
  });
});

describe('a handle', () => {
  it('may be made before there is a version, and says how to get one', async () => {
    const made = await scene();
    const handle = made.swapper.handle(MODULE);
    expect(handle.version).toBeNull();
    let thrown: unknown;
    try {
      handle.call(() => 1);
    } catch (error) {
      thrown = error;
    }
    expect(isLedgerError(thrown, 'NOT_FOUND')).toBe(true);
    expect((thrown as { hint: string }).hint).toContain('resume');
    await made.swap('one');
    expect(handle.call((_, version) => version)).toBe(1);
  });

  it('serves real modules of both kinds, with their state', async () => {
    const made = await scene();
    type Counter = { name: string; count(): number; nested?: { twice(n: number): number } };
    const handle = made.swapper.handle<Counter>(MODULE);
    await made.swap(fixture('counter-esm'));
    expect([handle.call((c) => c.count()), handle.call((c) => c.count())]).toEqual([1, 2]);
    await made.swap(fixture('counter-cjs'));
    expect(handle.call((c) => [c.name, c.count(), c.count(), c.nested?.twice(4)])).toEqual(['cjs', 2, 4, 8]);
  });
});

describe('a call that answers with what cannot be looked at', () => {
  const trap = (): never => {
    throw new Error('do not look');
  };
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const nameless = () => Object.defineProperty({}, 'name', { get: trap });

  it.each<[string, () => unknown]>([
    ['a `then` that throws', () => Object.defineProperty({}, 'then', { get: trap })],
    ['a revoked proxy', revoked],
    ['a `body` that throws', () => Object.defineProperty({}, 'body', { get: trap })],
    ['a promise of a `body` that throws', async () => Object.defineProperty({}, 'body', { get: trap })],
    ['an error without a name', () => Promise.reject(nameless())],
  ])('%s: it has ended, and the version is let go of', async (_, answer) => {
    const loader = plainLoader(() => ({ answer }));
    const made = await liveScene({ loader, drainLimitMs: 3_600_000 });
    const given = made.swapper.handle<{ answer(): unknown }>(MODULE).call((exports) => exports.answer());
    if (isPromise(given)) await given.catch(() => undefined);
    await made.swap('two');
    expect(loader.disposed).toEqual([1]);
  });

  it('throws what the module threw, though that has no name', async () => {
    const thrown = nameless();
    const loader = plainLoader(() => ({
      fail() {
        throw thrown;
      },
    }));
    const made = await liveScene({ loader, drainLimitMs: 3_600_000 });
    const seen: unknown[] = [];
    try {
      made.swapper.handle<{ fail(): void }>(MODULE).call(({ fail }) => fail());
    } catch (error) {
      seen.push(error);
    }
    expect(seen[0]).toBe(thrown);
    await made.swap('two');
    expect(loader.disposed).toEqual([1]);
  });

  it('an iterable that cannot be iterated has ended when that was tried', async () => {
    const loader = plainLoader(() => ({ values: () => ({ [Symbol.asyncIterator]: trap }) }));
    const made = await liveScene({ loader, drainLimitMs: 3_600_000 });
    const values = made.swapper
      .handle<{ values(): AsyncIterable<unknown> }>(MODULE)
      .call((exports) => exports.values());
    expect(() => values[Symbol.asyncIterator]()).toThrow('do not look');
    await made.swap('two');
    expect(loader.disposed).toEqual([1]);
  });
});

it.each([[Symbol('user')], [7], [{ id: 7 }], [null]])(
  'a key that is no text is refused at each call: %s',
  async (key) => {
    const made = await liveScene({ loader: plainLoader() });
    const call = () => made.swapper.handle(MODULE).call(() => 1, { key: key as never });
    expect(call).toThrow(/options\.key: expected a string, or undefined/);
  },
);

describe('a loader that never lets go', () => {
  afterEach(() => void vi.useRealTimers());

  it('is waited for no longer than five seconds, and told', async () => {
    vi.useFakeTimers();
    const loaded = { exports: {}, dispose: () => new Promise<void>(() => undefined) };
    const instance = new Instance({ moduleId: MODULE, version: 1, checksum: 'sha256:0', loaded });
    const failed = vi.fn();
    const observer = { drained: () => undefined, limitReached: () => undefined, disposeFailed: failed };
    const gone = instance.retire(60_000, observer);
    await vi.advanceTimersByTimeAsync(5000);
    await gone;
    expect(failed).toHaveBeenCalledExactlyOnceWith(instance, expect.objectContaining({ code: 'TIME_LIMIT' }));
  });
});
