/** Somebody who may record and approve signs for their own version, with either of their keys. */

import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { Ledger } from '../../src/index.js';
import { onEachBackend, type Place } from '../suite/backends.js';
import { refusal, writesNothing } from '../suite/expectations.js';
import { enrol } from '../suite/people.js';

/** planner 2, BREAKING towards 1, staged by `author`. */
async function breaking(place: Place, author: Ledger): Promise<void> {
  await place.ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'one' });
  await author.stage({ moduleId: 'planner', checksum: 'two' });
  await author.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
}

onEachBackend('an approval by the principal who staged the version', (backend) => {
  test('is refused where two can approve, in a new ledger of format 2; another approver’s stands', async () => {
    const place = await backend.init({ requireApproval: true }, { format: 2 });
    const author = await enrol(place, 'author@example.org', ['recorder', 'approver']);
    await breaking(place, author.ledger);
    const own = () => author.ledger.approve('planner', 1, 2);
    const error = await writesNothing(place.ledger, () => refusal(own, 'ROLE_REQUIRED'));
    expect(error.message).toBe('author@example.org staged planner v2: the policy has somebody else approve it');
    // A second key is no second person.
    const second = await ephemeralSigner('author@example.org');
    const { principal, publicKey } = second;
    await place.ledger.policy.set({ signers: [{ principal, publicKey, roles: ['approver'] }] });
    const again = await place.open({ signer: second });
    await refusal(() => again.approve('planner', 1, 2), 'ROLE_REQUIRED');
    await refusal(() => author.ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    await place.ledger.approve('planner', 1, 2);
    await author.ledger.activate('planner', 2);
    expect((await place.ledger.audit()).outcome).toBe('passed');
  });

  test('counts where nobody else can approve, and no more once somebody can', async () => {
    const place = await backend.init({ requireApproval: true, approveCapabilities: [] }, { format: 2 });
    await breaking(place, place.ledger);
    await place.ledger.approve('planner', 1, 2);
    expect(await place.ledger.gate('planner', 1, 2)).toMatchObject({ allow: true });
    await enrol(place, 'boss@example.org', ['approver']);
    expect(await place.ledger.gate('planner', 1, 2)).toMatchObject({ allow: false });
    expect((await place.ledger.pendingApprovals()).map(({ toVer }) => toVer)).toEqual([2]);
    const reports = await place.ledger.reports.list('planner', 1, 2);
    expect(reports.map(({ selfApproval }) => selfApproval)).toEqual([undefined, true]);
    await place.ledger.policy.set({ settings: { forbidSelfApproval: false } });
    expect(await place.ledger.gate('planner', 1, 2)).toMatchObject({ allow: true });
    await place.ledger.activate('planner', 2);
    expect((await place.ledger.audit()).outcome).toBe('passed');
  });

  test('counts in a ledger of format 1, as before', async () => {
    const place = await backend.init({ requireApproval: true });
    const author = await enrol(place, 'author@example.org', ['recorder', 'approver']);
    await breaking(place, author.ledger);
    await author.ledger.approve('planner', 1, 2);
    await author.ledger.activate('planner', 2);
    expect((await place.ledger.audit()).outcome).toBe('passed');
  });
});
