/** The five metrics: their names, types and labels are fixed; their values follow the ledger, whoever writes to it. */

import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { onEachBackend } from './backends.js';
import { recordRange, refusal } from './expectations.js';

/** Sample lines of a registry, `# HELP` and `# TYPE` left out, sorted. */
async function samples(registry: Registry): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).sort();
}

async function sample(registry: Registry, name: string): Promise<number | undefined> {
  const line = (await samples(registry)).find((l) => l.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

onEachBackend('metrics', (backend) => {
  test('have their fixed names, types and labels, and each a help text', async () => {
    const registry = new Registry();
    await backend.init({}, { registry });
    const metrics = await registry.getMetricsAsJSON();
    const shapes = metrics.map((m) => `${m.name} ${m.type}`).sort();
    // Breaking the glass is counted too, beside the five.
    expect(shapes.filter((shape) => shape !== 'asm_version_break_glass_total counter')).toEqual([
      'asm_version_breaking_changes_total counter',
      'asm_version_checkpoints_total counter',
      'asm_version_lineage_depth gauge',
      'asm_version_pending_approvals gauge',
      'asm_version_rollbacks_total counter',
    ]);
    for (const metric of metrics) expect(metric.help).not.toBe('');
  });

  test('count what happens', async () => {
    const registry = new Registry();
    const { ledger } = await backend.init({ requireApproval: true, maxCheckpoints: 2 }, { registry });
    await recordRange(ledger, 'planner', 1, 3, { 1: ['stable'] });
    await recordRange(ledger, '@acme/sink', 1, 1);
    await ledger.stage({ moduleId: 'planner', version: 4, checksum: 'x' });
    await ledger.stage({ moduleId: 'staged-only', checksum: 'x' });
    const report = { moduleId: 'planner', fromVer: 3, toVer: 4, level: 'BREAKING' } as const;
    for (const rationale of ['a', 'b', 'a']) await ledger.assessCompatibility({ ...report, rationale });
    await ledger.assessCompatibility({ ...report, fromVer: 2, toVer: 4 });
    await ledger.assessCompatibility({ ...report, fromVer: 1, toVer: 2, level: 'COMPATIBLE' });
    expect(await samples(registry)).toEqual([
      'asm_version_breaking_changes_total{module_id="planner"} 2',
      'asm_version_checkpoints_total{module_id="@acme/sink"} 1',
      'asm_version_checkpoints_total{module_id="planner"} 3',
      'asm_version_lineage_depth{module_id="@acme/sink"} 1',
      'asm_version_lineage_depth{module_id="planner"} 2',
      'asm_version_pending_approvals 2',
    ]);
    await ledger.rollback('planner', 'HEALTH_FAILURE');
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'y' });
    await ledger.rollback('planner', 'TIMEOUT');
    const after = await samples(registry);
    expect(after).toContain('asm_version_rollbacks_total{module_id="planner",reason="HEALTH_FAILURE"} 1');
    expect(after).toContain('asm_version_rollbacks_total{module_id="planner",reason="TIMEOUT"} 1');
    expect(after).toContain('asm_version_checkpoints_total{module_id="planner"} 4');
    expect(after).toContain('asm_version_lineage_depth{module_id="planner"} 1');
    expect(after).toContain('asm_version_breaking_changes_total{module_id="planner"} 2');
  });

  test('do not count what was refused, repeated or only staged', async () => {
    const registry = new Registry();
    const { ledger } = await backend.init({}, { registry });
    const cp = { moduleId: 'planner', version: 1, checksum: 'a' };
    await ledger.recordCheckpoint(cp);
    await ledger.recordCheckpoint(cp);
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
    await refusal(() => ledger.recordCheckpoint({ ...cp, version: 9, parentVer: 7 }), 'NOT_ACTIVE');
    expect(await sample(registry, 'asm_version_checkpoints_total{module_id="planner"}')).toBe(1);
    await ledger.activate('planner', 2);
    await ledger.activate('planner', 2);
    expect(await sample(registry, 'asm_version_checkpoints_total{module_id="planner"}')).toBe(2);
  });

  test('show the gauges right after the ledger is opened again', async () => {
    const place = await backend.init({ requireApproval: true });
    await recordRange(place.ledger, 'planner', 1, 3);
    await place.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 3, toVer: 4, level: 'BREAKING' });
    await place.ledger.close();
    const registry = new Registry();
    await place.open({ registry });
    expect(await samples(registry)).toEqual([
      'asm_version_lineage_depth{module_id="planner"} 3',
      'asm_version_pending_approvals 1',
    ]);
  });

  test('show what another instance wrote, at the next scrape', async () => {
    const registry = new Registry();
    const place = await backend.init({ requireApproval: true }, { registry });
    const other = await place.open();
    await recordRange(other, 'planner', 1, 2);
    await other.stage({ moduleId: 'planner', version: 3, checksum: 'x' });
    await other.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'BREAKING' });
    expect(await sample(registry, 'asm_version_lineage_depth{module_id="planner"}')).toBe(2);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(1);
    await other.approve('planner', 2, 3);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(0);
  });

  test('of two ledgers in one registry add up, until one is closed', async () => {
    const registry = new Registry();
    const left = await backend.init({ requireApproval: true }, { registry });
    const right = await backend.init({ requireApproval: true }, { registry });
    for (const [{ ledger }, moduleId] of [[left, 'planner'] as const, [right, 'sink'] as const]) {
      await recordRange(ledger, moduleId, 1, 2);
      await recordRange(ledger, 'shared', 1, 1);
      await ledger.assessCompatibility({ moduleId, fromVer: 2, toVer: 3, level: 'BREAKING' });
    }
    const together = await samples(registry);
    expect(together).toContain('asm_version_pending_approvals 2');
    expect(together).toContain('asm_version_checkpoints_total{module_id="shared"} 2');
    expect(together).toContain('asm_version_lineage_depth{module_id="planner"} 2');
    expect(together).toContain('asm_version_lineage_depth{module_id="sink"} 2');
    await right.ledger.close();
    const alone = await samples(registry);
    expect(alone).toContain('asm_version_pending_approvals 1');
    expect(alone.some((line) => line.startsWith('asm_version_lineage_depth{module_id="sink"}'))).toBe(false);
  });

  test('ask one ledger once, however often it is open, and two ledgers each', async () => {
    const registry = new Registry();
    const place = await backend.init({ requireApproval: true }, { registry });
    await place.open({ registry });
    const other = await backend.init({ requireApproval: true }, { registry });
    const report = { moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' } as const;
    await place.ledger.assessCompatibility(report);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(1);
    await other.ledger.assessCompatibility(report);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(2);
  });
});
