/** Who may let a BREAKING version through, and how: the approval matrix, the queue, approvals and their end. */

import { expect, test } from 'vitest';
import { approvalNeeded } from '../../src/api/assess.js';
import type { PolicySettings } from '../../src/api/types.js';
import { reasonText } from '../../src/errors.js';
import { CompatibilityLevel, type Ledger, type Verdict } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { numbers, recordRange, refusal, writesNothing } from './expectations.js';
import { enrol } from './people.js';

async function breaking(ledger: Ledger, rationale = 'gone', fromVer: number | null = 1, toVer = 2): Promise<void> {
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer, toVer, level: 'BREAKING', rationale });
}

/** A ledger whose v1 is active and whose v2 is staged. */
async function stageTwo(ledger: Ledger): Promise<void> {
  await recordRange(ledger, 'planner', 1, 1);
  await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
}

async function allowed(ledger: Ledger, fromVer: number | null = 1, toVer = 2, moduleId = 'planner'): Promise<boolean> {
  return (await ledger.gate(moduleId, fromVer, toVer)).allow;
}

function codes({ reasons }: Verdict): string[] {
  return reasons.map(({ code }) => code);
}

onEachBackend('approval', (backend) => {
  test('the queue is empty where nothing waits', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    expect(await ledger.pendingApprovals()).toEqual([]);
    await stageTwo(ledger);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'UNKNOWN' });
    expect(await ledger.pendingApprovals()).toEqual([]);
  });

  test('a BREAKING pair waits once, however often it is repeated', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await stageTwo(ledger);
    for (const rationale of ['gone', 'gone', 'gone for good']) await breaking(ledger, rationale);
    const pending = await ledger.pendingApprovals();
    expect(pending).toHaveLength(1);
    expect(pending[0]).toMatchObject({
      moduleId: 'planner',
      fromVer: 1,
      toVer: 2,
      level: 'BREAKING',
      rationale: 'gone for good',
      approvedBy: 'auto',
    });
    expect((await ledger.stats()).pendingApprovals).toBe(1);
    await ledger.approve('planner', 1, 2);
    expect(await ledger.pendingApprovals()).toEqual([]);
    expect((await ledger.stats()).pendingApprovals).toBe(0);
  });

  test('nothing waits where the policy asks for no approval', async () => {
    const ledger = await newLedger(backend);
    await stageTwo(ledger);
    await breaking(ledger);
    expect(await ledger.pendingApprovals()).toEqual([]);
    await ledger.policy.set({ settings: { requireApproval: true } });
    expect(await ledger.pendingApprovals()).toHaveLength(1);
  });

  test('nothing waits for a version that nobody can activate any more', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await stageTwo(ledger);
    await breaking(ledger);
    await ledger.tag('planner', 2, 'reverted');
    expect(await ledger.pendingApprovals()).toEqual([]);
    await ledger.untag('planner', 2, 'reverted');
    expect(await ledger.pendingApprovals()).toHaveLength(1);
    await ledger.recordCheckpoint({ moduleId: 'planner', version: 3, checksum: 'three' });
    expect(await ledger.pendingApprovals()).toEqual([]);
  });

  test.each([
    { requireApproval: false, autoRollbackOnBreaking: false },
    { requireApproval: false, autoRollbackOnBreaking: true },
    { requireApproval: true, autoRollbackOnBreaking: false },
    { requireApproval: true, autoRollbackOnBreaking: true },
  ])('the matrix, as gate and activate see it: %o', async (config) => {
    const ledger = await newLedger(backend, config);
    const blocked = config.requireApproval;
    expect(await ledger.policy.get()).toMatchObject(config);
    await stageTwo(ledger);
    await breaking(ledger);
    const verdict = await ledger.gate('planner', 1, 2);
    expect(verdict).toMatchObject({ allow: !blocked, level: 'BREAKING' });
    expect(codes(verdict)).toEqual([blocked ? 'APPROVAL_MISSING' : 'APPROVAL_NOT_ASKED']);
    if (blocked) {
      const activate = () => ledger.activate('planner', 2);
      const error = await writesNothing(ledger, () => refusal(activate, 'APPROVAL_REQUIRED'));
      expect(error.data).toEqual({
        moduleId: 'planner',
        version: 2,
        fromVer: 1,
        level: 'BREAKING',
        reasons: [{ code: 'APPROVAL_MISSING', message: 'BREAKING needs the approval of an operator' }],
      });
      expect(error.hint).toContain('approve planner 1 2');
      const record = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 2, checksum: 'two' });
      await writesNothing(ledger, () => refusal(record, 'APPROVAL_REQUIRED'));
      expect(await ledger.versions.status('planner', 2)).toBe('STAGED');
      await ledger.approve('planner', 1, 2);
      expect(await allowed(ledger)).toBe(true);
    }
    expect((await ledger.activate('planner', 2)).version).toBe(2);
  });

  test.each(['COMPATIBLE', 'MINOR_CHANGE', 'UNKNOWN'] as const)('%s needs no approval', async (level) => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await stageTwo(ledger);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level });
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true, level });
    await ledger.activate('planner', 2);
  });

  test('an approval is a report by the principal of the key that signed', async () => {
    const place = await backend.init({ requireApproval: true });
    const operator = await enrol(place, 'operator@example.org', ['approver']);
    await stageTwo(place.ledger);
    await breaking(place.ledger);
    const approval = await operator.ledger.approve('planner', 1, 2, { rationale: 'talked to everybody' });
    expect(approval).toMatchObject({
      moduleId: 'planner',
      fromVer: 1,
      toVer: 2,
      level: 'BREAKING',
      approvedBy: 'operator@example.org',
      rationale: 'talked to everybody',
    });
    expect(await place.ledger.reports.list('planner')).toContainEqual(approval);
    await writesNothing(place.ledger, () => operator.ledger.approve('planner', 1, 2));
    await writesNothing(place.ledger, () =>
      operator.ledger.approve('planner', 1, 2, { rationale: 'talked to everybody' }),
    );
    // What is given as a reason is kept; the operator counts once all the same.
    const again = await operator.ledger.approve('planner', 1, 2, { rationale: 'and to the pager' });
    expect(again).toMatchObject({ rationale: 'and to the pager', approvedBy: operator.signer.principal });
    expect((await place.ledger.reports.list('planner')).filter((r) => r.approvedBy !== 'auto')).toHaveLength(2);
    expect((await place.ledger.gate('planner', 1, 2)).allow).toBe(true);
  });

  test('approving and withdrawing take the role approver', async () => {
    const place = await backend.init({ requireApproval: true });
    await stageTwo(place.ledger);
    await breaking(place.ledger);
    for (const role of ['recorder', 'admin'] as const) {
      const { ledger, signer } = await enrol(place, `${role}@example.org`, [role]);
      const error = await refusal(() => ledger.approve('planner', 1, 2), 'ROLE_REQUIRED');
      expect(error.data).toEqual({ roles: ['approver'], fingerprint: signer.publicKey.fingerprint });
      await refusal(() => ledger.withdraw('planner', 1, 2), 'ROLE_REQUIRED');
    }
    expect(await allowed(place.ledger)).toBe(false);
  });

  test('what is not in the ledger cannot be approved', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await recordRange(ledger, 'planner', 1, 1);
    await breaking(ledger);
    await writesNothing(ledger, () => refusal(() => ledger.approve('planner', 1, 2), 'NOT_FOUND'));
    await writesNothing(ledger, () => refusal(() => ledger.approve('nobody', null, 1), 'NOT_FOUND'));
    await refusal(() => ledger.approve('planner', 2, 1), 'INVALID_VERSION');
    await refusal(() => ledger.approve('planner', 1, 2, { rationale: 'bell\u0007' }), 'INVALID_REPORT');
  });

  test('an approval is bound to one pair and one content', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await stageTwo(ledger);
    await breaking(ledger);
    await ledger.approve('planner', 1, 2);
    await ledger.stage({ moduleId: 'planner', version: 3, checksum: 'two', parentVer: 1 });
    await breaking(ledger, 'gone', 1, 3);
    expect(await allowed(ledger, 1, 2)).toBe(true);
    expect(await allowed(ledger, 1, 3)).toBe(false);
    const other = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 2, parentVer: 1, checksum: 'other' });
    await writesNothing(ledger, () => refusal(other, 'VERSION_EXISTS'));
  });

  test('an approval of less does not cover a more severe report', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await stageTwo(ledger);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
    await ledger.approve('planner', 1, 2);
    await breaking(ledger);
    expect(await allowed(ledger)).toBe(false);
    expect(await ledger.pendingApprovals()).toHaveLength(1);
    await ledger.approve('planner', 1, 2);
    expect(await allowed(ledger)).toBe(true);
    await breaking(ledger, 'said once more');
    expect(await allowed(ledger)).toBe(true);
  });

  test('an approval before any report covers no BREAKING one', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await stageTwo(ledger);
    await ledger.approve('planner', 1, 2);
    await breaking(ledger);
    expect(await allowed(ledger)).toBe(false);
  });

  test('a withdrawal takes every approval back, and the pair waits again', async () => {
    const place = await backend.init({ requireApproval: true });
    const other = await enrol(place, 'other@example.org', ['approver']);
    const { ledger } = place;
    await stageTwo(ledger);
    await breaking(ledger);
    await writesNothing(ledger, () => refusal(() => ledger.withdraw('planner', 1, 2), 'NOT_FOUND'));
    await ledger.approve('planner', 1, 2);
    await other.ledger.approve('planner', 1, 2);
    const withdrawal = await ledger.withdraw('planner', 1, 2, { rationale: 'too early' });
    expect(withdrawal).toMatchObject({ approvedBy: 'auto', rationale: 'too early', level: 'BREAKING' });
    expect((await ledger.reports.list('planner', 1, 2)).flatMap((r) => r.withdraws ?? [])).toEqual([2, 3]);
    expect(await allowed(ledger)).toBe(false);
    expect(await ledger.pendingApprovals()).toMatchObject([{ rationale: 'gone', approvedBy: 'auto' }]);
    await writesNothing(ledger, () => refusal(() => ledger.withdraw('planner', 1, 2), 'NOT_FOUND'));
    await ledger.approve('planner', 1, 2);
    expect(await allowed(ledger)).toBe(true);
  });

  test('requiredApprovals counts principals, not signatures', async () => {
    const place = await backend.init({ requireApproval: true, requiredApprovals: 2 });
    const second = await enrol(place, 'second@example.org', ['approver']);
    const sameOwner = await enrol(place, place.owner.principal, ['approver']);
    const { ledger } = place;
    await stageTwo(ledger);
    await breaking(ledger);
    await ledger.approve('planner', 1, 2);
    await sameOwner.ledger.approve('planner', 1, 2);
    expect(await allowed(ledger)).toBe(false);
    const [missing] = (await ledger.gate('planner', 1, 2)).reasons;
    expect(missing).toMatchObject({
      code: 'APPROVAL_MISSING',
      message: expect.stringContaining(place.owner.principal),
    });
    expect(await ledger.pendingApprovals()).toHaveLength(1);
    await second.ledger.approve('planner', 1, 2);
    expect(codes(await ledger.gate('planner', 1, 2))).toEqual(['APPROVED']);
    await ledger.policy.set({ settings: { requiredApprovals: 3 } });
    expect(await allowed(ledger)).toBe(false);
  });

  test('UNKNOWN proceeds with a warning, unless the policy sets approveUnknown', async () => {
    const ledger = await newLedger(backend);
    await stageTwo(ledger);
    const verdict = await ledger.gate('planner', 1, 2);
    expect(verdict).toMatchObject({ allow: true, level: 'UNKNOWN' });
    expect(codes(verdict)).toEqual(['NO_REPORT']);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'UNKNOWN' });
    expect(codes(await ledger.gate('planner', 1, 2))).toEqual(['ASSESSED_UNKNOWN']);
    await ledger.policy.set({ settings: { approveUnknown: true } });
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'UNKNOWN' });
    await writesNothing(ledger, () => refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED'));
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 2]);
  });

  test('approveUnknown asks for as many approvals as the policy requires', async () => {
    const place = await backend.init({ approveUnknown: true, requiredApprovals: 2 });
    const second = await enrol(place, 'second@example.org', ['approver']);
    await stageTwo(place.ledger);
    await place.ledger.approve('planner', 1, 2);
    expect(await allowed(place.ledger)).toBe(false);
    // Nobody reported on the pair: the approval that was given is what can be listed.
    expect(await place.ledger.pendingApprovals()).toMatchObject([{ toVer: 2, seq: 1 }]);
    await second.ledger.approve('planner', 1, 2);
    expect(await allowed(place.ledger)).toBe(true);
  });

  test('what is UNKNOWN waits, and is listed, until somebody can tell, approves or rejects it', async () => {
    const ledger = await newLedger(backend, { approveUnknown: true });
    const unknown = (fromVer: number, toVer: number) =>
      ledger.assessCompatibility({ moduleId: 'planner', fromVer, toVer, level: 'UNKNOWN', rationale: `${toVer}` });
    const listed = async () => (await ledger.pendingApprovals()).map(({ toVer, level }) => `${toVer} ${level}`);
    await stageTwo(ledger);
    // A report on what is not there, or was made from another version, is about no swap that could happen.
    for (const [from, to] of [
      [1, 2],
      [1, 3],
      [2, 9],
    ] as const)
      await unknown(from, to);
    expect(await listed()).toEqual(['2 UNKNOWN']);
    expect(await ledger.journal.totals()).toMatchObject({ pendingApprovals: 1, oldestPendingAt: expect.any(Number) });
    expect((await ledger.versions.summary('planner')).pending).toBe(1);
    const pair = { moduleId: 'planner', fromVer: 1, toVer: 2 };
    await ledger.assessCompatibility({ ...pair, level: 'MINOR_CHANGE', assessor: 'somebody', rationale: 'added' });
    expect(await allowed(ledger)).toBe(false);
    expect(await listed()).toEqual(['2 UNKNOWN']);
    await ledger.approve('planner', 1, 2);
    expect(await listed()).toEqual([]);
    await ledger.activate('planner', 2);
    await ledger.stage({ moduleId: 'planner', checksum: 'three' });
    await unknown(2, 3);
    await ledger.tag('planner', 3, 'reverted');
    expect(await listed()).toEqual([]);
    await ledger.untag('planner', 3, 'reverted');
    expect(await listed()).toEqual(['3 UNKNOWN']);
    // Overtaken by a later one: nobody can activate it any more.
    await ledger.stage({ moduleId: 'planner', checksum: 'four' });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 4, level: 'COMPATIBLE' });
    await ledger.activate('planner', 4);
    expect(await listed()).toEqual([]);
  });

  test('a policy that begins to ask for UNKNOWN asks of what is staged, and nothing of what has run', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    await ledger.stage({ moduleId: 'planner', checksum: 'staged' });
    for (const toVer of [2, 3, 4])
      await ledger.assessCompatibility({ moduleId: 'planner', fromVer: toVer - 1, toVer, level: 'UNKNOWN' });
    const waiting = async () => (await ledger.pendingApprovals()).map(({ toVer }) => toVer);
    expect(await waiting()).toEqual([]);
    await ledger.policy.set({ settings: { approveUnknown: true } });
    expect(await waiting()).toEqual([4]);
    await ledger.policy.set({ settings: { approveUnknown: false } });
    expect(await waiting()).toEqual([]);
  });

  test('approveUnknown lets a first version be: there is nothing to compare it with', async () => {
    const ledger = await newLedger(backend, { requireApproval: true, approveUnknown: true });
    expect((await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'one' })).version).toBe(1);
    await ledger.stage({ moduleId: 'sink', checksum: 'one' });
    await ledger.assessCompatibility({ moduleId: 'sink', fromVer: null, toVer: 1, level: 'UNKNOWN' });
    expect(await allowed(ledger, null, 1, 'sink')).toBe(true);
    await ledger.assessCompatibility({ moduleId: 'sink', fromVer: null, toVer: 1, level: 'BREAKING' });
    expect(await allowed(ledger, null, 1, 'sink')).toBe(false);
  });

  test('under approveUnknown an assessment of the content is enough', async () => {
    const ledger = await newLedger(backend, { approveUnknown: true });
    await stageTwo(ledger);
    expect(await allowed(ledger)).toBe(false);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
    expect(await allowed(ledger)).toBe(true);
  });

  test('what approval a level will need is what the gate says once it is assessed', async () => {
    for (const requireApproval of [true, false]) {
      for (const settings of [
        { requireApproval, approveUnknown: true },
        { requireApproval, approveUnknown: false },
      ]) {
        const ledger = await newLedger(backend);
        await recordRange(ledger, 'planner', 1, 1);
        await ledger.policy.set({ settings });
        let toVer = 1;
        for (const level of Object.values(CompatibilityLevel)) {
          toVer += 1;
          await ledger.stage({ moduleId: 'planner', version: toVer, parentVer: 1, checksum: `${toVer}` });
          await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer, level });
          const verdict = await ledger.gate('planner', 1, toVer);
          const needed = approvalNeeded(level, await ledger.policy.get());
          expect({ level, settings, reasons: verdict.allow ? [] : verdict.reasons }).toEqual({
            level,
            settings,
            reasons: needed === null ? [] : [needed],
          });
        }
      }
    }
  });

  test('what approval a level will need is asked of a level and a policy', async () => {
    const policy = await (await newLedger(backend)).policy.get();
    await refusal(() => approvalNeeded('breaking' as CompatibilityLevel, policy), 'INVALID_ARGUMENT');
    await refusal(() => approvalNeeded('BREAKING', { requireApproval: true } as PolicySettings), 'INVALID_ARGUMENT');
    await refusal(() => approvalNeeded('BREAKING', null as unknown as PolicySettings), 'INVALID_ARGUMENT');
  });

  test('the gate answers for what is no possible swap: a value that says why', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    await ledger.stage({ moduleId: 'planner', version: 4, checksum: 'x', parentVer: 2 });
    const absent = await ledger.gate('planner', 3, 9);
    expect(absent).toMatchObject({ allow: false, level: 'UNKNOWN' });
    expect(codes(absent)).toEqual(['NOT_IN_LEDGER']);
    expect(await ledger.gate('nobody', null, 1)).toMatchObject({ allow: false });
    const notFrom = await ledger.gate('planner', 3, 4);
    expect(notFrom.allow).toBe(false);
    expect(codes(notFrom)).toEqual(['OTHER_PARENT']);
    expect(reasonText(notFrom.reasons)).toMatch(/made from v2/);
    const notActive = await ledger.gate('planner', 2, 4);
    expect(notActive.allow).toBe(false);
    expect(codes(notActive)).toEqual(['OTHER_ACTIVE']);
    expect(reasonText(notActive.reasons)).toMatch(/active version is v3/);
    expect((await ledger.gate('planner', 2, 3)).allow).toBe(true);
    await refusal(() => ledger.gate('planner', 0, 1), 'INVALID_VERSION');
    await refusal(() => ledger.gate('planner', 1, Number.NaN), 'INVALID_VERSION');
    await refusal(() => ledger.gate('no spaces', 1, 2), 'INVALID_MODULE_ID');
  });
});
