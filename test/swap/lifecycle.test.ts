/** What a module is told of its own life: active, left, and the state that goes from version to version. */

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ephemeralSigner, initLedger } from './live.mjs';
import { deferred, folder, liveScene, MODULE, plainLoader, type SceneOptions, says, scene } from './scene.js';

interface Told {
  readonly what: string;
  readonly version?: number;
  readonly [key: string]: unknown;
}

const shared = globalThis as unknown as { lifecycleLog: Told[] };

beforeEach(() => {
  shared.lifecycleLog = [];
});

/** A module that counts, tells what happens to it, and does what `parts` says of its life cycle. */
function counter(name: string, parts = ''): Record<string, string> {
  const source = `
    let count = 0;
    let context;
    const log = (what, more) => globalThis.lifecycleLog.push({ what: '${name} ' + what, ...more });
    export const add = () => ++count;
    export const word = () => '${name}';
    export const state = () => ({ aborted: context?.signal.aborted, current: context?.isCurrent(), dataDir: context?.dataDir });
    export const lifecycle = {
      activate(given) {
        context = given;
        const { version, fromVersion, reason } = given;
        log('activate', { version, fromVersion, reason });
      },
      deactivate: ({ version, reason }) => log('deactivate', { version, reason, aborted: context?.signal.aborted }),
      giveState: ({ toVersion }) => (log('giveState', { toVersion }), { count }),
      takeState(given, { fromVersion }) {
        log('takeState', { fromVersion });
        count = given.count;
      },
      ${parts}
    };`;
  return { 'index.mjs': source };
}

const told = () => shared.lifecycleLog.map(({ what }) => what);

/** A scene whose first version is a counter that has counted to two. */
async function counting(options: SceneOptions = {}) {
  const made = await scene({ healthWindowMs: 0, ...options });
  expect(await made.swap(counter('one'))).toMatchObject({ phase: 'COMMITTED' });
  const handle = made.swapper.handle<{ add(): number; state(): Record<string, unknown> }>(MODULE);
  const add = () => handle.call((exports) => exports.add());
  add();
  add();
  return { ...made, made, add, handle };
}

describe('a swap', () => {
  it('hands the state over, activates the new version before it is live, and leaves the old one after its last call', async () => {
    const { made, add, handle } = await counting();
    const lease = handle.acquire();
    shared.lifecycleLog = [];
    expect(await made.swap(counter('two'))).toMatchObject({ phase: 'COMMITTED' });
    expect(shared.lifecycleLog).toEqual([
      { what: 'one giveState', toVersion: 2 },
      { what: 'two takeState', fromVersion: 1 },
      { what: 'two activate', version: 2, fromVersion: 1, reason: 'swap' },
    ]);
    expect(add()).toBe(3);
    const drained = made.next(({ type }) => type === 'drained');
    lease.release();
    await drained;
    await made.swapper.close();
    expect(shared.lifecycleLog.slice(3)).toEqual([
      { what: 'one deactivate', version: 1, reason: 'replaced', aborted: true },
      { what: 'two deactivate', version: 2, reason: 'closed', aborted: true },
    ]);
  });

  it('takes the step `activate` only where there is a life cycle', async () => {
    const made = await scene({ healthWindowMs: 0 });
    await made.swap(says('plain'));
    await made.swap(counter('two'));
    const steps = made.notices.filter((n) => n.type === 'step').map((n) => `${n.version} ${n.step}`);
    expect(steps.filter((step) => step.endsWith('activate'))).toEqual(['2 activate']);
  });

  it('is current while calls begin on it', async () => {
    const { made, handle } = await counting();
    const lease = handle.acquire();
    expect(lease.exports.state()).toMatchObject({ current: true, aborted: false });
    await made.swap(counter('two'));
    expect(lease.exports.state()).toMatchObject({ current: false, aborted: false });
    lease.release();
  });

  it.each<[string, string, string, RegExp]>([
    ['activate throws', "activate: () => { throw new Error('port taken') }", 'NOT_ACTIVATED', /port taken/],
    ['activate never ends', 'activate: () => new Promise(() => {})', 'NOT_ACTIVATED', /longer than 40 ms/],
    [
      'takeState throws',
      "takeState: () => { throw new Error('unknown shape') }",
      'STATE_NOT_HANDED_OVER',
      /unknown shape/,
    ],
    ['takeState refuses', "takeState: () => 'count is missing'", 'STATE_NOT_HANDED_OVER', /count is missing/],
    ['takeState never ends', 'takeState: () => new Promise(() => {})', 'STATE_NOT_HANDED_OVER', /longer than 40 ms/],
  ])(
    'is FAILED where %s: the old version runs on with its state, and the new one is left',
    async (_, parts, code, reason) => {
      const { made, add } = await counting({ activateTimeoutMs: 40, stateTimeoutMs: 40 });
      const result = await made.swap(counter('two', parts));
      expect(result).toMatchObject({ phase: 'FAILED', step: 'activate', refusals: [{ code }], checkpoint: null });
      expect(result.reason).toMatch(reason);
      expect(add()).toBe(3);
      expect(told()).not.toContain('one deactivate');
      expect(told().includes('two deactivate')).toBe(code === 'NOT_ACTIVATED');
      expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
    },
  );

  it.each<[string, string, RegExp]>([
    ['throws', "giveState: () => { throw new Error('busy') }", /busy/],
    ['never ends', 'giveState: () => new Promise(() => {})', /longer than 40 ms/],
    ['gives what cannot be copied', 'giveState: () => ({ f: () => 1 })', /could not be cloned/],
    ['gives too much', 'giveState: () => new Uint8Array((16 << 20) + 1)', /at most 16777216 bytes/],
  ])('is FAILED where the old version %s, unless the swap goes without the state', async (_, parts, reason) => {
    const made = await scene({ healthWindowMs: 0, stateTimeoutMs: 40 });
    await made.swap(counter('one', parts));
    const result = await made.swap(counter('two'));
    expect(result).toMatchObject({ phase: 'FAILED', refusals: [{ code: 'STATE_NOT_HANDED_OVER' }] });
    expect(result.reason).toMatch(reason);
    expect(await made.swap(counter('two'), { handOver: false })).toMatchObject({ phase: 'COMMITTED' });
  });

  it('tells where the new version takes no state, and goes on', async () => {
    const { made } = await counting();
    expect(await made.swap(says('two'))).toMatchObject({ phase: 'COMMITTED' });
    expect(made.notices).toContainEqual(expect.objectContaining({ code: 'STATE_NOT_HANDED_OVER' }));
    expect(told()).not.toContain('one giveState');
  });

  it('copies the state: what the old version changes later is not seen', async () => {
    const made = await scene({ healthWindowMs: 0 });
    const gives = `const held = { list: [1] };
      export const change = () => held.list.push(2);
      export const lifecycle = { giveState: () => held };`;
    const takes = `let held; export const list = () => held.list; export const lifecycle = { takeState(given) { held = given } };`;
    await made.swap({ 'index.mjs': gives });
    const before = made.swapper.handle<{ change(): void }>(MODULE).acquire();
    await made.swap({ 'index.mjs': takes });
    before.exports.change();
    before.release();
    expect(made.swapper.handle<{ list(): number[] }>(MODULE).call(({ list }) => list())).toEqual([1]);
  });

  it.each([
    ['activate', "export const lifecycle = { activate: 'yes' };"],
    ['takeState', 'export const lifecycle = { takeState: {} };'],
  ])('refuses a life cycle whose %s is no function', async (name, source) => {
    const made = await scene();
    const result = await made.swap({ 'index.mjs': source });
    expect(result).toMatchObject({ phase: 'FAILED', step: 'load', error: { code: 'INVALID_FILES' } });
    expect(result.reason).toContain(`lifecycle.${name}`);
  });

  it('leaves alone an export of the name that is something else, and a bare `activate`', async () => {
    const made = await scene({ healthWindowMs: 0 });
    const source =
      "export const lifecycle = ['draft', 'live']; export const activate = () => { throw new Error('not for us') };";
    expect(await made.swap({ 'index.mjs': source })).toMatchObject({ phase: 'COMMITTED' });
  });

  it('finds the life cycle of a CommonJS module, whatever it exports', async () => {
    const made = await scene({ healthWindowMs: 0 });
    const source = `module.exports = () => 1;
      module.exports.lifecycle = { activate: () => globalThis.lifecycleLog.push({ what: 'cjs activate' }) };`;
    await made.swap({ 'index.js': source });
    expect(told()).toEqual(['cjs activate']);
  });
});

describe('a rollback', () => {
  it('hands the state back to the version that still runs, which is not activated twice', async () => {
    const { made, add } = await counting({ policy: { promoteStable: true } });
    const sick = deferred<boolean>();
    made.health = () => {
      add();
      return sick.promise;
    };
    const swapping = made.swap(counter('two'));
    await made.next(({ type }) => type === 'committed');
    shared.lifecycleLog = [];
    sick.resolve(false);
    expect(await swapping).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
    expect(shared.lifecycleLog.slice(0, 2)).toEqual([
      { what: 'two giveState', toVersion: 1 },
      { what: 'one takeState', fromVersion: 2 },
    ]);
    expect(told()).not.toContain('one activate');
    expect(add()).toBe(4);
  });

  it('goes back all the same where the sick version gives nothing', async () => {
    const { made, add } = await counting();
    made.health = false;
    const sick = counter('two', "giveState: () => { throw new Error('too sick') }");
    expect(await made.swap(sick)).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
    const warning = { code: 'STATE_NOT_HANDED_OVER', version: 1, message: expect.stringContaining('too sick') };
    expect(made.notices).toContainEqual(expect.objectContaining(warning));
    expect(add()).toBe(3);
  });

  it('activates a target that must be loaded again, before calls reach it; one that fails to is not gone to', async () => {
    const { made } = await counting();
    const drained = (version: number) => made.next((n) => n.type === 'drained' && n.version === version);
    let gone = drained(1);
    await made.swap(counter('two'));
    await gone;
    shared.lifecycleLog = [];
    await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(shared.lifecycleLog[0]).toEqual({ what: 'one activate', version: 1, fromVersion: 2, reason: 'rollback' });

    const broken = "activate({ reason }) { if (reason === 'rollback') throw new Error('no') }";
    await made.swap(counter('three', broken));
    gone = drained(3);
    await made.swap(counter('four'));
    await gone;
    const result = await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    expect(result).toMatchObject({ stayed: 'NOT_LOADABLE', restored: null });
    expect(made.say()).toBe('four');
  });
});

describe('code that two versions share', () => {
  it('is active while one of them needs it', async () => {
    const { made, handle } = await counting();
    const lease = handle.acquire();
    await made.swap(counter('two'));
    // The content of v1, whose last call has not ended.
    expect(await made.swap(counter('one'))).toMatchObject({ phase: 'COMMITTED', toVer: 3 });
    const drained = made.next((n) => n.type === 'drained' && n.version === 1);
    lease.release();
    await drained;
    expect(told().filter((what) => what.startsWith('one ') && !what.endsWith('State'))).toEqual(['one activate']);
    expect(handle.call((exports) => exports.state())).toMatchObject({ aborted: false, current: true });
    await made.swapper.close();
    expect(told().filter((what) => what === 'one deactivate')).toHaveLength(1);
  });
});

describe('a start, and following', () => {
  it('activates what is active, without a state', async () => {
    const made = await scene();
    await made.ledger.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: counter('one') });
    await made.swapper.resume({ versionManager: made.ledger });
    expect(shared.lifecycleLog).toEqual([{ what: 'one activate', version: 1, fromVersion: null, reason: 'resume' }]);
  });

  it('hands state over in each process that follows; where that fails, it follows all the same', async () => {
    const { made, add } = await counting({ followIntervalMs: 5 });
    const followed = () => made.next(({ type }) => type === 'followed');
    let next = followed();
    await made.ledger.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: counter('two') });
    await next;
    expect(shared.lifecycleLog.at(-1)).toMatchObject({ what: 'two activate', fromVersion: 1, reason: 'follow' });
    expect(add()).toBe(3);
    next = followed();
    const files = counter('three', "takeState: () => 'no'");
    await made.ledger.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files });
    await next;
    expect(made.notices).toContainEqual(expect.objectContaining({ code: 'STATE_NOT_HANDED_OVER', version: 3 }));
    expect(add()).toBe(1);
  });
});

describe('the folder for data', () => {
  it('is the same for each version, and not in the cache; none without a disk', async () => {
    const gitdir = join(folder(), 'ledger.git');
    const ledger = await initLedger({ gitdir, signer: await ephemeralSigner('operator@example.org') });
    onTestFinished(() => ledger.close());
    const { made, handle } = await counting({ ledger });
    const { dataDir } = handle.call((exports) => exports.state()) as { dataDir: string };
    await writeFile(join(dataDir, 'cache.db'), 'kept');
    await made.swap(counter('two'));
    expect(handle.call((exports) => exports.state())).toMatchObject({ dataDir });
    expect(await readdir(dataDir)).toEqual(['cache.db']);
    const inMemory = await counting();
    expect(inMemory.handle.call((exports) => exports.state())).toMatchObject({ dataDir: null });
  });
});

describe('a loader of its own', () => {
  it('may stand in for the life cycle', async () => {
    const log: string[] = [];
    const plain = plainLoader();
    const loader = {
      load: async (request: { version: number }) => ({
        ...(await plain.load(request)),
        lifecycle: { activate: () => void log.push(`activate ${request.version}`) },
      }),
    };
    const made = await liveScene({ loader, healthWindowMs: 0 });
    await made.swap('two');
    expect(log).toEqual(['activate 1', 'activate 2']);
  });
});
