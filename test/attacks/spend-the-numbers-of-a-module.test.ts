/** A recorder takes the last number that a module can have: then it could never have another version. */

import { expect, test } from 'vitest';
import { onEachBackend } from '../suite/backends.js';
import { collected, recordRange, refusal, writesNothing } from '../suite/expectations.js';
import { enrol } from '../suite/people.js';
import { expectFoundAndRefused } from './forged-push.js';

const LAST = Number.MAX_SAFE_INTEGER;

onEachBackend('a number far above the highest of its module', (backend) => {
  test('is refused in a ledger of format 2: by how far, the policy says', async () => {
    const place = await backend.init({ maxVersionJump: 10 }, { format: 2 });
    const { ledger } = place;
    const stage = (version: number) => ledger.stage({ moduleId: 'planner', version, checksum: `c${version}` });
    for (const version of [11, LAST]) {
      const error = await writesNothing(ledger, () => refusal(() => stage(version), 'INVALID_VERSION'));
      expect(error.message).toBe(`version: expected at most 10, got ${version}`);
      expect(error.hint).toContain('maxVersionJump');
    }
    expect((await stage(10)).version).toBe(10);
    expect((await stage(20)).version).toBe(20);
    await refusal(() => stage(31), 'INVALID_VERSION');
    await ledger.policy.set({ settings: { maxVersionJump: 1000 } });
    expect((await stage(1020)).version).toBe(1020);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  test('is taken in one of format 1, as before, and after an upgrade no more', async () => {
    const place = await backend.init();
    await place.ledger.stage({ moduleId: 'planner', version: 5000, checksum: 'c' });
    await place.ledger.policy.upgrade();
    await refusal(() => place.ledger.stage({ moduleId: 'planner', version: 9000, checksum: 'd' }), 'INVALID_VERSION');
    await recordRange(place.ledger, 'other', 1, 2);
    expect((await place.ledger.audit()).outcome).toBe('passed');
  });

  test('says what is left to do, and names no number beyond the last one', async () => {
    const { ledger } = await backend.init();
    await ledger.stage({ moduleId: 'planner', version: LAST, checksum: 'last' });
    const none = await writesNothing(ledger, () =>
      refusal(() => ledger.stage({ moduleId: 'planner', checksum: 'next' }), 'INVALID_VERSION'),
    );
    expect(none.message).toBe(`version: expected a number that is left, got none after ${LAST}`);
    const low = await refusal(
      () => ledger.stage({ moduleId: 'planner', version: 5, checksum: 'low' }),
      'VERSION_EXISTS',
    );
    expect(low.message).toBe(
      `planner v5 is not a number that is free: expected a number greater than ${LAST}, the highest used, got 5`,
    );
    for (const { hint } of [none, low]) expect(hint).toMatch(/^no number is left after it: .* revokes the key/);
  });

  test('counts no more once its key is revoked: numbers go on below it, at any door', async () => {
    const place = await backend.init();
    await recordRange(place.ledger, 'planner', 1, 2);
    const thief = await enrol(place, 'thief@example.org', ['recorder']);
    await thief.ledger.stage({ moduleId: 'planner', version: LAST, checksum: 'last' });
    await place.ledger.policy.upgrade();
    await thief.ledger.stage({ moduleId: 'other', version: 900, checksum: 'o' });
    const stage = (version?: number, parentVer: number | null = 2) =>
      place.ledger.stage({ moduleId: 'planner', checksum: `c${version}`, parentVer, ...(version && { version }) });
    await refusal(() => stage(), 'INVALID_VERSION');
    await refusal(() => stage(3), 'VERSION_EXISTS');
    const { fingerprint } = thief.signer.publicKey;
    const [{ seq: stolen } = { seq: 0 }] = (await collected(place.ledger.history())).filter(({ events }) =>
      events.some((event) => event.type === 'stage' && event.version === LAST),
    );
    await place.ledger.policy.set({ revoke: [{ fingerprint, from: stolen }] });
    for (const version of [2, LAST]) await refusal(() => stage(version, 1), 'VERSION_EXISTS');
    const far = await refusal(() => stage(1003), 'INVALID_VERSION');
    expect(far.message).toBe('version: expected at most 1002, got 1003');
    expect((await stage()).version).toBe(3);
    expect((await stage(1002)).version).toBe(1002);
    await refusal(() => stage(4), 'VERSION_EXISTS');
    // Of the other nothing is believed: it begins at 1, and passes the number that is spent.
    for (const version of [899, 901])
      expect((await place.ledger.stage({ moduleId: 'other', checksum: 'o', version })).version).toBe(version);
    await refusal(() => place.ledger.stage({ moduleId: 'other', checksum: 'p', version: 900 }), 'VERSION_EXISTS');
    expect((await place.ledger.stage({ moduleId: 'other', checksum: 'q' })).version).toBe(902);
    await place.ledger.activate('planner', 3);
    expect(await place.ledger.latestCheckpoint('planner')).toMatchObject({ version: 3 });
    const again = await place.open();
    expect((await again.audit()).outcome).toBe('passed');
    expect((await again.journal.doctor()).findings).toEqual([]);
  });
});

test('a forged entry with such a number is found by everybody, and refused where it is pushed to', async () => {
  for (const version of [1003, LAST])
    await expectFoundAndRefused((entry) => entry.stage('planner', version, 2), /its number is more than 1000 above 2/);
});
