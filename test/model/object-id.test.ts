/** git's object ids: which texts are one, which of them names nothing, and what is said of others. */

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parsePin } from '../../src/audit/pin-text.js';
import { isLedgerError } from '../../src/errors.js';
import {
  ANY_OID_PATTERN,
  expectedOid,
  formatNamed,
  formatOf,
  formatOidOrNone,
  isAnyOid,
  isOid,
  oidIssues,
  parseOidOrNone,
  SHA1,
  SHA256,
} from '../../src/model/object-id.js';
import { folder } from '../remote/ledger-remote.js';

const FORMATS = [
  [SHA1, SHA256],
  [SHA256, SHA1],
] as const;

/** The id of the empty tree, as git names it in a repository of that format. */
function emptyTree(format: string): string {
  const cwd = folder();
  const run = (...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
  run('init', '-q', '--bare', `--object-format=${format}`);
  return run('hash-object', '-t', 'tree', '/dev/null');
}

describe.each(FORMATS)('an object id of $name', (format, other) => {
  test('is what git makes of an empty tree, and no other text', () => {
    const empty = emptyTree(format.name);
    expect(empty).toHaveLength(format.digits);
    expect(format.bytes * 2).toBe(format.digits);
    expect(isOid(empty, format)).toBe(true);
    expect(formatOf(empty)).toBe(format);
    const texts = [`${empty} `, `${empty}\n`, empty.toUpperCase(), empty.slice(1), `${empty}0`, '', null, 40, [empty]];
    for (const text of [...texts, 'a'.repeat(other.digits)]) expect(isOid(text, format)).toBe(false);
    for (const text of texts) expect(isAnyOid(text)).toBe(false);
    expect(isAnyOid(empty)).toBe(true);
  });

  test('stands for none where all its digits are 0, both ways', () => {
    const oid = 'a'.repeat(format.digits);
    expect([formatOidOrNone(null, format), formatOidOrNone(oid, format)]).toEqual([format.zero, oid]);
    expect([parseOidOrNone(format.zero, format), parseOidOrNone(oid, format)]).toEqual([null, oid]);
    for (const text of [undefined, '', '0', oid.slice(1), other.zero])
      expect(parseOidOrNone(text, format)).toBeUndefined();
  });
});

describe('an object id', () => {
  test('that is none is refused with what was expected and what came', () => {
    for (const { zero } of [SHA1, SHA256]) expect(oidIssues(zero, 'pin.oid', 'an entry')).toEqual([]);
    expect(oidIssues('abc', 'pin.oid', 'an entry')).toEqual([
      { path: 'pin.oid', expected: 'the id of an entry, 40 hex digits, or 64 in a SHA-256 ledger', actual: '"abc"' },
    ]);
    expect(expectedOid(SHA1)).toBe('40 hex digits');
    const pin = JSON.stringify({ root: 'abc', trust: 'SHA256:x', seq: -1, oid: 7 });
    expect(pinIssues(pin)).toEqual(['pin.root', 'pin.trust', 'pin.seq', 'pin.oid']);
  });

  test('of a pin is of the format of the other one', () => {
    const pin = { root: 'a'.repeat(40), trust: `SHA256:${'A'.repeat(43)}`, seq: 1 };
    expect(parsePin(JSON.stringify({ ...pin, oid: 'b'.repeat(40) }))).toMatchObject({ seq: 1 });
    expect(pinIssues(JSON.stringify({ ...pin, oid: 'b'.repeat(64) }))).toEqual(['pin.oid']);
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
  });
});

test('a format has the name that git gives it', () => {
  expect(['sha1', 'sha256', 'SHA256', ''].map(formatNamed)).toEqual([SHA1, SHA256, undefined, undefined]);
});

function pinIssues(text: string): string[] {
  try {
    parsePin(text);
    return [];
  } catch (caught) {
    if (!isLedgerError(caught, 'INVALID_ARGUMENT')) throw caught;
    return caught.data.issues.map(({ path }) => path);
  }
}
