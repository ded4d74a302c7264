/** Several processes and an operator at one ledger: what somebody else decided stands, and everybody comes to it. */

import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { ephemeralSigner, initLedger, openLedger } from './live.mjs';
import {
  folder,
  heldCheck,
  liveScene,
  MODULE,
  plainLoader,
  type Says,
  type Scene,
  type SceneOptions,
  says,
  scene,
} from './scene.js';

const FAST = { followIntervalMs: 5 };
/** A window that ends with the first bad answer, in a process that does not follow. */
const WATCHED = { followIntervalMs: 0, healthWindowMs: 60_000, healthFailures: { limit: 1, of: 1 } };

/** A ledger on disk with a stable first version, opened by an operator and by as many services as wanted. */
async function fleet(count: number, options: SceneOptions = {}) {
  const gitdir = join(folder(), 'ledger.git');
  const signer = await ephemeralSigner('operator@example.org');
  const operator = await initLedger({ gitdir, signer });
  onTestFinished(() => operator.close());
  await operator.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('one') });
  const services: Scene[] = [];
  for (let i = 0; i < count; i++) {
    const ledger = await openLedger({ gitdir, signer });
    onTestFinished(() => ledger.close());
    const service = await scene({ ledger, ...FAST, ...options });
    await service.swapper.resume({ versionManager: ledger });
    services.push(service);
  }
  return { operator, services, service: services[0] as Scene };
}

const tags = async (ledger: Ledger, version: number) => [...(await ledger.versions.get(MODULE, version)).tags];
const active = async (ledger: Ledger) => (await ledger.latestCheckpoint(MODULE))?.version;
const reaches = (service: Scene, version: number) =>
  service.next(
    (n) =>
      (n.type === 'followed' || n.type === 'rolled-back' || n.type === 'resumed') &&
      service.swapper.handle(MODULE).version === version,
  );
const opensWindow = (service: Scene) => service.next((n) => n.type === 'step' && n.step === 'health');

describe('a version that somebody else makes active', () => {
  const STRICT = { healthFailures: { limit: 1, of: 1 } };

  it('is watched where it ends the health window of the version before', async () => {
    const { operator, service } = await fleet(1, { ...STRICT, healthWindowMs: 60_000 });
    service.health = () => service.say() !== 'three';
    const opened = opensWindow(service);
    const two = service.swap('two');
    await opened;
    const left = service.next((n) => n.type === 'rolled-back');
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    expect(await two).toMatchObject({ phase: 'COMMITTED', supersededBy: 3 });
    expect(await left).toMatchObject({ fromVer: 3, toVer: 1, reason: 'HEALTH_FAILURE' });
    expect(await tags(operator, 3)).toEqual(['reverted']);
  });

  it('is watched where a swap brings it to this process, and fails', async () => {
    const { operator, service } = await fleet(1, { ...STRICT, followIntervalMs: 0, healthWindowMs: 60_000 });
    service.health = () => service.say() !== 'two';
    service.opinion = false;
    const left = service.next((n) => n.type === 'rolled-back');
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
    expect(await service.swap('three')).toMatchObject({ phase: 'FAILED', step: 'validate' });
    expect(await left).toMatchObject({ fromVer: 2, toVer: 1, reason: 'HEALTH_FAILURE' });
  });

  it('is watched where it became active while the one before it was loaded', async () => {
    const files = plainLoader();
    let meanwhile = async () => undefined as unknown;
    const loader = {
      load: async (request: { version: number }) => {
        if (request.version === 2) await meanwhile();
        return files.load(request);
      },
    };
    const { operator, service } = await fleet(1, { ...STRICT, loader, healthWindowMs: 60_000 });
    service.health = () => service.say() !== 'v3';
    meanwhile = () => operator.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    const left = service.next((n) => n.type === 'rolled-back');
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
    expect(await left).toMatchObject({ fromVer: 3, toVer: 1, reason: 'HEALTH_FAILURE' });
    expect(files.loaded).toContain(2);
  });

  it('is what a swap starts from that was under way', async () => {
    const { operator, service } = await fleet(1, { followIntervalMs: 0 });
    const { stage } = service.ledger;
    let times = 0;
    service.ledger.stage = async (...args) => {
      times += 1;
      if (times === 1) await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
      return stage.apply(service.ledger, args);
    };
    expect(await service.swap('three')).toMatchObject({ phase: 'COMMITTED', fromVer: 2, toVer: 3 });
  });
});

describe('a version that somebody else has rolled back', () => {
  it('is left where a rollback is asked for that has nowhere to go back to from there', async () => {
    const { operator, service } = await fleet(1, { followIntervalMs: 0, healthWindowMs: 600_000 });
    const opened = opensWindow(service);
    const two = service.swap('two');
    await opened;
    await operator.rollback(MODULE, 'MANUAL');
    const result = await service.swapper.rollback(MODULE, 'MANUAL', { versionManager: service.ledger });
    expect(result).toMatchObject({
      phase: 'ROLLED_BACK',
      restored: { version: 1 },
      rolledBackBy: 'operator@example.org',
    });
    expect([service.say(), await two]).toEqual(['one', result]);
  });
});

describe('a version that goes sick in one process', () => {
  it('is not what is rolled back where another process has fixed forward', async () => {
    const { operator, services } = await fleet(2, { healthWindowMs: 60_000, healthFailures: { limit: 1, of: 1 } });
    const [a, b] = services as [Scene, Scene];
    const { asked, checked } = heldCheck(a);
    // So that A does not see the fix before its own check fails: it holds on to the check until B is done.
    const two = a.swap('two');
    await asked.promise;
    const three = await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    checked.resolve('it leaks');
    expect(await two).toMatchObject({ toVer: 2 });
    expect(await active(operator)).toBe(three.version);
    expect(await tags(operator, 3)).toEqual([]);
    expect([a.say(), await two.then((r) => r.supersededBy)]).toEqual(['three', 3]);
    if (b.say() !== 'three') await reaches(b, 3);
    expect(b.say()).toBe('three');
  });

  it('is marked all the same, so that nobody tries its bytes again', async () => {
    const { operator, service } = await fleet(1, WATCHED);
    const { asked, checked } = heldCheck(service);
    const two = service.swap('two');
    await asked.promise;
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    checked.resolve('it leaks');
    expect(await two).toMatchObject({ phase: 'ROLLED_BACK', supersededBy: 3, restored: { version: 3 } });
    expect(await tags(operator, 2)).toEqual(['reverted']);
    expect(await tags(operator, 3)).toEqual([]);
    expect([await active(operator), service.say()]).toEqual([3, 'three']);
  });
});

describe('an operator who rolls back', () => {
  it('is followed, outside of a health window', async () => {
    const { operator, services } = await fleet(2);
    const [a, b] = services as [Scene, Scene];
    const there = reaches(b, 2);
    await a.swap('two');
    await there;
    const back = services.map((service) => reaches(service, 1));
    await operator.rollback(MODULE, 'MANUAL');
    await Promise.all(back);
    expect(services.map((service) => service.say())).toEqual(['one', 'one']);
    expect(await tags(operator, 2)).toEqual(['reverted']);
  });

  it('ends the health window: nothing is promoted, and the answer names him', async () => {
    const { operator, service } = await fleet(1, { healthWindowMs: 60_000 });
    const open = opensWindow(service);
    const two = service.swap('two');
    await open;
    await operator.rollback(MODULE, 'MANUAL');
    expect(await two).toMatchObject({
      phase: 'ROLLED_BACK',
      rollbackReason: 'MANUAL',
      rolledBackBy: 'operator@example.org',
      restored: { version: 1 },
    });
    expect([service.say(), await tags(operator, 2)]).toEqual(['one', ['reverted']]);
  });

  it('is not overruled by a window that ends in the same moment', async () => {
    const { operator, service } = await fleet(1, { followIntervalMs: 0, healthWindowMs: 0 });
    const { asked, checked } = heldCheck(service);
    const two = service.swap('two');
    await asked.promise;
    await operator.rollback(MODULE, 'MANUAL');
    checked.resolve(true);
    expect(await two).toMatchObject({ phase: 'ROLLED_BACK', rolledBackBy: 'operator@example.org' });
    expect([service.say(), await tags(operator, 2)]).toEqual(['one', ['reverted']]);
  });

  it('is named where he is faster than this process asks since when its version is active', async () => {
    const { operator, service } = await fleet(1, { followIntervalMs: 0, healthWindowMs: 60_000 });
    const record = service.ledger.recordCheckpoint.bind(service.ledger);
    const epoch = service.ledger.live.epoch.bind(service.ledger.live);
    let live = false;
    service.ledger.recordCheckpoint = async (...args) => {
      const recorded = await record(...args);
      live = true;
      return recorded;
    };
    service.ledger.live.epoch = async (moduleId) => {
      if (live) await operator.rollback(MODULE, 'MANUAL');
      live = false;
      return epoch(moduleId);
    };
    expect(await service.swap('two')).toMatchObject({
      phase: 'ROLLED_BACK',
      rolledBackBy: 'operator@example.org',
      restored: { version: 1 },
      supersededBy: null,
    });
  });

  it('is named by a rollback that comes after his, and callers go where he went', async () => {
    const { operator, service } = await fleet(1, { followIntervalMs: 0, healthWindowMs: 0 });
    await service.swap('two');
    await operator.rollback(MODULE, 'MANUAL');
    const { seq } = await operator.journal.position();
    const versionManager = service.ledger;
    expect(await service.swapper.rollback(MODULE, 'HEALTH_FAILURE', { versionManager })).toMatchObject({
      toVer: 2,
      rolledBackBy: 'operator@example.org',
      restored: { version: 1 },
    });
    expect([service.say(), (await operator.journal.position()).seq]).toEqual(['one', seq]);
  });

  it('to a version whose window is open still: what its first time showed is not held against the second', async () => {
    const { operator, service } = await fleet(1, WATCHED);
    const { asked, checked } = heldCheck(service);
    const two = service.swap('two');
    await asked.promise;
    await operator.tag(MODULE, 2, 'stable');
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    await operator.rollback(MODULE, 'MANUAL');
    checked.resolve('it leaks');
    const { supersededBy, restored, reason } = await two;
    expect([supersededBy, restored?.version, reason]).toEqual([null, 2, expect.stringContaining('active again')]);
    expect(service.notices.filter((n) => n.type === 'warning' && n.code === 'NOT_REVERTED')).toEqual([]);
    expect([await active(operator), await tags(operator, 2)]).toEqual([2, ['stable']]);
  });
});

describe('a health window', () => {
  it('ends at once where a newer swap goes live, and the way back leads past both', async () => {
    const { operator, service } = await fleet(1, {
      healthWindowMs: 60_000,
      followIntervalMs: 0,
      loader: plainLoader(),
    });
    const open = opensWindow(service);
    const two = service.swap('two');
    await open;
    const again = opensWindow(service);
    const three = service.swap('three');
    expect(await two).toMatchObject({ phase: 'COMMITTED', supersededBy: 3 });
    await again;
    expect(await tags(operator, 2)).toEqual([]);
    await service.swapper.rollback(MODULE, 'MANUAL', { versionManager: service.ledger });
    expect(await three).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
    expect(service.say()).toBe('v1');
  });

  it('holds no place: other modules are swapped and rolled back meanwhile, and the wait counts', async () => {
    const { service } = await fleet(1, { healthWindowMs: 60_000, limit: 1 });
    const versionManager = service.ledger;
    for (const moduleId of ['other', 'more']) {
      const open = opensWindow(service);
      void service.swap('one', { moduleId });
      await open;
    }
    // Asked for before the record: the process may have followed by the time that the record has returned.
    const followed = reaches(service, 2);
    await service.ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
    await followed;
    const back = await service.swapper.rollback(MODULE, 'MANUAL', { versionManager });
    expect(back).toMatchObject({ restored: { version: 1 } });
    expect(service.say()).toBe('one');
  });
});

describe('what a process cannot follow to', () => {
  it('is tried again where it ended a health window', async () => {
    let broken = true;
    const loader = {
      async load({ version }: { version: number }) {
        if (version === 3 && broken) throw new Error('no room');
        return { exports: { word: () => `v${version}` } };
      },
    };
    const { operator, service } = await fleet(1, { healthWindowMs: 60_000, loader });
    const open = opensWindow(service);
    const two = service.swap('two');
    await open;
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    expect(await two).toMatchObject({ supersededBy: 3 });
    expect(service.say()).toBe('v2');
    broken = false;
    await reaches(service, 3);
    expect(service.say()).toBe('v3');
  });

  it('is looked at again where the ledger could not be read in its turn', async () => {
    const { operator, service } = await fleet(1);
    const epoch = service.ledger.live.epoch.bind(service.ledger.live);
    let asked = 0;
    // First it is behind, then, in its turn, the ledger cannot be read.
    service.ledger.live.epoch = async (moduleId) => {
      const now = await epoch(moduleId);
      if (now?.version !== 2) return now;
      asked += 1;
      if (asked === 2) throw new Error('EIO');
      return now;
    };
    const there = reaches(service, 2);
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
    await there;
    expect(service.say()).toBe('two');
  });

  it('is told once, and the version that runs goes on until it can', async () => {
    let broken = true;
    const loader = plainLoader((version) => {
      if (version === 2 && broken) throw new Error('no database here');
      return { word: () => `v${version}` };
    });
    const { operator, service } = await fleet(1, { loader });
    const told = service.next((n) => n.type === 'warning' && n.code === 'ACTIVE_NOT_LOADABLE');
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
    expect(await told).toMatchObject({ version: 2, message: expect.stringContaining('no database here') });
    expect([service.say(), await tags(operator, 2), await active(operator)]).toEqual(['v1', [], 2]);
    broken = false;
    await reaches(service, 2);
    expect(service.notices.filter((n) => n.type === 'warning')).toHaveLength(1);
    expect(service.say()).toBe('v2');
  });
});

it('every process comes to the last of many versions, whatever it was doing when each came', async () => {
  // Windows that would last for minutes: whoever waits for one to end is stuck.
  const { operator, services } = await fleet(3, { healthWindowMs: 600_000 });
  const [a] = services as [Scene];
  const last = 16;
  for (let version = 2; version <= last; version++) {
    if (version % 5 === 0) void a.swap(`word ${version}`);
    await operator
      .recordCheckpoint({ moduleId: MODULE }, { files: says(`operator ${version}`) })
      .catch(() => undefined);
    await new Promise(setImmediate);
  }
  const highest = (await active(operator)) ?? 0;
  const arrived = () => services.every(({ swapper }) => swapper.handle(MODULE).version === highest);
  while (!arrived()) await new Promise(setImmediate);
  expect(services.map((service) => service.say())).toEqual(Array(3).fill(services[0]?.say()));
});

it('what did not come up at the start comes up once it can', async () => {
  let broken = true;
  const loader = plainLoader(() => {
    if (broken) throw new Error('no database here');
    return { word: () => 'up' };
  });
  const { service } = await fleet(1, { loader });
  expect(service.swapper.handle(MODULE).version).toBeNull();
  const up = reaches(service, 1);
  broken = false;
  await up;
  expect(service.say()).toBe('up');
});

it('a module stays with the ledger of its first swap', async () => {
  const { service } = await fleet(1);
  const stranger = new Proxy(service.ledger, {
    get: (target, name) => (name === 'gate' ? async () => ({ allow: true }) : Reflect.get(target, name)),
  });
  const swap = service.swapper.swap({ moduleId: MODULE, files: says('evil') }, { versionManager: stranger });
  await expect(swap).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(service.say()).toBe('one');
});

it('a first version that was healthy is what a sick second one goes back to, by default', async () => {
  const made = await scene();
  await made.swap('one');
  made.health = 'it leaks';
  expect(await made.swap('two')).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 }, stayed: null });
  expect(made.say()).toBe('one');
});

describe('a handle that nothing was loaded for', () => {
  it('comes to its module once the ledger has a version of it, which another process records', async () => {
    const { operator, service } = await fleet(1);
    const late = service.swapper.handle<Says>('late');
    expect(late.version).toBeNull();
    const there = service.next((notice) => notice.type === 'resumed' && notice.moduleId === 'late');
    await operator.recordCheckpoint({ moduleId: 'late' }, { files: says('late') });
    await there;
    expect(late.call(({ word }) => word())).toBe('late');
  });

  it('comes to what is active already, without a resume that names it', async () => {
    const { operator, service } = await fleet(1);
    await operator.recordCheckpoint({ moduleId: 'other' }, { files: says('other') });
    await service.swapper.resume({ versionManager: service.ledger }, [MODULE]);
    const there = service.next((notice) => notice.type === 'resumed' && notice.moduleId === 'other');
    const other = service.swapper.handle<Says>('other');
    await there;
    expect(other.call(({ word }) => word())).toBe('other');
  });
});

it('lets go of what it has loaded, where the ledger cannot be read afterwards', async () => {
  const loader = plainLoader();
  const made = await liveScene({ healthWindowMs: 0, followIntervalMs: 0, loader });
  await made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
  const broken = vi.spyOn(made.ledger.live, 'epoch').mockImplementation(async () => {
    if (loader.loaded.includes(2)) throw new Error('the disk is gone');
    return { version: 2, since: 2 };
  });
  const [resumed] = await made.swapper.resume({ versionManager: made.ledger }, [MODULE]);
  broken.mockRestore();
  expect(resumed?.error).toMatchObject({ message: 'the disk is gone' });
  expect([loader.loaded, loader.disposed]).toEqual([[1, 2], [2]]);
});
