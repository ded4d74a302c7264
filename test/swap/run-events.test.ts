/** A version that ends after it was loaded: told, judged, gone back from, brought up again. */

import { describe, expect, it } from 'vitest';
import type { LoadRequest, RunEvent } from '../../src/swap/swap-ports.js';
import { liveScene, MODULE, type Scene, type SceneOptions } from './scene.js';

const ENDED: RunEvent = { type: 'ended', reason: 'its worker crashed', restartInMs: 100, inFlight: 3 };
const GAVE_UP: RunEvent = { type: 'gave-up', reason: 'its worker crashed too often' };

/** A loader whose versions end when the test says so; each load is an instance of its own. */
function mortalLoader() {
  const requests: LoadRequest[] = [];
  const disposed: number[] = [];
  return {
    requests,
    disposed,
    async load(request: LoadRequest) {
      const at = requests.push(request) - 1;
      return { exports: { word: () => `v${request.version}, load ${at}` }, dispose: () => void disposed.push(at) };
    },
    /** Tells of the instance that was loaded last of a version. */
    tell(version: number, event: RunEvent): void {
      requests.findLast((request) => request.version === version)?.onRunEvent?.(event);
    },
  };
}

async function mortal(options: SceneOptions & { readonly stable?: boolean } = {}) {
  const loader = mortalLoader();
  return { loader, made: await liveScene({ loader, ...options }) };
}

const isLive = (made: Scene) => made.next(({ type }) => type === 'committed');

describe('a version that ends in its health window', () => {
  it('is rolled back at once', async () => {
    const { loader, made } = await mortal({ healthWindowMs: 600_000 });
    const live = isLive(made);
    const swap = made.swap('two');
    await live;
    loader.tell(2, ENDED);
    const reason = expect.stringContaining('its worker crashed');
    expect(await swap).toMatchObject({ phase: 'ROLLED_BACK', rollbackReason: 'HEALTH_FAILURE', reason });
    expect(made.say()).toBe('v1, load 0');
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('REVERTED');
    expect(made.notices).toContainEqual({ ...ENDED, type: 'worker-ended', moduleId: MODULE, version: 2 });
  });

  it('is rolled back where it ended before the window was open', async () => {
    const { loader, made } = await mortal({
      healthWindowMs: 600_000,
      validator: { validate: ({ version }) => loader.tell(version, ENDED) },
    });
    expect(await made.swap('two')).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
  });

  it('does not go back to an instance that has ended too', async () => {
    const { loader, made } = await mortal({ healthWindowMs: 600_000 });
    const live = isLive(made);
    const swap = made.swap('two');
    await live;
    loader.tell(1, ENDED);
    loader.tell(2, ENDED);
    expect(await swap).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
    expect(made.say()).toBe('v1, load 2');
  });
});

describe('a version that ends after its health window', () => {
  it('stays while it is started again, and each step is told', async () => {
    const { loader, made } = await mortal();
    await made.swap('two');
    loader.tell(2, { type: 'unresponsive', forMs: 5000 });
    loader.tell(2, ENDED);
    loader.tell(2, { type: 'restarted', restarts: 1 });
    expect(made.notices.slice(-3)).toEqual([
      { type: 'worker-unresponsive', moduleId: MODULE, version: 2, forMs: 5000 },
      { ...ENDED, type: 'worker-ended', moduleId: MODULE, version: 2 },
      { type: 'worker-restarted', moduleId: MODULE, version: 2, restarts: 1 },
    ]);
    expect(made.say()).toBe('v2, load 1');
  });

  it('is rolled back in the ledger where it ended for good', async () => {
    const { loader, made } = await mortal();
    await made.swap('two');
    const back = made.next(({ type }) => type === 'rolled-back');
    loader.tell(2, ENDED);
    loader.tell(2, GAVE_UP);
    expect(await back).toMatchObject({ fromVer: 2, toVer: 1, reason: 'HEALTH_FAILURE' });
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('REVERTED');
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1);
    expect(made.say()).toBe('v1, load 2');
    const { moduleId, code } = { moduleId: MODULE, code: 'WORKER_GAVE_UP' };
    expect(made.notices).toContainEqual(expect.objectContaining({ type: 'warning', moduleId, version: 2, code }));
  });

  it('is not rolled back where somebody else has moved on', async () => {
    const { loader, made } = await mortal({ followIntervalMs: 0 });
    await made.swap('two');
    const followed = made.next(({ type }) => type === 'followed');
    await made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: { 'index.mjs': 'export const x = 3;' } });
    loader.tell(2, GAVE_UP);
    expect(await followed).toMatchObject({ version: 3, fromVer: 2 });
    expect(await made.ledger.versions.status(MODULE, 2)).not.toBe('REVERTED');
  });

  it('is left alone where callers are on another one', async () => {
    const { loader, made } = await mortal({ drainLimitMs: 600_000 });
    const lease = made.swapper.handle(MODULE).acquire();
    await made.swap('two');
    loader.tell(1, GAVE_UP);
    lease.release();
    expect(await made.swap('three')).toMatchObject({ phase: 'COMMITTED', toVer: 3 });
    expect(made.told()).not.toContain('rolled-back');
  });
});

describe('a version that ended for good, and has nothing to go back to', () => {
  async function alone() {
    const { loader, made } = await mortal();
    const stayed = made.next(({ type }) => type === 'stayed');
    loader.tell(1, GAVE_UP);
    expect(await stayed).toMatchObject({ version: 1, reason: 'NO_TARGET' });
    return { loader, made };
  }

  it('stays, and is brought up again by resume', async () => {
    const { loader, made } = await alone();
    const { versionManager } = { versionManager: made.ledger };
    expect(await made.swapper.resume({ versionManager })).toEqual([{ moduleId: MODULE, version: 1, error: null }]);
    expect(made.say()).toBe('v1, load 1');
    expect(loader.disposed).toEqual([0]);
  });

  it('is not said to run by resume where it does not load any more', async () => {
    const { loader, made } = await alone();
    loader.load = async () => {
      throw new Error('no database');
    };
    const [resumed] = await made.swapper.resume({ versionManager: made.ledger });
    expect(resumed).toMatchObject({ moduleId: MODULE, version: null, error: { message: 'no database' } });
  });

  it('is loaded again by a swap of the same bytes', async () => {
    const { made } = await alone();
    const result = await made.swap('one');
    expect(result).toMatchObject({ phase: 'COMMITTED', toVer: 1, reason: expect.stringContaining('loaded again') });
    expect(made.say()).toBe('v1, load 1');
  });

  it('gives way to another version', async () => {
    const { made } = await alone();
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
    expect(made.say()).toMatch('v2');
  });
});
