/** What a scrape finds of the live side. */

import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { deferred, liveScene, MODULE, plainLoader, type SceneOptions, says, scene } from './scene.js';

const LABEL = `module_id="${MODULE}"`;

/** A scene with a registry, and the value of a metric at a scrape; null where it has no sample. */
async function scraped(options: SceneOptions & { readonly stable?: boolean } = {}, registry = new Registry()) {
  const made = await liveScene({ registry, healthWindowMs: 0, ...options });
  const value = async (name: string, labels = ''): Promise<number | null> => {
    const start = `${name}{${LABEL}${labels === '' ? '' : `,${labels}`}} `;
    const line = (await registry.metrics()).split('\n').find((text) => text.startsWith(start));
    return line === undefined ? null : Number(line.slice(start.length));
  };
  return { made, registry, value };
}

it('the active version, and none of a module without one', async () => {
  const { made, value } = await scraped();
  expect(await value('asm_swap_active_version')).toBe(1);
  await made.swap('two');
  expect(await value('asm_swap_active_version')).toBe(2);
  await made.swapper.close();
  expect(await value('asm_swap_active_version')).toBeNull();
});

it('swaps and calls in flight, draining versions, and the share of a canary', async () => {
  const { made, value } = await scraped({ loader: plainLoader() });
  const lease = made.swapper.handle(MODULE).acquire();
  expect(await value('asm_swap_calls_in_flight')).toBe(1);
  const canary = made.next(({ type }) => type === 'canary');
  const held = made.swap('two', { canary: { steps: [5], each: 3_600_000 } });
  await canary;
  expect([await value('asm_swap_in_flight'), await value('asm_swap_canary_percent')]).toEqual([1, 5]);
  await made.swap('three');
  await held;
  expect([await value('asm_swap_in_flight'), await value('asm_swap_canary_percent')]).toEqual([0, null]);
  expect([await value('asm_swap_draining_versions'), await value('asm_swap_calls_in_flight')]).toEqual([1, 1]);
  lease.release();
  expect(await value('asm_swap_calls_in_flight')).toBe(0);
});

it('calls by their outcome, those on versions that are gone included', async () => {
  const { made, value } = await scraped();
  const handle = made.swapper.handle(MODULE);
  const fails = () => {
    throw new Error('sick');
  };
  handle.call(() => 1);
  expect(() => handle.call(fails)).toThrow('sick');
  const drained = made.next(({ type }) => type === 'drained');
  await made.swap('two');
  await drained;
  handle.call(() => 1);
  expect(await value('asm_swap_calls_total', 'outcome="well"')).toBe(2);
  expect(await value('asm_swap_calls_total', 'outcome="failed"')).toBe(1);
});

it('swaps by phase and reason, their checks, what was told, and the wait for a turn', async () => {
  const { made, value } = await scraped();
  const asked = deferred();
  const opinion = deferred<boolean>();
  made.opinion = () => {
    asked.resolve();
    return opinion.promise;
  };
  const [first, second] = [made.swap('two'), made.swap('three')];
  await asked.promise;
  opinion.resolve(true);
  expect((await first).queueMs).toBeLessThan((await first).durationMs);
  expect((await second).queueMs).toBeGreaterThan(0);
  made.health = false;
  await made.swap('four');
  expect(await value('asm_swap_total', 'phase="COMMITTED",reason=""')).toBe(2);
  expect(await value('asm_swap_total', 'phase="ROLLED_BACK",reason="HEALTH_FAILURE"')).toBe(1);
  expect(await value('asm_swap_health_checks_total', 'outcome="well"')).toBe(2);
  expect(await value('asm_swap_health_checks_total', 'outcome="sick"')).toBe(1);
  expect(await value('asm_swap_notices_total', 'type="rolled-back",code=""')).toBe(1);
  expect(await value('asm_swap_notices_total', 'type="warning",code="NO_REPORT"')).toBe(3);
  expect(await value('asm_swap_queue_seconds_count')).toBe(3);
});

it('an active version that does not load here', async () => {
  const { made, value } = await scraped({ followIntervalMs: 5 });
  expect(await value('asm_swap_diverged')).toBe(0);
  const warned = made.next((notice) => notice.type === 'warning' && notice.code === 'ACTIVE_NOT_LOADABLE');
  await made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: { 'index.mjs': "throw new Error('not here');" } });
  await warned;
  expect(await value('asm_swap_diverged')).toBe(1);
});

it('a sick version that stays, until another one runs', async () => {
  const { made, value } = await scraped({ stable: false, policy: { promoteStable: false } });
  expect(await value('asm_swap_sick')).toBe(0);
  made.health = false;
  expect(await made.swap('two')).toMatchObject({ stayed: 'NO_TARGET' });
  expect(await value('asm_swap_sick')).toBe(1);
  made.health = true;
  await made.swap('three');
  expect(await value('asm_swap_sick')).toBe(0);
});

it('versions that the process holds for good', async () => {
  const { made, value } = await scraped();
  await made.swap('two');
  expect(await value('asm_swap_loaded_versions')).toBe(2);
});

it('two swappers with one registry add up, until one is closed', async () => {
  const registry = new Registry();
  const { value } = await scraped({}, registry);
  const other = await scene({ registry });
  await other.ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('one') });
  await other.swapper.resume({ versionManager: other.ledger });
  const lease = other.swapper.handle(MODULE).acquire();
  expect(await value('asm_swap_calls_in_flight')).toBe(1);
  expect(await value('asm_swap_loaded_versions')).toBe(2);
  lease.release();
  await other.swapper.close();
  expect(await value('asm_swap_loaded_versions')).toBe(1);
});

it('calls on a version that is left, gone back to and left again count once', async () => {
  const { made, value } = await scraped({ loader: plainLoader() });
  const handle = made.swapper.handle(MODULE);
  handle.call(() => 1);
  const lease = handle.acquire();
  await made.swap('two');
  await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger });
  await made.swap('three');
  const drained = made.next((notice) => notice.type === 'drained' && notice.version === 1);
  lease.release();
  await drained;
  await new Promise((resolve) => setImmediate(resolve));
  expect(await value('asm_swap_calls_total', 'outcome="well"')).toBe(1);
});

it('calls on a version that hands its state back are counted meanwhile: the counter never falls', async () => {
  const [asked, given] = [deferred(), deferred()];
  const giveState = async () => {
    asked.resolve();
    await given.promise;
  };
  const loader = plainLoader(() => ({ lifecycle: { giveState, takeState: () => undefined } }));
  const { made, value } = await scraped({ loader });
  const handle = made.swapper.handle(MODULE);
  const lease = handle.acquire();
  await made.swap('two', { handOver: false });
  handle.call(() => 1);
  await made.ledger.rollback(MODULE, 'MANUAL');
  const resumed = made.swapper.resume({ versionManager: made.ledger }, [MODULE]);
  await asked.promise;
  expect(await value('asm_swap_calls_total', 'outcome="well"')).toBe(1);
  given.resolve();
  await resumed;
  lease.release();
});

it('every series of a module from the first scrape on, zero included, and none but those afterwards', async () => {
  const registry = new Registry();
  const made = await scene({ registry, healthWindowMs: 0, policy: { requireApproval: true } });
  const keys = async () => {
    const text = await registry.metrics();
    const counted = text.split('\n').filter((line) => /^asm_swap_(?!calls)\w*(total|count|sum)\{/.test(line));
    return new Map(counted.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  };
  made.swapper.handle(MODULE);
  await made.swapper.resume({ versionManager: made.ledger });
  const first = await keys();
  expect([...first.values()].every((count) => count === 0)).toBe(true);
  for (const labels of [
    'total{LABEL,phase="ROLLED_BACK",reason="HEALTH_FAILURE"}',
    'total{LABEL,phase="FAILED",reason="APPROVAL_MISSING"}',
    'stayed_total{LABEL,reason="NO_TARGET"}',
    'health_checks_total{LABEL,outcome="sick"}',
    'notices_total{LABEL,type="warning",code="CRASH_LOOP"}',
    'misfit_total{LABEL}',
    'duration_seconds_count{LABEL}',
  ])
    expect([...first.keys()]).toContain(`asm_swap_${labels.replace('LABEL', LABEL)}`);
  expect(first.size).toBeLessThan(100);

  await made.swap('one');
  made.health = false;
  await made.swap('two');
  made.opinion = 'it is wrong';
  await made.swap('three');
  made.opinion = true;
  await made.swap({ 'index.mjs': 'throw new Error("no")' });
  await made.swap({ 'index.mjs': '' }, { version: -1 });
  const after = await keys();
  expect([...after.keys()].sort()).toEqual([...first.keys()].sort());
  expect([...after.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(10);
});

it('the series of a module that two swappers have are not set back by the second', async () => {
  const registry = new Registry();
  const { made, value } = await scraped({}, registry);
  await made.swap('two');
  const other = await scene({ registry });
  other.swapper.handle(MODULE);
  await other.swapper.resume({ versionManager: other.ledger });
  expect(await value('asm_swap_total', 'phase="COMMITTED",reason=""')).toBe(1);
  expect(await value('asm_swap_duration_seconds_count')).toBe(1);
});
