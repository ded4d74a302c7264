/** The life cycle of a version in a worker thread: the same as in this process, across the boundary. */

import { describe, expect, it } from 'vitest';
import { workerLoader } from './live.mjs';
import { folder, liveScene, MODULE, type SceneOptions, scene } from './scene.js';

/** A module that counts, and keeps a list of what happened to it in its own thread. */
function counter(name: string, parts = ''): Record<string, string> {
  const source = `
    let count = 0;
    let context;
    const log = [];
    export const add = () => ++count;
    export const word = () => '${name}';
    export const exit = () => process.exit(3);
    export const seen = () => ({ log, current: context?.isCurrent(), aborted: context?.signal.aborted, dataDir: context?.dataDir });
    export const lifecycle = {
      activate(given) {
        context = given;
        log.push(given.reason + ' of v' + given.version + ' after v' + given.fromVersion);
      },
      giveState: ({ toVersion }) => ({ count, toVersion, since: new Date(0) }),
      takeState(given, { fromVersion }) {
        if (!(given.since instanceof Date)) return 'no date';
        log.push('state of v' + fromVersion);
        count = given.count;
      },
      ${parts}
    };`;
  return { 'index.mjs': source };
}

interface Counter {
  add(): Promise<number>;
  exit(): Promise<never>;
  seen(): Promise<{ log: string[]; current: boolean; aborted: boolean; dataDir: string | null }>;
}

async function counting(options: SceneOptions = {}) {
  const made = await scene({ loader: workerLoader({ cacheDir: folder() }), healthWindowMs: 0, ...options });
  expect(await made.swap(counter('one'))).toMatchObject({ phase: 'COMMITTED' });
  const handle = made.swapper.handle<Counter>(MODULE);
  await handle.call(({ add }) => add());
  await handle.call(({ add }) => add());
  return { made, handle };
}

describe('a version in a worker', () => {
  it('takes the state of the one before, is activated, and is current when callers are switched', async () => {
    const { made, handle } = await counting();
    const lease = handle.acquire();
    expect(await lease.exports.seen()).toMatchObject({
      log: ['swap of v1 after vnull'],
      current: true,
      aborted: false,
    });
    expect(await made.swap(counter('two'))).toMatchObject({ phase: 'COMMITTED' });
    expect(await handle.call(({ add }) => add())).toBe(3);
    expect(await handle.call(({ seen }) => seen())).toMatchObject({
      log: ['state of v1', 'swap of v2 after v1'],
      ...{ current: true, aborted: false, dataDir: null },
    });
    expect(await lease.exports.seen()).toMatchObject({ current: false, aborted: false });
    lease.release();
  });

  it('hands its state back on a rollback', async () => {
    const { made, handle } = await counting();
    made.health = async () => {
      await handle.call(({ add }) => add());
      return false;
    };
    expect(await made.swap(counter('two'))).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
    expect(await handle.call(({ add }) => add())).toBe(4);
  });

  it.each<[string, string, string]>([
    ['activate throws', "activate: () => { throw new Error('port taken') }", 'port taken'],
    ['takeState refuses', "takeState: () => 'unknown shape'", 'unknown shape'],
    ['a function of it is none', "deactivate: 'yes'", 'lifecycle.deactivate'],
  ])('does not go live where %s', async (_, parts, reason) => {
    const { made, handle } = await counting();
    const result = await made.swap(counter('two', parts));
    expect(result).toMatchObject({ phase: 'FAILED', reason: expect.stringContaining(reason) });
    expect(await handle.call(({ add }) => add())).toBe(3);
  });

  it('has its signal aborted and its `deactivate` called before its worker ends', async () => {
    const left =
      "deactivate: () => { if (!context.signal.aborted) throw new Error('not aborted'); throw new Error('deactivated'); }";
    const made = await scene({ loader: workerLoader({ cacheDir: folder() }), healthWindowMs: 0 });
    await made.swap(counter('one', left));
    const drained = made.next(({ type }) => type === 'drained');
    await made.swap(counter('two'));
    await drained;
    await made.swapper.close();
    const failed = made.notices.filter((notice) => notice.type === 'warning' && notice.code === 'DISPOSE_FAILED');
    expect(failed).toEqual([expect.objectContaining({ version: 1, message: expect.stringContaining('deactivated') })]);
  });

  it('is activated again where its worker ended and another one took its place, before it takes calls', async () => {
    const { made, handle } = await counting();
    const restarted = made.next(({ type }) => type === 'worker-restarted');
    await handle.call(({ exit }) => exit()).catch(() => undefined);
    await restarted;
    expect(await handle.call(({ seen }) => seen())).toMatchObject({
      log: ['restart of v1 after vnull'],
      current: true,
    });
  });
});

it('a version in a worker that ends in its canary is FAILED, and not called again', async () => {
  const made = await liveScene({ loader: workerLoader({ cacheDir: folder() }), healthWindowMs: 0 });
  const full = made.next((notice) => notice.type === 'canary' && notice.percent === 100);
  const swapping = made.swap(counter('two', 'giveState: undefined, takeState: undefined'), {
    canary: { steps: [100], each: 3_600_000 },
  });
  await full;
  const handle = made.swapper.handle<Counter>(MODULE);
  await handle.call(({ exit }) => exit()).catch(() => undefined);
  expect(await swapping).toMatchObject({ phase: 'FAILED', refusals: [{ code: 'CANARY_SICK' }] });
  expect(await made.say()).toBe('one');
  expect(await made.ledger.versions.status(MODULE, 2)).toBe('REVERTED');
});
