/** One swap at a time per module, modules side by side up to the limit, and the end of it all. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ephemeralSigner, HotSwapper, initLedger, ModuleRegistry, openLedger, withTimeLimit } from './live.mjs';
import { deferred, fixture, folder, liveScene, MODULE, plainLoader, says, scene } from './scene.js';

describe('turns', () => {
  it('two swaps of one module follow each other', async () => {
    const made = await liveScene();
    const [two, three] = await Promise.all([made.swap('two'), made.swap('three')]);
    expect([two, three]).toMatchObject([
      { phase: 'COMMITTED', fromVer: 1, toVer: 2 },
      { phase: 'COMMITTED', fromVer: 2, toVer: 3 },
    ]);
    expect(made.say()).toBe('three');
  });

  it('a swap that fails does not hold up the next', async () => {
    const made = await liveScene();
    const [bad, good] = await Promise.all([made.swap(fixture('throws')), made.swap('three')]);
    expect([bad.phase, good.phase]).toEqual(['FAILED', 'COMMITTED']);
  });

  it('different modules run side by side, up to the limit', async () => {
    let running = 0;
    let most = 0;
    const full = deferred<void>();
    const made = await scene({ limit: 3, loader: plainLoader() });
    made.opinion = async () => {
      running += 1;
      most = Math.max(most, running);
      if (running === 3) full.resolve();
      await full.promise;
      running -= 1;
      return true;
    };
    const names = Array.from({ length: 9 }, (_, i) => `module-${i}`);
    const results = await Promise.all(names.map((moduleId) => made.swap('one', { moduleId })));
    expect(results.every((r) => r.phase === 'COMMITTED')).toBe(true);
    expect(most).toBe(3);
  });
});

it('a rollback waits for no swap: not of its module, nor of those that take up the limit', async () => {
  const made = await liveScene({ limit: 1, healthWindowMs: 0, followIntervalMs: 0 });
  await made.swap('two');
  const [asked, answer] = [deferred<void>(), deferred<boolean>()];
  made.opinion = () => {
    asked.resolve();
    return answer.promise;
  };
  const swaps = [made.swap('three'), made.swap('one', { moduleId: 'other' })];
  await asked.promise;
  const back = await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
  expect(back).toMatchObject({ restored: { version: 1 } });
  expect(made.say()).toBe('one');
  answer.resolve(true);
  // What was made from the version that is left does not replace the one that was gone back to.
  const [three, other] = await Promise.all(swaps);
  expect(three).toMatchObject({ phase: 'FAILED', step: 'commit', refusals: [{ code: 'OTHER_ACTIVE' }] });
  expect(other).toMatchObject({ phase: 'COMMITTED' });
  expect(other?.durationMs).toBeGreaterThan(other?.queueMs ?? 0);
  expect(made.say()).toBe('one');
});

describe('the close', () => {
  it('ends a health window without making the version stable, and refuses what comes later', async () => {
    const made = await liveScene({ healthWindowMs: 60_000 });
    await made.ledger.policy.set({ settings: { promoteStable: true } });
    const live = made.next((n) => n.type === 'step' && n.step === 'health');
    const [swap, waiting] = [made.swap('two'), made.swap('three')];
    await live;
    const handle = made.swapper.handle(MODULE);
    await made.swapper.close();
    expect(await swap).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
    expect(await waiting).toMatchObject({ phase: 'FAILED', step: 'stage', toVer: null });
    expect(await made.swap('four')).toMatchObject({ phase: 'FAILED', step: 'stage' });
    const active = await made.ledger.latestCheckpoint(MODULE);
    expect([active?.version, active?.tags.has('stable')]).toEqual([2, false]);
    expect(() => handle.call(() => 1)).toThrow(/closed/);
    await expect(made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger })).rejects.toThrow(/closed/);
    await expect(made.swapper.resume({ versionManager: made.ledger })).rejects.toThrow(/closed/);
    expect(await made.swapper.close()).toBeUndefined();
  });

  it('waits for a swap under way, and for calls in flight', async () => {
    const [asked, answer, call] = [deferred<void>(), deferred<void>(), deferred<void>()];
    const loader = plainLoader();
    const made = await liveScene({ loader });
    made.opinion = async () => {
      asked.resolve();
      await answer.promise;
      return true;
    };
    const flying = made.swapper.handle(MODULE).call(() => call.promise);
    const swap = made.swap('two');
    await asked.promise;
    const closed = made.swapper.close().then(() => 'closed');
    answer.resolve();
    expect(await swap).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
    expect(loader.disposed).not.toContain(1);
    call.resolve();
    await flying;
    expect(await closed).toBe('closed');
    expect(loader.disposed.sort()).toEqual([1, 2]);
  });
});

describe('coming up', () => {
  it('loads what the ledger says is active, of every module, and tells what did not come up', async () => {
    const made = await liveScene();
    await made.ledger.recordCheckpoint({ moduleId: 'a-bad' }, { files: fixture('throws') });
    await made.ledger.recordCheckpoint({ moduleId: 'b-bare', checksum: 'abc' });
    await made.ledger.stage({ moduleId: 'c-staged' }, { files: says('x') });
    const fresh = await scene({ ledger: made.ledger, followIntervalMs: 0 });
    const context = { versionManager: made.ledger };
    expect(await fresh.swapper.resume(context)).toMatchObject([
      { moduleId: 'a-bad', version: null, error: { message: 'not today' } },
      { moduleId: 'b-bare', version: null, error: { code: 'NOT_FOUND' } },
      { moduleId: MODULE, version: 1, error: null },
    ]);
    expect(fresh.say()).toBe('one');
    expect(fresh.told()).toEqual(['resumed']);
    expect(await fresh.swapper.resume(context, ['c-staged'])).toMatchObject([
      { version: null, error: { code: 'NOT_FOUND' } },
    ]);
    expect(await fresh.swap('mended', { moduleId: 'a-bad' })).toMatchObject({
      phase: 'COMMITTED',
      fromVer: 1,
      toVer: 2,
    });
  });

  it('happens by itself at the first swap, so that there is something to go back to', async () => {
    const made = await liveScene();
    const fresh = await scene({ ledger: made.ledger });
    fresh.health = false;
    expect(await fresh.swap('two')).toMatchObject({ fromVer: 1, restored: { version: 1 } });
    expect(fresh.say()).toBe('one');
  });

  it('follows a version that another process made active', async () => {
    const made = await liveScene();
    await made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('elsewhere') });
    await made.swapper.resume({ versionManager: made.ledger });
    expect(made.say()).toBe('elsewhere');
    expect(made.told()).toEqual(['followed', 'drained']);
  });
});

describe('on disk', () => {
  it('keeps the files of versions beside the ledger, which stays sound', async () => {
    const gitdir = join(folder(), 'ledger.git');
    const signer = await ephemeralSigner('owner@example.org');
    const ledger = await initLedger({ gitdir, signer });
    const options = { validator: { validate: () => true }, healthWindowMs: 0 };
    const swapper = new HotSwapper(options);
    const request = { moduleId: '@acme/speaker', files: says('one') };
    expect(await swapper.swap(request, { versionManager: ledger })).toMatchObject({ phase: 'COMMITTED' });
    expect(existsSync(join(gitdir, 'lineage', 'modules', '@acme+speaker'))).toBe(true);
    expect((await ledger.journal.doctor()).findings).toEqual([]);
    await swapper.close();
    await ledger.close();

    const again = await openLedger({ gitdir, signer });
    const next = new HotSwapper(options);
    onTestFinished(() => next.close().then(() => again.close()));
    await next.resume({ versionManager: again });
    const handle = next.handle<{ word(): string }>('@acme/speaker');
    expect(handle.call(({ word }, version) => [word(), version])).toEqual(['one', 1]);
  });
});

describe('metrics', () => {
  it('counts swaps by phase, their time, and what stayed; two swappers share a registry', async () => {
    const registry = new Registry();
    const made = await liveScene({ registry, stable: false, policy: { promoteStable: false } });
    const other = await scene({ registry, ledger: made.ledger });
    await made.swap('two');
    made.opinion = false;
    await made.swap('three');
    made.opinion = true;
    made.health = false;
    await made.swap('four');
    await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
    await other.swap('five');
    const text = await registry.metrics();
    const value = (name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.split(' ')
          .at(-1),
      );
    const label = `module_id="${MODULE}"`;
    expect(value(`asm_swap_total{${label},phase="COMMITTED",reason=""}`)).toBe(2);
    expect(value(`asm_swap_total{${label},phase="FAILED",reason="NOT_VALID"}`)).toBe(1);
    expect(value(`asm_swap_total{${label},phase="ROLLED_BACK",reason="HEALTH_FAILURE"}`)).toBe(1);
    expect(value(`asm_swap_duration_seconds_count{${label}}`)).toBe(4);
    expect(value(`asm_swap_stayed_total{${label},reason="NO_TARGET"}`)).toBe(2);
  });

  it('leaves the count of rollbacks to the ledger, one for each reason', async () => {
    const registry = new Registry();
    const { makeVersionManager } = await import('./live.mjs');
    const ledger = await makeVersionManager({}, { registry: registry as never });
    const made = await liveScene({ registry, ledger });
    made.health = false;
    await made.swap('two');
    expect(await registry.metrics()).toContain(
      `asm_version_rollbacks_total{module_id="${MODULE}",reason="HEALTH_FAILURE"} 1`,
    );
  });
});

describe('the options', () => {
  it('are checked, all at once', () => {
    const wrong = {
      validator: {},
      healthWindowMs: -1,
      limit: 1.5,
      maxRollbacks: 0,
      loader: 5,
      drainLimitMs: Number.NaN,
    };
    expect(() => new HotSwapper(wrong as never)).toThrow(
      /validator.*loader.*healthWindowMs.*drainLimitMs.*maxRollbacks.*limit/,
    );
    expect(() => new HotSwapper(undefined as never)).toThrow(/validator/);
  });

  it('an observer that throws disturbs nothing', async () => {
    const made = await liveScene({
      onEvent: () => {
        throw new Error('observer');
      },
    });
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED' });
  });
});

describe('the registry', () => {
  it('says what the ledger says, and takes legal transitions only', async () => {
    const { ledger } = await scene();
    const registry = new ModuleRegistry(ledger);
    const add = (word: string) => registry.register({ moduleId: MODULE, files: says(word) });
    expect(await registry.getActive(MODULE)).toBeNull();
    expect(await registry.latestVersion(MODULE)).toBeNull();
    expect((await add('one')).version).toBe(1);
    await registry.setStatus(MODULE, 1, 'ACTIVE');
    await ledger.tag(MODULE, 1, 'stable');
    await add('two');
    await registry.setStatus(MODULE, 2, 'ACTIVE');
    await add('three');
    await add('four');
    expect((await registry.listVersions(MODULE)).map((v) => v.status)).toEqual([
      'ARCHIVED',
      'ACTIVE',
      'STAGED',
      'STAGED',
    ]);
    expect((await registry.listVersions(MODULE, 'STAGED')).map((v) => v.checkpoint.version)).toEqual([3, 4]);
    expect((await registry.getActive(MODULE))?.version).toBe(2);
    expect((await registry.latestVersion(MODULE))?.version).toBe(4);
    expect((await registry.latestStaged(MODULE))?.version).toBe(4);
    expect(await registry.listStagedModules()).toEqual([MODULE]);
    expect(await registry.stats()).toEqual({ modules: 1, versions: 4, staged: 2, active: 1, archived: 1, reverted: 0 });
    await registry.setStatus(MODULE, 4, 'REVERTED');
    await registry.setStatus(MODULE, 2, 'REVERTED');
    expect((await registry.getActive(MODULE))?.version).toBe(1);
    expect(await registry.listVersions(MODULE, 'REVERTED')).toHaveLength(2);
  });

  it.each([
    [1, 'STAGED'],
    [1, 'ACTIVE'],
    [2, 'STAGED'],
    [2, 'ARCHIVED'],
    [3, 'ARCHIVED'],
    [4, 'ACTIVE'],
    [4, 'STAGED'],
    [4, 'ARCHIVED'],
    [3, 'GONE'],
  ])('refuses v%i → %s', async (version, status) => {
    const { ledger } = await scene();
    const registry = new ModuleRegistry(ledger);
    for (const word of ['one', 'two', 'three', 'four']) {
      await registry.register({ moduleId: MODULE, files: says(word) });
      if (word === 'one' || word === 'two') {
        await registry.setStatus(MODULE, word === 'one' ? 1 : 2, 'ACTIVE');
      }
    }
    await registry.setStatus(MODULE, 4, 'REVERTED');
    const before = await ledger.journal.position();
    await expect(registry.setStatus(MODULE, version, status as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await ledger.journal.position()).toEqual(before);
    await expect(registry.setStatus(MODULE, 9, 'ACTIVE')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('time limits', () => {
  it('abort what they limit, and hand on what comes late', async () => {
    const late = deferred<number>();
    const kept = deferred<number>();
    let signal: AbortSignal | undefined;
    const limited = withTimeLimit({ what: 'it', limitMs: 1, onLate: kept.resolve }, (given) => {
      signal = given;
      return late.promise;
    });
    await expect(limited).rejects.toThrow('it took longer than 1 ms');
    expect(signal?.aborted).toBe(true);
    late.resolve(5);
    expect(await kept.promise).toBe(5);
  });

  it('do not start what was stopped already', async () => {
    const stopped = AbortSignal.abort(new Error('stop'));
    let ran = false;
    const run = withTimeLimit({ what: 'it', limitMs: 1000, stopped }, () => {
      ran = true;
    });
    await expect(run).rejects.toThrow('stop');
    expect(ran).toBe(false);
  });
});
