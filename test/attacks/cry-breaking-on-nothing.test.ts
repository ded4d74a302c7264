/** A recorder reports BREAKING on versions that do not exist: an operator would be waited for, and an alert stay, for ever; and a name be taken. */

import { expect, test } from 'vitest';
import { onEachBackend } from '../suite/backends.js';
import { recordRange, refusal, writesNothing } from '../suite/expectations.js';
import { enrol } from '../suite/people.js';

onEachBackend('a BREAKING report on what is not there', (backend) => {
  test('waits for nobody in format 2; once the version is staged from that one, it does', async () => {
    const { ledger } = await backend.init({ requireApproval: true }, { format: 2 });
    await recordRange(ledger, 'planner', 1, 1);
    const breaking = (fromVer: number | null, toVer: number, moduleId = 'planner') =>
      ledger.assessCompatibility({ moduleId, fromVer, toVer, level: 'BREAKING' });
    await breaking(1, 2);
    await breaking(7, 9);
    await breaking(null, 1, 'ghost');
    expect(await ledger.pendingApprovals()).toEqual([]);
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
    expect((await ledger.pendingApprovals()).map(({ fromVer, toVer }) => [fromVer, toVer])).toEqual([[1, 2]]);
    // It blocks all the same, as it was meant to.
    await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
    await ledger.stage({ moduleId: 'planner', version: 9, parentVer: 2, checksum: 'nine' });
    expect(await ledger.pendingApprovals()).toEqual([]);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  test('reserves no name in format 2: its owner stages it in the case that they chose', async () => {
    const place = await backend.init(undefined, { format: 2 });
    await place.ledger.assessCompatibility({ moduleId: '@ACME/Planner', fromVer: null, toVer: 1, level: 'BREAKING' });
    await recordRange(place.ledger, '@acme/planner', 1, 2);
    await refusal(() => recordRange(place.ledger, '@Acme/other', 1, 1), 'INVALID_MODULE_ID');
    const again = await place.open();
    await refusal(() => recordRange(again, '@acme/PLANNER', 1, 1), 'INVALID_MODULE_ID');
    expect((await again.audit()).outcome).toBe('passed');
  });

  test('is taken back by an approver in format 2, and counts no more; what was found of content is not', async () => {
    const place = await backend.init({ requireApproval: true, measuredBy: 'any' }, { format: 2 });
    const { ledger } = place;
    await recordRange(ledger, 'planner', 1, 1);
    const crier = await enrol(place, 'crier@example.org', ['recorder']);
    const cry = (toVer: number, rationale = '') =>
      crier.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer, level: 'BREAKING', rationale });
    const takeBack = (toVer: number) => ledger.withdraw('planner', 1, toVer, { reports: true });
    const levelOf = async (toVer: number) => (await ledger.gate('planner', 1, toVer)).level;
    await cry(2);
    await cry(2, 'again');
    await cry(3);
    await refusal(() => crier.ledger.withdraw('planner', 1, 2, { reports: true }), 'ROLE_REQUIRED');
    // One of them before there is a version, the other after.
    expect(await takeBack(3)).toMatchObject({ withdraws: 1, bound: false, level: 'BREAKING' });
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
    expect((await ledger.pendingApprovals()).map(({ toVer }) => toVer)).toEqual([2]);
    await takeBack(2);
    expect([await ledger.pendingApprovals(), await levelOf(2), await levelOf(3)]).toEqual([[], 'UNKNOWN', 'UNKNOWN']);
    await writesNothing(ledger, () => refusal(() => takeBack(2), 'NOT_FOUND'));
    // Said again, it counts again; and what is said of the content is there to stay.
    await cry(2);
    expect(await levelOf(2)).toBe('BREAKING');
    await writesNothing(ledger, () => refusal(() => takeBack(2), 'NOT_FOUND'));
    const { fingerprint } = crier.signer.publicKey;
    await ledger.policy.set({ revoke: [{ fingerprint, from: 2 }] });
    // Until somebody else has assessed it.
    await refusal(() => takeBack(2), 'NOT_FOUND');
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
    expect(await levelOf(2)).toBe('BREAKING');
    await takeBack(2);
    expect(await levelOf(2)).toBe('MINOR_CHANGE');
    await ledger.activate('planner', 2);
    const again = await place.open();
    expect((await again.gate('planner', 1, 2)).level).toBe('MINOR_CHANGE');
    expect((await again.audit()).outcome).toBe('passed');
    const older = await backend.init();
    await older.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await refusal(() => older.ledger.withdraw('planner', 1, 2, { reports: true }), 'INVALID_ARGUMENT');
  });
});
