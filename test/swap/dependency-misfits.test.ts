/** What would not fit, over a real ledger: ranges from either side, batches, and BREAKING versions. */

import { beforeEach, describe, expect, test } from 'vitest';
import { makeVersionManager } from '../../src/api/testing.js';
import type { Ledger } from '../../src/index.js';
import { DependencyResolver } from '../../src/swap/depend/dependency-resolver.js';
import { refusal, writesNothing } from '../suite/expectations.js';
import { candidate, record, sevenCalls } from './dependency-scene.js';

let ledger: Ledger;
let resolver: DependencyResolver;

beforeEach(async () => {
  ledger = await makeVersionManager();
  resolver = new DependencyResolver({ versionManager: ledger });
});

describe('misfits', () => {
  test('are none where nobody depends on anything', async () => {
    expect(await writesNothing(ledger, () => resolver.misfits(candidate('planner', 1)))).toEqual([]);
  });

  test('are active dependants that do not accept the candidate', async () => {
    await record(ledger, 'clock', 1);
    await record(ledger, 'planner', 7, { dependencies: { clock: '<3' } });
    await record(ledger, 'sink', 1, { dependencies: { clock: '>=1' } });
    await ledger.stage({ moduleId: 'idle', version: 1, checksum: 'x', metadata: { dependencies: '{"clock":"1"}' } });
    resolver.addDependency('absent', 'clock', '1');
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([]);
    expect(await resolver.misfits(candidate('clock', 3))).toEqual(['planner v7 needs clock <3, and would meet v3']);
  });

  test('are dependencies of the candidate that are not active, or not as it needs them', async () => {
    await record(ledger, 'clock', 2);
    await record(ledger, 'bus', 1, { semver: '1.9.0' });
    const dependencies = { clock: '>=3', bus: 'semver:^2.1.0', gone: '*' };
    expect(await resolver.misfits(candidate('planner', 1, { dependencies }))).toEqual([
      'planner v1 needs bus semver:^2.1.0, and would meet v1, which is 1.9.0',
      'planner v1 needs clock >=3, and would meet v2',
      'planner v1 needs gone *, which has no active version',
    ]);
    await record(ledger, 'clock', 3);
    await record(ledger, 'bus', 2, { semver: '2.4.0' });
    await record(ledger, 'gone', 1);
    expect(await resolver.misfits(candidate('planner', 1, { dependencies }))).toEqual([]);
  });

  test('hold the range that was added and the one declared', async () => {
    await record(ledger, 'clock', 5);
    await record(ledger, 'planner', 1, { dependencies: { clock: '>=5' } });
    resolver.addDependency('planner', 'clock', '<8');
    expect(await resolver.misfits(candidate('clock', 7))).toEqual([]);
    expect(await resolver.misfits(candidate('clock', 8))).toEqual(['planner v1 needs clock <8, and would meet v8']);
    expect(await resolver.misfits(candidate('planner', 2, { dependencies: { clock: '6' } }))).toEqual([
      'planner v2 needs clock 6, and would meet v5',
    ]);
  });

  test('count the batch: the candidates of the others, not what is active', async () => {
    await record(ledger, 'clock', 1);
    await record(ledger, 'planner', 1, { dependencies: { clock: '1' } });
    const clock = candidate('clock', 2);
    const planner = candidate('planner', 2, { dependencies: { clock: '2' } });
    expect(await resolver.misfits(clock)).toEqual(['planner v1 needs clock 1, and would meet v2']);
    expect(await resolver.misfits(planner)).toEqual(['planner v2 needs clock 2, and would meet v1']);
    const batch = [clock, planner];
    expect(await resolver.misfits(clock, { batch })).toEqual([]);
    expect(await resolver.misfits(planner, { batch })).toEqual([]);
    expect(await resolver.misfitsOfBatch(batch)).toEqual([]);
    expect(await resolver.misfitsOfBatch([clock, candidate('planner', 2, { dependencies: { clock: '>2' } })])).toEqual([
      'planner v2 needs clock >2, and would meet v2',
    ]);
  });

  test('take the candidate itself for the version of its module in the batch', async () => {
    await record(ledger, 'planner', 1, { dependencies: { clock: '2' } });
    const batch = [candidate('clock', 2)];
    expect(await resolver.misfits(candidate('clock', 3), { batch })).toHaveLength(1);
  });

  test('need a version manager, and take the one that is given with the question', async () => {
    const alone = new DependencyResolver();
    await refusal(() => alone.misfits(candidate('planner', 1)), 'INVALID_ARGUMENT');
    await record(ledger, 'planner', 1, { dependencies: { clock: '1' } });
    expect(await alone.misfits(candidate('clock', 2), { versionManager: ledger })).toHaveLength(1);
    const elsewhere = await makeVersionManager();
    expect(await resolver.misfits(candidate('clock', 2), { versionManager: elsewhere })).toEqual([]);
  });

  test('over the seven calls alone are found among the modules that the graph names', async () => {
    await record(ledger, 'clock', 1);
    await record(ledger, 'planner', 1, { dependencies: { clock: '1' } });
    await ledger.assessCompatibility({ moduleId: 'clock', fromVer: 1, toVer: 2, level: 'BREAKING' });
    const seven = new DependencyResolver({ versionManager: sevenCalls(ledger) });
    expect(await seven.misfits(candidate('clock', 2))).toEqual([]);
    seven.addDependency('planner', 'bus');
    expect(await seven.misfits(candidate('clock', 2))).toEqual(['planner v1 needs clock 1, and would meet v2']);
  });
});

describe('a BREAKING version', () => {
  const WORDS =
    'clock v2 is BREAKING towards v1 and not approved, and planner v1 depends on it without a range that covers v2';

  beforeEach(async () => {
    await record(ledger, 'clock', 1);
    await ledger.stage({ moduleId: 'clock', version: 2, checksum: 'two' });
  });

  const breaking = () =>
    ledger.assessCompatibility({
      moduleId: 'clock',
      fromVer: 1,
      toVer: 2,
      level: 'BREAKING',
      rationale: 'now: removed',
    });

  test('does not fit who names no range, until it is approved', async () => {
    await record(ledger, 'planner', 1, { dependencies: { clock: '*' } });
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([]);
    await breaking();
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([WORDS]);
    await ledger.approve('clock', 1, 2);
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([]);
    await ledger.withdraw('clock', 1, 2);
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([WORDS]);
  });

  test('does not fit who was added without a range, in this batch or not', async () => {
    await record(ledger, 'planner', 1);
    resolver.addDependency('planner', 'clock');
    await breaking();
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([WORDS]);
    expect(await resolver.misfitsOfBatch([candidate('clock', 2), candidate('planner', 2)])).toEqual([
      WORDS.replace('planner v1', 'planner v2'),
    ]);
  });

  test('does not fit a first version that comes with it and names no range', async () => {
    await breaking();
    const newcomer = candidate('newcomer', 1, { dependencies: { clock: '*' } });
    expect(await resolver.misfitsOfBatch([candidate('clock', 2), newcomer])).toEqual([
      WORDS.replace('planner v1', 'newcomer v1'),
    ]);
  });

  test('fits who names a range that covers it, declared or added', async () => {
    await record(ledger, 'planner', 1, { dependencies: { clock: '>=1' } });
    await record(ledger, 'sink', 1, { dependencies: { clock: '*' } });
    resolver.addDependency('sink', 'clock', '1 - 2');
    await breaking();
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([]);
  });

  test('is said once not to fit who names a range that does not cover it', async () => {
    await record(ledger, 'planner', 1, { dependencies: { clock: '1' } });
    await breaking();
    expect(await resolver.misfits(candidate('clock', 2))).toEqual(['planner v1 needs clock 1, and would meet v2']);
  });

  test('needs as many approvals as the policy asks', async () => {
    await ledger.policy.set({ settings: { requiredApprovals: 2 } });
    await record(ledger, 'planner', 1, { dependencies: { clock: '*' } });
    await breaking();
    await ledger.approve('clock', 1, 2);
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([WORDS]);
  });

  test('is BREAKING for its own pair only', async () => {
    await record(ledger, 'planner', 1, { dependencies: { clock: '*' } });
    await breaking();
    expect(await resolver.misfits(candidate('clock', 3))).toEqual([]);
    await ledger.activate('clock', 2);
    expect(await resolver.misfits(candidate('clock', 2))).toEqual([]);
  });
});
