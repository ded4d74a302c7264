/** The log of a module: every version, newest first, with its place in the lineage. */

import { expect, test } from 'vitest';
import { newLedger, onEachBackend } from './backends.js';
import { recordRange, refusal } from './expectations.js';

onEachBackend('the log', (backend) => {
  test('tells of each version whether it is in the lineage, and what took it out', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3, { 1: ['stable'] });
    await ledger.rollback('planner', 'HEALTH_FAILURE');
    await recordRange(ledger, 'planner', 4, 4);
    await ledger.stage({ moduleId: 'planner', checksum: 'next' });
    const log = await ledger.versions.log('planner');
    expect(log.map((v) => [v.version.version, v.status, v.inLineage, v.version.parentVer])).toEqual([
      [5, 'STAGED', false, 4],
      [4, 'ACTIVE', true, 1],
      [3, 'REVERTED', false, 2],
      [2, 'ARCHIVED', false, 1],
      [1, 'ARCHIVED', true, null],
    ]);
    expect(log[2]?.rolledBack).toMatchObject({ seq: 2, toVer: 1, reason: 'HEALTH_FAILURE' });
    expect(log.filter((v) => v.rolledBack !== null)).toHaveLength(1);
    const [policy] = (await ledger.policy.get()).signers;
    expect(log[0]?.stagedBy).toEqual({ seq: 4, actor: policy?.principal });
  });

  test('tells the level of each version towards its parent, and who approved', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await ledger.approve('planner', 1, 2);
    const [policy] = (await ledger.policy.get()).signers;
    const [second, first] = await ledger.versions.log('planner');
    expect(second).toMatchObject({ level: 'BREAKING', approvers: [policy?.principal] });
    expect(first).toMatchObject({ level: null, approvers: [] });
  });

  test('is read in parts, each from below the last', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 5);
    const numbers = async (options: Parameters<typeof ledger.versions.log>[1]) =>
      (await ledger.versions.log('planner', options)).map((v) => v.version.version);
    expect(await numbers({ limit: 2 })).toEqual([5, 4]);
    expect(await numbers({ limit: 2, before: 4 })).toEqual([3, 2]);
    expect(await numbers({ limit: 2, before: 2 })).toEqual([1]);
    expect(await numbers({ before: 1 })).toEqual([]);
    expect(await numbers({ limit: 0 })).toEqual([]);
    expect(await ledger.versions.log('nobody')).toEqual([]);
    await refusal(() => ledger.versions.log('planner', { before: 0 }), 'INVALID_VERSION');
    await refusal(() => ledger.versions.log('planner', { limit: -1 }), 'INVALID_ARGUMENT');
    await refusal(() => ledger.versions.log('..'), 'INVALID_MODULE_ID');
  });
});
