/** Which policy may follow which, and whose signatures the change takes: every rule by itself. */

import { describe, expect, test } from 'vitest';
import type { EntryText } from '../../src/model/journal-entry.js';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import type { RevocationHistory } from '../../src/model/lifted-revocation.js';
import type { Policy } from '../../src/model/policy.js';
import { adminsObjection, authorityObjection } from '../../src/model/policy-authority.js';
import { policyObjection, policySuccession } from '../../src/model/policy-succession.js';
import type { Role } from '../../src/model/signer-roles.js';
import { policyOf, print, type WrittenSigner } from './written-policy.js';

const ADMIN: WrittenSigner = { roles: ['admin'] };
const ROOT: WrittenSigner = { roles: ['root'] };
const BEFORE = policyOf({ a: ADMIN, b: {} });

const NOTHING: RevocationHistory = () => [];

describe('a policy follows another', () => {
  const objection = (after: Policy, { before = BEFORE, seq = 10, history = NOTHING } = {}) =>
    policySuccession(before, after, seq, history);

  test('with keys added at the end, other roles and other settings', () => {
    const after = policyOf(
      { a: { roles: [] }, b: ADMIN, c: { roles: ['recorder'] } },
      { requireApproval: true, rootThreshold: 0 },
    );
    expect(objection(after)).toBeNull();
  });

  test.each([
    ['without a key', policyOf({ a: ADMIN })],
    ['with a key before another', policyOf({ c: {}, a: ADMIN, b: {} })],
    ['with a key of somebody else', policyOf({ a: { ...ADMIN, of: 'z' }, b: {} })],
  ])('never %s', (_, after) => {
    expect(objection(after)).toBe('its allowed_signers is not the one before with keys added at its end');
  });

  test('never without an admin', () => {
    expect(objection(policyOf({ a: { roles: ['root', 'approver'] }, b: {} }))).toBe(
      'it leaves no key with the role admin',
    );
  });

  test('never with a threshold that nobody could reach: keys of one person are one', () => {
    const two = { a: { ...ADMIN, of: 'ada' }, b: { ...ADMIN, of: 'ada' } };
    expect(objection(policyOf(two, { adminThreshold: 2, rootThreshold: 0 }), { before: policyOf(two) })).toBe(
      'its adminThreshold is 2, and 1 principals have the role admin',
    );
    expect(objection(policyOf({ a: ADMIN, b: ROOT }, { rootThreshold: 2 }))).toBe(
      'its rootThreshold is 2, and 1 principals have the role root',
    );
  });

  const thresholds = { rootThreshold: 0 };
  const revoked = (revokedFrom: number) => policyOf({ a: ADMIN, b: { revokedFrom } }, thresholds);

  test('with a key revoked from any entry up to its own, and no later one', () => {
    expect(objection(revoked(10))).toBeNull();
    expect(objection(revoked(11))).toBe('it revokes a key of b from entry 11 on, which is still to come');
  });

  test('with a revocation moved to an earlier entry, never to a later one, nor away', () => {
    const before = revoked(5);
    expect(objection(revoked(4), { before })).toBeNull();
    expect(objection(revoked(5), { before })).toBeNull();
    expect(objection(revoked(6), { before })).toBe('a key of b was revoked from entry 5 on, and is now from 6 on');
    const away = policyOf({ a: ADMIN, b: {} }, thresholds);
    expect(objection(away, { before })).toBe('a key of b was revoked from entry 5 on, and is not any more');
  });

  test('with a revocation lifted that a key made which is not believed any more, and only as far as others made it', () => {
    // Entry 3 revoked b from 2 on, by a; entry 7 revoked it from 1 on, by the thief t, whose key is revoked from 6 on.
    const history: RevocationHistory = (key) =>
      key === print('b')
        ? [
            { seq: 7, signer: print('t'), from: 1 },
            { seq: 3, signer: print('a'), from: 2 },
          ]
        : [];
    const at = (from: number, thief: WrittenSigner = { revokedFrom: 6 }, format: 1 | 2 = 2) =>
      policyOf({ a: ADMIN, b: { revokedFrom: from }, t: thief }, { ...thresholds, format });
    expect(objection(at(2), { before: at(1), history })).toBeNull();
    expect(objection(at(3), { before: at(1), history })).toMatch(/^a key of b was revoked from entry 1 on/);
    // The thief may be revoked in the same breath; while its key is believed, so is what it said.
    expect(objection(at(2), { before: at(1, {}), history })).toBeNull();
    expect(objection(at(2, {}), { before: at(1, {}), history })).toMatch(/^a key of b was revoked/);
    expect(objection(at(2, { revokedFrom: 6 }, 1), { before: at(1, {}, 1), history })).toMatch(/^a key of b/);
  });
});

describe('a revocation that is lifted', () => {
  const of = (from: number | null) =>
    policyOf({ a: ADMIN, b: from === null ? {} : { revokedFrom: from }, t: { revokedFrom: 6 } }, { rootThreshold: 0 });
  const lift = (to: number | null, ...said: readonly { seq: number; signer: string | null; from: number }[]) =>
    policySuccession(of(1), of(to), 10, () => said);

  test('is lifted for good where thieves alone made it', () => {
    expect(lift(null, { seq: 7, signer: print('t'), from: 1 })).toBeNull();
    // What the thief signed before entry 6 is believed.
    expect(lift(null, { seq: 5, signer: print('t'), from: 1 })).toMatch(/^a key of b was revoked from entry 1 on/);
  });

  test('is lifted where nobody looked who made it: that takes the roots in any case', () => {
    expect(lift(null, { seq: 3, signer: null, from: 1 })).toBeNull();
    expect(lift(4, { seq: 3, signer: null, from: 1 }, { seq: 2, signer: print('a'), from: 4 })).toBeNull();
    expect(lift(null, { seq: 3, signer: null, from: 1 }, { seq: 2, signer: print('a'), from: 4 })).not.toBeNull();
  });
});

describe('a change of policy', () => {
  const base = { a: ADMIN, b: { roles: ['admin'] as Role[] }, r: ROOT, s: ROOT, n: {} };
  const before = policyOf(base, { adminThreshold: 2, rootThreshold: 2 });
  const change = (keys: Record<string, WrittenSigner>, settings = {}) =>
    policyOf({ ...base, ...keys }, { adminThreshold: 2, rootThreshold: 2, ...settings });
  const objection = (after: Policy, ...by: string[]) => authorityObjection(before, after, new Set(by.map(print)));
  const ordinary = change({ n: { roles: ['recorder'] } }, { requireApproval: true });

  test('takes the admins that the policy before asks for, or as many roots as change the roots', () => {
    expect(objection(ordinary, 'a', 'b')).toBeNull();
    expect(objection(ordinary, 'r', 's')).toBeNull();
    const few = 'a change of policy takes the signatures of 2 principals with the role admin; it has';
    expect(objection(ordinary, 'a')).toBe(`${few} 1`);
    // An admin and a root are neither two admins nor two roots.
    expect(objection(ordinary, 'a', 'r')).toBe(`${few} 1`);
    expect(objection(ordinary, 'n', 'x')).toBe(`${few} 0`);
  });

  test('takes one key where the policy asks for one, and two keys of one person are one', () => {
    const one = policyOf({ a: ADMIN, n: {} }, { rootThreshold: 1 });
    expect(authorityObjection(one, one, new Set([print('n')]))).toBe(
      'a change of policy takes the signature of a key with the role admin; it has 0',
    );
    const same = policyOf({ a: { ...ADMIN, of: 'ada' }, b: { ...ADMIN, of: 'ada' } }, { adminThreshold: 2 });
    expect(authorityObjection(same, same, new Set([print('a'), print('b')]))).toMatch(/it has 1$/);
  });

  test.each<readonly [what: string, after: Policy]>([
    ['a change of rootThreshold', change({}, { rootThreshold: 1 })],
    ['a change of adminThreshold', change({}, { adminThreshold: 1 })],
    [`a change of the root key ${print('s')}`, change({ s: { roles: ['root', 'admin'] } })],
    [`a change of the root key ${print('s')}`, change({ s: {} })],
    [`a change of the root key ${print('s')}`, change({ s: { ...ROOT, revokedFrom: 3 } })],
    [`a change of the root key ${print('n')}`, change({ n: ROOT })],
    [`a change of the root key ${print('m')}`, change({ m: ROOT })],
  ])('that is %s takes the roots', (what, after) => {
    const all = ['r', 's', 'n', 'm'];
    expect(objection(after, ...all)).toBeNull();
    expect(objection(after, 'a', 'b', 'n', 'm', 'r')).toBe(
      `${what} takes the signatures of 2 principals with the role root; it has 1`,
    );
  });

  test('that takes back a revocation takes the roots, one that goes further does not', () => {
    const at = (revokedFrom?: number) => change({ n: revokedFrom === undefined ? {} : { revokedFrom } });
    const by = new Set(['a', 'b'].map(print));
    expect(authorityObjection(at(5), at(4), by)).toBeNull();
    expect(authorityObjection(at(), at(4), by)).toBeNull();
    for (const after of [at(6), at()])
      expect(authorityObjection(at(5), after, by)).toMatch(
        /^the lift of a revocation of SHA256:n takes the signatures of 2 principals with the role root/,
      );
  });

  test('that makes a root takes the signature of the new key as well, and of no key that was one', () => {
    const after = change({ n: { ...ROOT, of: 'nina' } });
    expect(objection(after, 'r', 's')).toBe(`the key ${print('n')} of nina becomes a root, and has not signed for it`);
    expect(objection(after, 'r', 's', 'n')).toBeNull();
    const three = policyOf({ ...base, t: ROOT }, { adminThreshold: 2, rootThreshold: 2 });
    expect(authorityObjection(three, three, new Set(['r', 's'].map(print)))).toBeNull();
  });

  test('takes no more than its entry does in format 1', () => {
    for (const after of [ordinary, change({}, { rootThreshold: 1 })])
      expect(authorityObjection({ ...before, format: 1 }, after, new Set())).toBeNull();
  });
});

describe('what admins say beside a policy', () => {
  const policy = policyOf({ a: ADMIN, b: ADMIN, r: ROOT }, { adminThreshold: 2 });
  const clock: LedgerEvent = { type: 'clock', first: 1, last: 2 };
  const redact: LedgerEvent = {
    ...{ type: 'redact', moduleId: 'planner', version: 1, oid: '5'.repeat(40) },
    ...{ sha256: 'a'.repeat(64), reason: 'a key' },
  };
  const tag: LedgerEvent = { type: 'tag', moduleId: 'planner', version: 1, tag: 'eu' };

  test.each([
    [clock, 'a Clock line'],
    [redact, 'a Redact line'],
  ])('takes their threshold: %o', (event, what) => {
    const by = (...keys: string[]) => adminsObjection(policy, new Set(keys.map(print)), [tag, event]);
    expect(by('a')).toBe(`${what} takes the signatures of 2 principals with the role admin; it has 1`);
    expect(by('a', 'b')).toBeNull();
    expect(by('r')).toBeNull();
    expect(adminsObjection({ ...policy, format: 1 }, new Set(), [event])).toBeNull();
  });

  test('is nothing else', () => {
    expect(adminsObjection(policy, new Set(), [tag])).toBeNull();
    expect(adminsObjection(policy, new Set(), [])).toBeNull();
  });
});

describe('an entry states a policy', () => {
  const text: EntryText = {
    ...{ format: 2, seq: 4, previousSha256: null, actor: 'a', timestamp: 0 },
    ...{ events: [], updates: [] },
  };
  const keys = { a: ADMIN, b: ADMIN, c: {} };
  const upgraded = (roots: readonly string[], settings = {}) =>
    policyOf(
      Object.fromEntries(
        Object.entries(keys).map(([key, signer]) => [
          key,
          roots.includes(key)
            ? { ...signer, roles: [...((signer as WrittenSigner).roles ?? []), 'root' as const] }
            : signer,
        ]),
      ),
      settings,
    );
  const old = policyOf(keys, { format: 1 });
  const entry = { text, signer: print('b'), signedBy: new Set<string>(), firstPolicy: () => old, revocations: NOTHING };

  test('of its own format', () => {
    expect(policyObjection(old, old, { ...entry, text: { ...text, format: 2 } })).toBe(
      'its policy cannot follow the one before: its policy is of format 1, the entry of format 2',
    );
  });

  test('by the rules of succession, then by whose signatures it has', () => {
    const roots = upgraded(['a']);
    expect(policyObjection(roots, policyOf({ a: ADMIN }), entry)).toMatch(
      /^its policy cannot follow the one before: its allowed_signers/,
    );
    expect(policyObjection(roots, roots, entry)).toMatch(/^a change of policy takes/);
    expect(policyObjection(roots, roots, { ...entry, signedBy: new Set([print('b')]) })).toBeNull();
  });

  test('with an upgrade that makes roots of the founders who are admins still, and of nobody else', () => {
    expect(policyObjection(old, upgraded(['a', 'b']), entry)).toBeNull();
    const wrong = `an upgrade makes roots of ${print('a')}, ${print('b')}`;
    expect(policyObjection(old, upgraded(['a']), entry)).toBe(`its roots are ${print('a')}; ${wrong}`);
    expect(policyObjection(old, upgraded(['a', 'c']), entry)).toBe(
      `its roots are ${print('a')}, ${print('c')}; ${wrong}`,
    );
    const none = upgraded([], { rootThreshold: 0 });
    expect(policyObjection(old, none, entry)).toBe(`its roots are none; ${wrong}`);
    const first = policyOf({ a: { roles: ['recorder'] }, b: ADMIN }, { format: 1 });
    expect(policyObjection(old, upgraded(['b']), { ...entry, firstPolicy: () => first })).toBeNull();
  });

  test('with an upgrade by whoever signs it, where no founder is an admin any more; by those now, where the first policy is not known', () => {
    const first = policyOf({ z: ADMIN, a: {} }, { format: 1 });
    expect(policyObjection(old, upgraded(['b']), { ...entry, firstPolicy: () => first })).toBeNull();
    expect(policyObjection(old, upgraded(['a']), { ...entry, firstPolicy: () => first })).toMatch(/^its roots are/);
    expect(policyObjection(old, upgraded(['a', 'b']), { ...entry, firstPolicy: () => null })).toBeNull();
  });

  test('with an upgrade that sets no threshold', () => {
    const roots = ['a', 'b'];
    for (const settings of [{ rootThreshold: 2 }, { adminThreshold: 2 }])
      expect(policyObjection(old, upgraded(roots, settings), entry)).toBe(
        'it sets a threshold in the entry that upgrades',
      );
  });
});
