/** Revocations that are taken back: which one is believed, and what a lift leaves. */

import { describe, expect, test } from 'vitest';
import type { LedgerError } from '../../src/errors.js';
import { believedRevocation, isLater, type StatedRevocation, withLifted } from '../../src/model/lifted-revocation.js';
import { policyOf, print } from './written-policy.js';

/** A thief's key `t`, revoked from entry 20 on, revoked the key `v` in entry 30. */
const POLICY = policyOf({ a: { roles: ['admin'] }, t: { revokedFrom: 20 }, v: { revokedFrom: 5 } });

const by = (key: string | null, seq: number, from: number | null): StatedRevocation => ({
  seq,
  signer: key === null ? null : print(key),
  from,
});

describe('the revocation that is believed', () => {
  const believed = (...history: StatedRevocation[]) => believedRevocation(POLICY, print('v'), () => history, 5);

  test.each([
    ['is the last one that a key stated which is believed', [by('a', 30, 5)], 5],
    ['is not one that a key stated after it was revoked', [by('t', 30, 5)], null],
    ['is one that the key stated before that', [by('t', 19, 5)], 5],
    ['is the one before those that nobody believes', [by('t', 30, 5), by('a', 12, 8), by('a', 9, 9)], 8],
    ['may be a lift', [by('t', 30, 5), by('a', 12, null), by('a', 9, 9)], null],
    ['is none that was taken on the word of a pin', [by(null, 30, 5)], null],
    ['is the one that stands where no entry is known that stated it', [], 5],
  ])('%s', (_, history, from) => {
    expect(believed(...history)).toBe(from);
  });

  test('is asked for by the fingerprint of the key', () => {
    const asked: string[] = [];
    const history = (fingerprint: string): StatedRevocation[] => {
      asked.push(fingerprint);
      return [];
    };
    believedRevocation(POLICY, print('v'), history, null);
    expect(asked).toEqual([print('v')]);
  });
});

test.each([
  [8, 5, true],
  [5, 5, false],
  [5, 8, false],
  [null, 5, true],
  [5, null, false],
  [null, null, false],
])('a revocation from %s on believes a key in more entries than one from %s: %s', (from, other, later) => {
  expect(isLater(from, other)).toBe(later);
});

describe('a lift', () => {
  const lifted = (key: unknown, ...history: StatedRevocation[]) =>
    withLifted(POLICY.signers, key, POLICY.signers, () => history);

  test('leads to the revocation that is believed, and changes no other key', () => {
    const [a, t, v] = lifted(print('v'), by('t', 30, 5), by('a', 12, 8));
    expect([a, t]).toEqual(POLICY.signers.slice(0, 2));
    expect(v).toEqual({ ...POLICY.signers[2], revokedFrom: 8 });
    expect(Object.isFrozen(v)).toBe(true);
  });

  test('ends a revocation that nobody believes', () => {
    expect(lifted(print('v'), by('t', 30, 5)).map(({ revokedFrom }) => revokedFrom)).toEqual([null, 20, null]);
  });

  test('believes the keys less that the same change revokes', () => {
    const doubting = policyOf({
      a: { roles: ['admin'], revokedFrom: 25 },
      t: { revokedFrom: 20 },
      v: { revokedFrom: 5 },
    });
    const history = () => [by('a', 30, 5)];
    const [, , v] = withLifted(POLICY.signers, print('v'), doubting.signers, history);
    expect(v?.revokedFrom).toBeNull();
  });

  const refusalOf = (key: unknown, ...history: StatedRevocation[]): LedgerError<'INVALID_CONFIG'> => {
    try {
      lifted(key, ...history);
    } catch (error) {
      return error as LedgerError<'INVALID_CONFIG'>;
    }
    throw new Error('it was lifted');
  };

  test.each([
    ['of a key that the ledger does not know', print('z'), '"SHA256:z"'],
    ['of what is no fingerprint', 7, '7'],
    ['of a key that is not revoked', print('a'), 'SHA256:a, which is not revoked'],
  ])('is refused %s', (_, key, actual) => {
    const { code, data, hint } = refusalOf(key);
    expect([code, data.issues, hint]).toEqual([
      'INVALID_CONFIG',
      [{ path: 'lift', expected: 'the fingerprint of a revoked key', actual }],
      'git-lineage signers list shows the keys',
    ]);
  });

  test.each([
    ['which is believed', [by('a', 30, 5)], 'one from entry 5 on, stated in entry 30 by SHA256:a'],
    ['of which no entry is known', [], 'one from entry 5 on'],
    [
      'where the one that is believed is as early',
      [by('t', 30, 5), by('a', 12, 5)],
      'one from entry 5 on, stated in entry 30 by SHA256:t',
    ],
    [
      'where the one that is believed is earlier',
      [by('t', 30, 5), by('a', 12, 3)],
      'one from entry 5 on, stated in entry 30 by SHA256:t',
    ],
  ])('is refused of a revocation %s', (_, history, actual) => {
    const { data, hint } = refusalOf(print('v'), ...history);
    expect(data.issues).toEqual([
      { path: 'lift', expected: 'a revocation that a key signed which is not believed any more', actual },
    ]);
    expect(hint).toBe(
      'revoke the key that signed it first, from that entry or an earlier one: git-lineage signers revoke SIGNER --from SEQ',
    );
  });
});
