/** The lineage that a module shows, and the window over it. */

import { expect, test } from 'vitest';
import { newLedger, onEachBackend } from './backends.js';
import { numbers, recordRange, refusal } from './expectations.js';

onEachBackend('lineage', (backend) => {
  test('the window shows the newest maxCheckpoints; the ledger forgets none', async () => {
    const ledger = await newLedger(backend, { maxCheckpoints: 3 });
    await recordRange(ledger, 'planner', 1, 7, { 2: ['stable'] });
    expect(numbers(await ledger.getLineage('planner'))).toEqual([5, 6, 7]);
    expect(numbers(await ledger.getLineage('planner', { full: true }))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect((await ledger.rollbackTarget('planner', 'MANUAL'))?.version).toBe(2);
    expect((await ledger.stats()).totalCheckpoints).toBe(7);
  });

  test('the default window is 20', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 25);
    expect(numbers(await ledger.getLineage('planner'))).toEqual(Array.from({ length: 20 }, (_, i) => i + 6));
  });

  test('a change of the window shows at once', async () => {
    const ledger = await newLedger(backend, { maxCheckpoints: 2 });
    await recordRange(ledger, 'planner', 1, 4);
    await ledger.policy.set({ settings: { maxCheckpoints: 3 } });
    expect(numbers(await ledger.getLineage('planner'))).toEqual([2, 3, 4]);
  });

  test('versions compare as numbers: 256 after 255, 10000 after 9999', async () => {
    const ledger = await newLedger(backend, { maxCheckpoints: 10 });
    const list = [9, 10, 99, 100, 255, 256, 9_999, 10_000];
    for (const version of list)
      await ledger.recordCheckpoint({ moduleId: 'planner', version, checksum: `c${version}` });
    expect(numbers(await ledger.getLineage('planner'))).toEqual(list);
    expect(numbers(await ledger.versions.list('planner'))).toEqual(list);
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(10_000);
    const late = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 9_998, checksum: 'x' });
    await refusal(late, 'VERSION_EXISTS');
    await ledger.tag('planner', 256, 'stable');
    await ledger.tag('planner', 255, 'stable');
    expect((await ledger.rollbackTarget('planner', 'MANUAL'))?.version).toBe(256);
  });

  test('every parent is the version before it', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 4);
    expect((await ledger.getLineage('planner')).map((v) => v.parentVer)).toEqual([null, 1, 2, 3]);
  });

  test('an unknown module has an empty lineage, no active version and no target', async () => {
    const ledger = await newLedger(backend);
    expect(await ledger.getLineage('nobody')).toEqual([]);
    expect(await ledger.latestCheckpoint('nobody')).toBeNull();
    expect(await ledger.rollbackTarget('nobody', 'MANUAL')).toBeNull();
    expect(await ledger.versions.list('nobody')).toEqual([]);
    expect(await ledger.reports.list('nobody')).toEqual([]);
    expect(await ledger.versions.modules()).toEqual([]);
    await refusal(() => ledger.versions.get('nobody', 1), 'NOT_FOUND');
    await refusal(() => ledger.versions.status('nobody', 1), 'NOT_FOUND');
    await refusal(() => ledger.readFiles('nobody'), 'NOT_FOUND');
  });

  test('after a rollback the lineage ends at the target, and continues from it', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 4, { 2: ['stable'] });
    await ledger.rollback('planner', 'MANUAL');
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 2]);
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'again' });
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 2, 5]);
    expect(numbers(await ledger.versions.list('planner'))).toEqual([1, 2, 3, 4, 5]);
  });

  test('modules that only have staged versions are listed, and have no lineage', async () => {
    const ledger = await newLedger(backend);
    await ledger.stage({ moduleId: 'zeta', checksum: 'a' });
    await recordRange(ledger, '@acme/alpha', 1, 1);
    await recordRange(ledger, 'Beta', 1, 1);
    expect(await ledger.versions.modules()).toEqual(['@acme/alpha', 'Beta', 'zeta']);
    expect(await ledger.getLineage('zeta')).toEqual([]);
    expect(await ledger.latestCheckpoint('zeta')).toBeNull();
  });
});
