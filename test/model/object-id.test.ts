/** git's object ids: which texts are one, which of them names nothing, and what is said of others. */

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parsePin } from '../../src/audit/pin-text.js';
import { isLedgerError } from '../../src/errors.js';
import {
  ANY_OID_PATTERN,
  EXPECTED_OID,
  formatOidOrNone,
  isOid,
  oidIssues,
  parseOidOrNone,
  SHA1,
} from '../../src/model/object-id.js';

describe('an object id', () => {
  test('is what git makes of an empty tree, and no other text', () => {
    const empty = execFileSync('git', ['hash-object', '-t', 'tree', '/dev/null'], { encoding: 'utf8' }).trim();
    expect(empty).toHaveLength(SHA1.digits);
    expect(isOid(empty)).toBe(true);
    for (const other of [
      `${empty} `,
      `${empty}\n`,
      empty.toUpperCase(),
      empty.slice(1),
      `${empty}0`,
      '',
      null,
      40,
      [empty],
    ])
      expect(isOid(other)).toBe(false);
  });

  test('stands for none where all its digits are 0, both ways', () => {
    const oid = 'a'.repeat(SHA1.digits);
    expect([formatOidOrNone(null), formatOidOrNone(oid)]).toEqual([SHA1.zero, oid]);
    expect([parseOidOrNone(SHA1.zero), parseOidOrNone(oid)]).toEqual([null, oid]);
    for (const other of [undefined, '', '0', oid.slice(1)]) expect(parseOidOrNone(other)).toBeUndefined();
  });

  test('that is none is refused with what was expected and what came', () => {
    expect(oidIssues(SHA1.zero, 'pin.oid', 'an entry')).toEqual([]);
    expect(oidIssues('abc', 'pin.oid', 'an entry')).toEqual([
      { path: 'pin.oid', expected: 'the id of an entry, 40 hex digits', actual: '"abc"' },
    ]);
    const pin = JSON.stringify({ root: 'abc', trust: 'SHA256:x', seq: -1, oid: 7 });
    const caught = (() => {
      try {
        return parsePin(pin);
      } catch (error) {
        return error;
      }
    })();
    if (!isLedgerError(caught, 'INVALID_ARGUMENT')) throw caught;
    expect(caught.data.issues.map(({ path }) => path)).toEqual(['pin.root', 'pin.trust', 'pin.seq', 'pin.oid']);
  });

  test('of either format that git has is one where something is kept beside a ledger', () => {
    const any = new RegExp(`^${ANY_OID_PATTERN}$`);
    for (const [digits, isOne] of [
      [40, true],
      [64, true],
      [41, false],
      [39, false],
      [65, false],
    ] as const)
      expect(any.test('a'.repeat(digits))).toBe(isOne);
    expect(any.test('g'.repeat(40))).toBe(false);
    expect([SHA1.name, SHA1.bytes, SHA1.digits, EXPECTED_OID]).toEqual(['sha1', 20, 40, '40 hex digits']);
  });
});
