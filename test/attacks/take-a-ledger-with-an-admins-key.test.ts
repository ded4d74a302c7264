/** An admin's key is stolen, and the thief is fast: the recovery key first. */

import { expect, test } from 'vitest';
import { ephemeralSigner, type PolicyChange, type Signer } from '../../src/index.js';
import { onEachBackend } from '../suite/backends.js';
import { recordRange, refusal, writesNothing } from '../suite/expectations.js';

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
      await writesNothing(stolen, () => refusal(() => stolen.setPolicy(change), code));
    // What an admin may do, the thief does: a key of their own.
    await stolen.setPolicy({
      signers: [{ ...named(thief), roles: ['admin', 'recorder'] }],
    });
    const rescue = await place.open({ signer: recovery });
    const next = await ephemeralSigner('next@example.org');
    await rescue.setPolicy({
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
    await place.ledger.setPolicy({
      signers: [{ principal, publicKey, roles: ['admin'] }],
      settings: { adminThreshold: 2 },
    });
    const stolen = await place.open({ signer: second });
    const change = { settings: { requireApproval: true } };
    const error = await writesNothing(stolen, () => refusal(() => stolen.setPolicy(change), 'ROLE_REQUIRED'));
    expect(error.message).toContain('the signatures of 2 principals with the role admin; it has 1');
    const countersignatures = [await place.ledger.countersign({ policy: change })];
    expect((await stolen.setPolicy(change, { countersignatures })).requireApproval).toBe(true);
    expect((await stolen.audit()).outcome).toBe('passed');
  });
});
