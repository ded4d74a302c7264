/** The five metrics: their names, types and labels are fixed; their values follow the ledger, whoever writes to it. */

import nodeFs from 'node:fs';
import { Registry } from 'prom-client';
import { expect, test, vi } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { VERIFICATION_CODES } from '../../src/errors.js';
import type { LedgerNotice } from '../../src/index.js';
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

/** What is told of modules, shorter: `rollbacks_total planner reason=MANUAL 1`. */
async function ofModules(registry: Registry): Promise<string[]> {
  return (await samples(registry)).flatMap((line) => {
    const [, name, moduleId, more = '', value] = /^asm_version_(\w+){module_id="([^"]*)"(.*)} (\d+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const labels = more.split(',').filter((label) => label !== '' && !label.endsWith('=""'));
    return [[name, moduleId, ...labels.map((label) => label.replaceAll('"', '')), value].join(' ')];
  });
}

onEachBackend('metrics', (backend) => {
  test('have their fixed names, types and labels, and each a help text', async () => {
    const registry = new Registry();
    await backend.init({}, { registry });
    const metrics = await registry.getMetricsAsJSON();
    const shapes = metrics.map((m) => `${m.name} ${m.type}`).sort();
    expect(shapes).toEqual([
      'asm_version_active_info gauge',
      'asm_version_break_glass_total counter',
      'asm_version_breaking_changes_total counter',
      'asm_version_checkpoints_total counter',
      'asm_version_journal_entries gauge',
      'asm_version_last_audit_passed gauge',
      'asm_version_last_audit_timestamp_seconds gauge',
      'asm_version_last_witnessed_timestamp_seconds gauge',
      'asm_version_lineage_depth gauge',
      'asm_version_no_target_rollbacks_total counter',
      'asm_version_oldest_pending_seconds gauge',
      'asm_version_pending_approvals gauge',
      'asm_version_refusals_total counter',
      'asm_version_remote_unreachable gauge',
      'asm_version_remote_view_seconds gauge',
      'asm_version_rollbacks_total counter',
      'asm_version_transaction_retries_total counter',
      'asm_version_transaction_seconds histogram',
      'asm_version_unreadable_ledgers gauge',
      'asm_version_verification_failures_total counter',
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
    expect(await ofModules(registry)).toEqual([
      'active_info @acme/sink version=1 1',
      'active_info planner version=3 1',
      'break_glass_total @acme/sink 0',
      'break_glass_total planner 0',
      'break_glass_total staged-only 0',
      'breaking_changes_total @acme/sink 0',
      'breaking_changes_total planner 2',
      'breaking_changes_total staged-only 0',
      'checkpoints_total @acme/sink 1',
      'checkpoints_total planner 3',
      'checkpoints_total staged-only 0',
      'lineage_depth @acme/sink 1',
      'lineage_depth planner 2',
      'lineage_depth staged-only 0',
      ...['@acme/sink', 'planner', 'staged-only'].flatMap((moduleId) =>
        ['DEPENDENCY', 'HEALTH_FAILURE', 'MANUAL', 'TIMEOUT'].map(
          (reason) => `rollbacks_total ${moduleId} reason=${reason} 0`,
        ),
      ),
    ]);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(2);
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
    await place.ledger.stage({ moduleId: 'planner', checksum: 'four' });
    await place.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 3, toVer: 4, level: 'BREAKING' });
    await place.ledger.close();
    const registry = new Registry();
    await place.open({ registry });
    expect(await sample(registry, 'asm_version_lineage_depth{module_id="planner"}')).toBe(3);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(1);
  });

  test('are the same in every process, and after a restart, whoever did it', async () => {
    const here = new Registry();
    const there = new Registry();
    const place = await backend.init({ requireApproval: true }, { registry: here });
    const other = await place.open({ registry: there });
    await recordRange(other, 'planner', 1, 2, { 1: ['stable'] });
    await place.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'BREAKING' });
    await other.stage({ moduleId: 'planner', version: 3, checksum: 'x' });
    await other.live.breakGlass('planner', 3, { reason: 'the night' });
    await other.rollback('planner', 'MANUAL');
    await place.ledger.stage({ moduleId: 'planner', version: 4, checksum: 'y' });
    const expected = await ofModules(here);
    expect(expected).toEqual(
      expect.arrayContaining([
        'break_glass_total planner 1',
        'breaking_changes_total planner 1',
        'checkpoints_total planner 3',
        'rollbacks_total planner reason=MANUAL 1',
      ]),
    );
    expect(await ofModules(there)).toEqual(expected);
    const later = new Registry();
    await place.open({ registry: later });
    expect(await ofModules(later)).toEqual(expected);
    expect(await sample(later, 'asm_version_journal_entries')).toBe((await other.journal.position()).seq + 1);
  });

  test('tell the semver of the active version, and how long an approval is waited for', async () => {
    const registry = new Registry();
    let clock = 90_000;
    const now = () => Math.floor(Date.now() / 1000) - clock;
    const { ledger } = await backend.init({ requireApproval: true }, { registry, now });
    const long = 'x'.repeat(100);
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a', metadata: { semver: '1.2.3' } });
    await ledger.recordCheckpoint({ moduleId: 'sink', checksum: 'a', metadata: { semver: `"${long}` } });
    expect(await sample(registry, 'asm_version_oldest_pending_seconds')).toBe(0);
    await ledger.stage({ moduleId: 'planner', checksum: 'b' });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    const told = await samples(registry);
    expect(told).toContain('asm_version_active_info{module_id="planner",version="1",semver="1.2.3"} 1');
    expect(told).toContain(`asm_version_active_info{module_id="sink",version="1",semver="\\"${long.slice(0, 63)}"} 1`);
    const waited = (await sample(registry, 'asm_version_oldest_pending_seconds')) ?? 0;
    expect(waited).toBeGreaterThanOrEqual(90_000);
    // Not since it was reported, but since somebody has had to approve it.
    await ledger.policy.set({ settings: { requireApproval: false } });
    clock = 0;
    await ledger.policy.set({ settings: { requireApproval: true } });
    expect(await sample(registry, 'asm_version_oldest_pending_seconds')).toBeLessThan(90_000);
    expect(told.some((line) => line.startsWith('asm_version_remote_view_seconds'))).toBe(false);
  });

  test('count the transactions of the process, and what it was refused', async () => {
    const registry = new Registry();
    const { ledger } = await backend.init({ requireApproval: true }, { registry });
    const refused = (code: string) => sample(registry, `asm_version_refusals_total{code="${code}"}`);
    expect(await refused('APPROVAL_REQUIRED')).toBe(0);
    await recordRange(ledger, 'planner', 1, 2);
    await ledger.stage({ moduleId: 'planner', version: 3, checksum: 'x' });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'BREAKING' });
    await refusal(() => ledger.activate('planner', 3), 'APPROVAL_REQUIRED');
    expect(await refused('APPROVAL_REQUIRED')).toBe(1);
    const noTarget = () => sample(registry, 'asm_version_no_target_rollbacks_total');
    expect([await refused('NOT_FOUND'), await noTarget()]).toEqual([0, 0]);
    await refusal(() => ledger.activate('planner', 99), 'NOT_FOUND');
    expect([await refused('NOT_FOUND'), await noTarget()]).toEqual([1, 0]);
    await refusal(() => ledger.rollback('planner', 'MANUAL'), 'NOT_FOUND');
    expect([await refused('NOT_FOUND'), await noTarget()]).toEqual([2, 1]);
    expect(await sample(registry, 'asm_version_transaction_seconds_count')).toBe(3);
    expect(await sample(registry, 'asm_version_transaction_retries_total')).toBe(0);
  });

  test('tell the last audit, whoever made it', async () => {
    const registry = new Registry();
    const { ledger, gitdir, fs } = await backend.init({}, { registry });
    await recordRange(ledger, 'planner', 1, 1);
    expect(await ledger.journal.lastAudit()).toBeNull();
    expect(await sample(registry, 'asm_version_last_audit_passed')).toBeUndefined();
    const now = () => 4_000_000_000;
    const { outcome, pin } = await auditLedger({ path: gitdir, fs, now, remember: true });
    expect(outcome).toBe('passed');
    if (pin === null) throw new Error('there is no pin');
    expect(await ledger.journal.lastAudit()).toEqual({ at: now(), outcome });
    expect(await sample(registry, 'asm_version_last_audit_timestamp_seconds')).toBe(now());
    expect(await sample(registry, 'asm_version_last_audit_passed')).toBe(1);
    // What depends on who asks says nothing of the ledger, and neither does one that is not to be kept.
    expect((await ledger.audit({ pin: { ...pin, oid: pin.root } })).outcome).toBe('failed');
    await auditLedger({ path: gitdir, fs });
    expect((await ledger.journal.lastAudit())?.at).toBe(now());
    const disk = (fs ?? nodeFs) as typeof nodeFs;
    const branch = `${gitdir}/refs/heads/planner`;
    const good = disk.readFileSync(branch);
    disk.writeFileSync(branch, `${pin.oid}\n`);
    expect((await ledger.audit()).outcome).toBe('failed');
    expect(await sample(registry, 'asm_version_last_audit_passed')).toBe(0);
    disk.writeFileSync(branch, good);
    await ledger.audit();
    expect(await sample(registry, 'asm_version_last_audit_passed')).toBe(1);
  });

  test('do without a ledger that cannot be read, and say so', async () => {
    const registry = new Registry();
    const { ledger } = await backend.init({}, { registry });
    await recordRange(ledger, 'planner', 1, 1);
    expect(await sample(registry, 'asm_version_unreadable_ledgers')).toBe(0);
    const totals = vi.spyOn(ledger.journal, 'totals').mockRejectedValue(new Error('the journal does not verify'));
    expect(await sample(registry, 'asm_version_unreadable_ledgers')).toBe(1);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBeUndefined();
    const told = await ofModules(registry);
    expect(told.some((line) => line.startsWith('lineage_depth'))).toBe(false);
    // A counter that falls and rises again has counted all of it once more, to Prometheus.
    expect(told).toContain('checkpoints_total planner 1');
    totals.mockRestore();
    expect(await sample(registry, 'asm_version_unreadable_ledgers')).toBe(0);
    expect(await sample(registry, 'asm_version_checkpoints_total{module_id="planner"}')).toBe(1);
  });

  test('count what does not verify', async () => {
    const registry = new Registry();
    const told: string[] = [];
    const onEvent = (notice: LedgerNotice) => void (notice.type === 'unverified' && told.push(notice.code));
    const { ledger, gitdir, fs } = await backend.init({}, { registry, onEvent });
    const failures = async (code: string) =>
      sample(registry, `asm_version_verification_failures_total{code="${code}"}`);
    for (const code of VERIFICATION_CODES) expect(await failures(code)).toBe(0);
    await recordRange(ledger, 'planner', 1, 2);
    // A scrape would read it, and be counted.
    vi.spyOn(ledger.journal, 'totals').mockResolvedValue(await ledger.journal.totals());
    const disk = (fs ?? nodeFs) as typeof nodeFs;
    const version = disk.readFileSync(`${gitdir}/refs/heads/planner`, 'utf8');
    disk.writeFileSync(`${gitdir}/refs/heads/ledger`, version);
    const { code } = await refusal(() => ledger.latestCheckpoint('planner'), 'BAD_SIGNATURE');
    expect([told, await failures(code)]).toEqual([[code], 1]);
    await refusal(() => ledger.latestCheckpoint('nobody'), 'BAD_SIGNATURE');
    expect(await failures(code)).toBe(2);
  });

  test('take a ledger of which two copies are open as the one that is further says', async () => {
    const registry = new Registry();
    const { ledger, open } = await backend.init({}, { registry });
    const copy = await open({ registry });
    await recordRange(ledger, 'planner', 1, 1);
    vi.spyOn(copy.journal, 'totals').mockResolvedValue(await ledger.journal.totals());
    await recordRange(ledger, 'planner', 2, 3);
    expect(await sample(registry, 'asm_version_checkpoints_total{module_id="planner"}')).toBe(3);
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
      await ledger.stage({ moduleId, checksum: 'three' });
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
    for (const { ledger } of [place, other]) {
      await recordRange(ledger, 'planner', 1, 1);
      await ledger.stage({ moduleId: 'planner', checksum: 'two' });
    }
    await place.ledger.assessCompatibility(report);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(1);
    await other.ledger.assessCompatibility(report);
    expect(await sample(registry, 'asm_version_pending_approvals')).toBe(2);
  });
});
