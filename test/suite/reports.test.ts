/** Compatibility reports: how they are kept, what they add up to, and what they cannot do. */

import { expect, test } from 'vitest';
import type { CompatibilityLevel, Ledger, NewReport } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { recordRange, refusal, writesNothing } from './expectations.js';
import { enrol } from './people.js';

const PAIR = { moduleId: 'planner', fromVer: 1, toVer: 2 } as const;

async function assess(ledger: Ledger, level: CompatibilityLevel, more: Partial<NewReport> = {}) {
  return ledger.assessCompatibility({ ...PAIR, level, ...more });
}

onEachBackend('reports', (backend) => {
  test('are keyed by module, from and to', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    await recordRange(ledger, 'sink', 1, 2);
    expect(await assess(ledger, 'COMPATIBLE')).toBe('COMPATIBLE');
    expect(await assess(ledger, 'BREAKING', { fromVer: 2, toVer: 3 })).toBe('BREAKING');
    expect(await assess(ledger, 'MINOR_CHANGE', { fromVer: 1, toVer: 3 })).toBe('MINOR_CHANGE');
    expect(await assess(ledger, 'UNKNOWN', { moduleId: 'sink' })).toBe('UNKNOWN');
    expect(await assess(ledger, 'COMPATIBLE', { fromVer: null, toVer: 1 })).toBe('COMPATIBLE');
    const keys = (list: readonly { fromVer: number | null; toVer: number; level: string }[]) =>
      list.map((r) => `${r.fromVer}-${r.toVer} ${r.level}`);
    expect(keys(await ledger.reports.list('planner')).sort()).toEqual([
      '1-2 COMPATIBLE',
      '1-3 MINOR_CHANGE',
      '2-3 BREAKING',
      'null-1 COMPATIBLE',
    ]);
    expect(keys(await ledger.reports.list('planner', 1))).toEqual(['1-2 COMPATIBLE', '1-3 MINOR_CHANGE']);
    expect(keys(await ledger.reports.list('planner', 1, 3))).toEqual(['1-3 MINOR_CHANGE']);
    expect(keys(await ledger.reports.list('planner', null, 1))).toEqual(['null-1 COMPATIBLE']);
    expect(keys(await ledger.reports.list('planner', undefined, 3))).toEqual(['2-3 BREAKING', '1-3 MINOR_CHANGE']);
    expect(await ledger.reports.list('planner', 3, 4)).toEqual([]);
    expect((await ledger.stats()).compatibilityRecords).toBe(5);
  });

  test('come back with everything they say', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    const rationale = 'export plan(): removed\n\n-----BEGIN SSH SIGNATURE-----\n\nLevel: COMPATIBLE\n\ttabbed ☃\n';
    await assess(ledger, 'BREAKING', {
      rationale,
      measuredLevel: 'MINOR_CHANGE',
      assessor: 'git-lineage/typescript 6.0.3',
    });
    expect(await ledger.reports.list('planner')).toEqual([
      {
        ...PAIR,
        level: 'BREAKING',
        rationale,
        approvedBy: 'auto',
        seq: 1,
        bound: true,
        measuredLevel: 'MINOR_CHANGE',
        assessor: 'git-lineage/typescript 6.0.3',
        withdraws: null,
        tainted: false,
      },
    ]);
  });

  test('only raise the level in force: BREAKING over UNKNOWN over MINOR_CHANGE over COMPATIBLE', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    const said: CompatibilityLevel[] = [
      'COMPATIBLE',
      'MINOR_CHANGE',
      'COMPATIBLE',
      'UNKNOWN',
      'MINOR_CHANGE',
      'BREAKING',
      'UNKNOWN',
    ];
    const inForce: CompatibilityLevel[] = [];
    for (const level of said) inForce.push(await assess(ledger, level, { rationale: `as ${level}` }));
    expect(inForce).toEqual([
      'COMPATIBLE',
      'MINOR_CHANGE',
      'MINOR_CHANGE',
      'UNKNOWN',
      'UNKNOWN',
      'BREAKING',
      'BREAKING',
    ]);
    expect((await ledger.gate('planner', 1, 2)).level).toBe('BREAKING');
  });

  test('that say nothing new are not written again', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    await assess(ledger, 'BREAKING', { rationale: 'gone' });
    await writesNothing(ledger, () => assess(ledger, 'BREAKING', { rationale: 'gone' }));
    await assess(ledger, 'BREAKING', { rationale: 'gone, and more' });
    await assess(ledger, 'BREAKING', { rationale: 'gone', assessor: 'by hand' });
    expect((await ledger.reports.list('planner')).map((r) => r.seq)).toEqual([1, 2, 3]);
  });

  test('never approve, whoever makes them and whatever they claim', async () => {
    const place = await backend.init({ requireApproval: true });
    const approver = await enrol(place, 'approver@example.org', ['approver']);
    await recordRange(place.ledger, 'planner', 1, 1);
    await place.ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
    for (const ledger of [place.ledger, approver.ledger]) {
      for (const approvedBy of [place.owner.principal, approver.signer.principal, 'anybody\n<at all>']) {
        expect(await assess(ledger, 'BREAKING', { approvedBy, rationale: approvedBy.slice(0, 8) })).toBe('BREAKING');
        expect(await assess(ledger, 'COMPATIBLE', { approvedBy, rationale: approvedBy.slice(0, 8) })).toBe('BREAKING');
      }
    }
    const reports = await place.ledger.reports.list('planner');
    expect(new Set(reports.map((r) => r.approvedBy))).toEqual(new Set(['auto']));
    expect((await place.ledger.gate('planner', 1, 2)).allow).toBe(false);
    await refusal(() => place.ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
  });

  test('on a version that is not in the ledger yet are unbound: they can block', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await recordRange(ledger, 'planner', 1, 1);
    expect(await assess(ledger, 'BREAKING')).toBe('BREAKING');
    expect((await ledger.reports.list('planner'))[0]?.bound).toBe(false);
    expect((await ledger.gate('planner', 1, 2)).reasons[0]?.code).toBe('NOT_IN_LEDGER');
    const call = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 2, checksum: 'b' });
    await writesNothing(ledger, () => refusal(call, 'APPROVAL_REQUIRED'));
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
    expect((await ledger.gate('planner', 1, 2)).allow).toBe(false);
  });

  test('that are unbound never allow: an unbound COMPATIBLE is no assessment of the content', async () => {
    const ledger = await newLedger(backend, { approveUnknown: true });
    await recordRange(ledger, 'planner', 1, 1);
    await assess(ledger, 'COMPATIBLE', { fromVer: 1, toVer: 2 });
    const call = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 2, checksum: 'b' });
    await writesNothing(ledger, () => refusal(call, 'APPROVAL_REQUIRED'));
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
    expect((await ledger.gate('planner', 1, 2)).allow).toBe(false);
    await assess(ledger, 'COMPATIBLE', { fromVer: 1, toVer: 2 });
    expect((await ledger.reports.list('planner')).map((r) => r.bound)).toEqual([false, true]);
    expect((await ledger.gate('planner', 1, 2)).allow).toBe(true);
    await ledger.activate('planner', 2);
  });

  test('need the versions of a pair that is bound', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 2, 3);
    await writesNothing(ledger, () =>
      refusal(() => assess(ledger, 'COMPATIBLE', { fromVer: 1, toVer: 3 }), 'NOT_FOUND'),
    );
  });
});
