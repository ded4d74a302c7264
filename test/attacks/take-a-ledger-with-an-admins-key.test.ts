/** An admin's key is stolen, and the thief is fast: the recovery key first. */

import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { PolicyChange } from '../../src/api/types.js';
import type { Role, Signer } from '../../src/index.js';
import { onEachBackend } from '../suite/backends.js';
import { collected, recordRange, refusal, writesNothing } from '../suite/expectations.js';

function named({ principal, publicKey }: Signer): Pick<Signer, 'principal' | 'publicKey'> {
  return { principal, publicKey };
}

onEachBackend('the thief of an admin’s key', (backend) => {
  test('can neither revoke nor weaken the recovery key, nor set a threshold; its owner takes the ledger back', async () => {
    const recovery = await ephemeralSigner('recovery@example.org');
    const { principal, publicKey } = recovery;
    const place = await backend.init(undefined, { format: 2, recoveryKey: { principal, publicKey } });
    const { ledger: stolen, owner } = place;
    await recordRange(stolen, 'planner', 1, 2, { 1: ['stable'] });
    const thief = await ephemeralSigner('thief@example.org');
    const tries: readonly (readonly [PolicyChange, 'ROLE_REQUIRED' | 'INVALID_CONFIG'])[] = [
      // They would leave no root at all, which nobody may do.
      [{ revoke: [{ fingerprint: publicKey.fingerprint, from: 1 }] }, 'INVALID_CONFIG'],
      [{ signers: [{ principal, publicKey, roles: [] }] }, 'INVALID_CONFIG'],
      [{ settings: { adminThreshold: 3 } }, 'INVALID_CONFIG'],
      [{ signers: [{ principal, publicKey, roles: ['root', 'recorder'] }] }, 'ROLE_REQUIRED'],
      [{ signers: [{ ...named(thief), roles: ['root'] }] }, 'ROLE_REQUIRED'],
      [
        {
          signers: [
            { ...named(thief), roles: ['root'] },
            { principal, publicKey, roles: [] },
          ],
        },
        'ROLE_REQUIRED',
      ],
      [{ settings: { adminThreshold: 2 } }, 'ROLE_REQUIRED'],
    ];
    for (const [change, code] of tries)
      await writesNothing(stolen, () => refusal(() => stolen.policy.set(change), code));
    // What an admin may do, the thief does: a key of their own.
    await stolen.policy.set({
      signers: [{ ...named(thief), roles: ['admin', 'recorder'] }],
    });
    const rescue = await place.open({ signer: recovery });
    const next = await ephemeralSigner('next@example.org');
    await rescue.policy.set({
      signers: [{ ...named(next), roles: ['admin', 'approver', 'recorder'] }],
      revoke: [
        { fingerprint: owner.publicKey.fingerprint, from: 2 },
        { fingerprint: thief.publicKey.fingerprint, from: 2 },
      ],
    });
    await refusal(() => recordRange(stolen, 'planner', 3, 3), 'ROLE_REQUIRED');
    const again = await place.open({ signer: next });
    await recordRange(again, 'planner', 3, 3);
    const report = await again.audit();
    expect([report.outcome, report.tainted.map(({ seq }) => seq)]).toEqual(['passed', [2]]);
  });

  test('changes no policy alone where the policy takes two admins', async () => {
    const place = await backend.init(undefined, { format: 2 });
    const second = await ephemeralSigner('second@example.org');
    const { principal, publicKey } = second;
    await place.ledger.policy.set({
      signers: [{ principal, publicKey, roles: ['admin'] }],
      settings: { adminThreshold: 2 },
    });
    const stolen = await place.open({ signer: second });
    const change = { settings: { requireApproval: true } };
    const error = await writesNothing(stolen, () => refusal(() => stolen.policy.set(change), 'ROLE_REQUIRED'));
    expect(error.message).toContain('the signatures of 2 principals with the role admin; it has 1');
    const countersignatures = [await place.ledger.policy.countersign({ policy: change })];
    expect((await stolen.policy.set(change, { countersignatures })).requireApproval).toBe(true);
    expect((await stolen.audit()).outcome).toBe('passed');
  });

  test('revokes the other admins, and the roots take back that, and nothing else', async () => {
    const recovery = await ephemeralSigner('recovery@example.org');
    const place = await backend.init(undefined, { format: 2, recoveryKey: named(recovery) });
    const [boss, leaver] = [await ephemeralSigner('boss@example.org'), await ephemeralSigner('leaver@example.org')];
    const [honest, gone] = [boss.publicKey.fingerprint, leaver.publicKey.fingerprint];
    const roles: readonly Role[] = ['admin', 'recorder'];
    // Entries 1 to 6: the leaver is revoked by the boss from 4 on, by the thief from 2 on; the boss by the thief.
    await place.ledger.policy.set({ signers: [boss, leaver].map((who) => ({ ...named(who), roles })) });
    await recordRange(await place.open({ signer: leaver }), 'planner', 1, 2);
    await recordRange(await place.open({ signer: boss }), 'planner', 3, 3);
    await (await place.open({ signer: boss })).policy.set({ revoke: [{ fingerprint: gone, from: 4 }] });
    await place.ledger.policy.set({
      revoke: [
        { fingerprint: honest, from: 1 },
        { fingerprint: gone, from: 2 },
      ],
    });
    const root = await place.open({ signer: recovery });
    const stolen = place.owner.publicKey.fingerprint;
    const [{ seq: theft } = { seq: 0 }] = await collected(root.history({ limit: 1 }));
    const thief = { fingerprint: stolen, from: theft };
    const refused: readonly PolicyChange[] = [
      // The thief is believed still.
      { lift: [honest] },
      { lift: [honest], revoke: [{ fingerprint: stolen, from: theft + 1 }] },
      // What the boss revoked, and what nobody did.
      { lift: [honest, gone], revoke: [thief], signers: [{ ...named(leaver), roles }] },
      { lift: [recovery.publicKey.fingerprint], revoke: [thief] },
    ];
    for (const change of refused)
      await writesNothing(root, () => refusal(() => root.policy.set(change), 'INVALID_CONFIG'));
    const back: PolicyChange = { lift: [honest, gone], signers: [{ ...named(boss), roles }], revoke: [thief] };
    const second = await ephemeralSigner('second@example.org');
    await root.policy.set({ signers: [{ ...named(second), roles: ['admin'] }] });
    const admin = await place.open({ signer: second });
    const error = await writesNothing(admin, () => refusal(() => admin.policy.set(back), 'ROLE_REQUIRED'));
    expect(error.message).toContain(`the lift of a revocation of ${honest} takes the signature of a key with the role`);
    const { signers } = await root.policy.set(back);
    const revocations = new Map(signers.map(({ publicKey, revokedFrom }) => [publicKey.fingerprint, revokedFrom]));
    expect([honest, gone, stolen].map((key) => revocations.get(key))).toEqual([null, 4, theft]);
    await recordRange(await place.open({ signer: boss }), 'planner', 4, 4);
    const report = await (await place.open()).audit();
    expect([report.outcome, report.tainted.map(({ seq }) => seq)]).toEqual(['passed', [theft]]);
  });
});
