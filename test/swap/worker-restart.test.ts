/** A worker that ends or hangs: noticed, started again, given up. */

import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunEvent } from '../../src/swap/swap-ports.js';
import { ResponseWatch } from '../../src/swap/worker/response-watch.js';
import type { WorkerConnection, WorkerEnd } from '../../src/swap/worker/worker-connection.js';
import { WorkerSupervisor } from '../../src/swap/worker/worker-supervisor.js';
import { isLedgerError, workerLoader } from './live.mjs';
import { deferred, fixture, folder, liveScene, MODULE } from './scene.js';
import { loadRequest } from './worker-scene.js';

interface Restarts {
  next(): Promise<number>;
  exit(): Promise<never>;
  spin(): Promise<never>;
  never(): Promise<never>;
}

/** The module `restarts` in a worker, and what its loader tells of it. */
async function restarts(unresponsiveMs?: number) {
  const cacheDir = folder();
  const told: RunEvent[] = [];
  let changed = deferred();
  const request = loadRequest(fixture('restarts'), {
    onRunEvent(event) {
      told.push(event);
      changed.resolve();
      changed = deferred();
    },
  });
  const loaded = await workerLoader({ cacheDir, unresponsiveMs }).load(request);
  onTestFinished(() => loaded.dispose?.());
  const until = async (type: RunEvent['type']): Promise<void> => {
    while (!told.some((event) => event.type === type)) await changed.promise;
  };
  return { exports: loaded.exports as Restarts, told, until, cacheDir };
}

const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: Error & { hint?: string }) => error,
  );

describe('a worker that ends on its own', () => {
  it('is started again behind the same exports, without what it had in memory', async () => {
    const { exports, told, until } = await restarts();
    expect([await exports.next(), await exports.next()]).toEqual([1, 2]);
    const { next, exit, never } = exports;
    const waiting = errorOf(never());
    const asked = await errorOf(exit());
    for (const error of [asked, await waiting, await errorOf(next())]) {
      expect(isLedgerError(error, 'IO')).toBe(true);
      expect(error?.message).toContain('speaker v1 ended with exit code 5');
      expect(error?.hint).toMatch(/it restarts in \d+ ms/);
    }
    await until('restarted');
    expect(await next()).toBe(1);
    expect(told).toEqual([
      { type: 'ended', reason: expect.stringContaining('exit code 5'), restartInMs: 100, inFlight: 2 },
      { type: 'restarted', restarts: 1 },
    ]);
  });

  it('is started again where its cached files are gone', async () => {
    const { exports, until, cacheDir } = await restarts();
    for (const name of readdirSync(cacheDir)) renameSync(join(cacheDir, name), join(folder(), name));
    await errorOf(exports.exit());
    await until('restarted');
    expect(await exports.next()).toBe(1);
  });

  it('is gone back from by its swapper where it ends again and again', async () => {
    const made = await liveScene({ loader: workerLoader({ cacheDir: folder() }) });
    await made.swap(fixture('restarts'));
    const back = made.next(({ type }) => type === 'rolled-back');
    const handle = made.swapper.handle<Restarts>(MODULE);
    for (let i = 0; i < 4; i++) {
      const again = made.next(({ type }) => type === 'worker-restarted');
      await errorOf(handle.call(({ exit }) => exit()));
      if (i < 3) await again;
    }
    expect(await back).toMatchObject({ fromVer: 2, toVer: 1, reason: 'HEALTH_FAILURE' });
    expect(await made.say()).toBe('one');
    expect(made.told().filter((type) => type === 'worker-ended')).toHaveLength(4);
  });

  it('is ended and started again where it hangs in a loop', async () => {
    const { exports, told, until } = await restarts(600);
    const error = await errorOf(exports.spin());
    expect(isLedgerError(error, 'IO')).toBe(true);
    expect(error?.message).toContain('did not answer for');
    await until('restarted');
    expect(told.map(({ type }) => type)).toEqual(['unresponsive', 'ended', 'restarted']);
    expect(await exports.next()).toBe(1);
  });

  it.each([0, -1, Number.NaN, 2 ** 31])('is not made with a limit of %s', (unresponsiveMs) => {
    expect(() => workerLoader({ cacheDir: folder(), unresponsiveMs })).toThrow(/unresponsiveMs/);
  });
});

/** A supervisor whose workers end when they are told to, on a clock of the test. */
function supervised(imports: () => Promise<unknown> = async () => null, prepare = async () => {}) {
  const told: RunEvent[] = [];
  const ends: ((end: WorkerEnd) => string)[] = [];
  const supervisor = new WorkerSupervisor({
    kind: 'worker',
    name: 'speaker v1',
    prepare,
    onRunEvent: (event) => told.push(event),
    onRestart: async () => undefined,
    connect({ onEnd }) {
      ends.push(onEnd);
      const worker = ends.length;
      const fail = (what: string, cause: unknown) => onEnd({ reason: what, cause, inFlight: 0 });
      const connection = { shape: imports, call: async () => worker, terminate: async () => undefined, fail };
      return connection as unknown as WorkerConnection;
    },
  });
  const end = () => ends.at(-1)?.({ reason: 'it crashed', cause: null, inFlight: 0 });
  return { supervisor, told, end, workers: () => ends.length };
}

describe('the restarts of a worker', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('come after 0.1, 0.5 and 2 s, and no more within five minutes', async () => {
    const { supervisor, told, end, workers } = supervised();
    await supervisor.shape();
    for (const pauseMs of [100, 500, 2000]) {
      const before = workers();
      expect(end()).toContain(`restarts in ${pauseMs} ms`);
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      expect(workers()).toBe(before);
      await expect(supervisor.call([], [])).rejects.toMatchObject({ code: 'IO', hint: /restarts in 1 ms/ });
      await vi.advanceTimersByTimeAsync(1);
      expect(await supervisor.call([], [])).toBe(before + 1);
    }
    expect(end()).toContain('call resume');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(workers()).toBe(4);
    await expect(supervisor.call([], [])).rejects.toMatchObject({ code: 'IO', hint: /call resume/ });
    expect(told.at(-1)).toEqual({ type: 'gave-up', reason: 'it crashed, after 3 restarts within 5 minutes' });
    expect(told.at(-2)).toMatchObject({ type: 'ended', restartInMs: null });
  });

  it('of more than five minutes ago do not count', async () => {
    const { supervisor, told, end, workers } = supervised();
    await supervisor.shape();
    for (let i = 0; i < 10; i++) {
      end();
      await vi.advanceTimersByTimeAsync(300_100);
    }
    expect(workers()).toBe(11);
    expect(told.filter(({ type }) => type === 'gave-up')).toEqual([]);
  });

  it('count where the version does not import any more', async () => {
    let well = true;
    const { supervisor, told, end, workers } = supervised(async () => {
      if (!well) throw new Error('no database');
    });
    await supervisor.shape();
    well = false;
    end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(workers()).toBe(4);
    expect(told.at(-1)).toMatchObject({ type: 'gave-up', reason: expect.stringContaining('no database') });
  });

  it('count where its files cannot be written any more', async () => {
    const { supervisor, told, end, workers } = supervised(undefined, async () => {
      throw new Error('the disk is full');
    });
    await supervisor.shape();
    end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(workers()).toBe(1);
    expect(told.at(-1)).toMatchObject({ type: 'gave-up', reason: expect.stringContaining('the disk is full') });
  });

  it('do not come where the version was let go of', async () => {
    const { supervisor, end, workers } = supervised();
    await supervisor.shape();
    end();
    await supervisor.dispose();
    end();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(workers()).toBe(1);
  });
});

describe('the watch over a silent worker', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watched() {
    const told: string[] = [];
    const watch = new ResponseWatch({
      limitMs: 30_000,
      ping: () => told.push('ping'),
      suspected: (forMs) => told.push(`suspected ${forMs}`),
      hung: (forMs) => told.push(`hung ${forMs}`),
    });
    watch.start();
    return { watch, told };
  }

  it('suspects it after 5 s, and calls it hung after 30', () => {
    const { watch, told } = watched();
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(500);
    expect(told).toEqual(['ping', 'suspected 5000']);
    vi.advanceTimersByTime(25_000);
    watch.stop();
    expect(told).toEqual(['ping', 'suspected 5000', 'hung 30000']);
  });

  it('begins anew with each sign of life, and ends where nobody waits', () => {
    const { watch, told } = watched();
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(4_000);
      watch.heard();
    }
    watch.stop();
    vi.advanceTimersByTime(600_000);
    expect(new Set(told)).toEqual(new Set(['ping']));
  });

  it('does not count the time in which the host itself did not run', () => {
    const { watch, told } = watched();
    vi.advanceTimersByTime(500);
    // Stopped for a minute, again and again: each tick comes late.
    let now = performance.now();
    for (let i = 0; i < 100; i++) {
      now += 60_000;
      watch.tick(now);
    }
    expect(told).toEqual(['ping']);
    for (let i = 0; i < 10; i++) {
      now += watch.tickMs;
      watch.tick(now);
    }
    watch.stop();
    expect(told).toEqual(['ping', 'suspected 5000']);
  });
});
