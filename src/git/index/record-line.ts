/** Records as lines; what a line cannot hold is refused before anything is written. */

import { invalidInput, quoted } from '../../errors.js';
import { isSha256Hex } from '../../model/content-digest.js';
import { ANY_OID_PATTERN } from '../../model/object-id.js';
import type { RecordChange } from '../../model/sorted-records.js';
import type { IndexPosition } from '../../ports/index-file.js';

const OID = new RegExp(`^${ANY_OID_PATTERN}$`);

const HINT = 'this is a mistake in the program that keeps the index';

function checkText(path: string, text: string): void {
  if (!text.includes('\n') && !text.includes('\t') && text.isWellFormed()) return;
  const expected = 'text without tab, line feed and lone surrogate';
  throw invalidInput('INVALID_ARGUMENT', [{ path, expected, actual: quoted(text) }], HINT);
}

/** `key TAB value LF`, or `key LF` for a record that is removed. */
export function recordLine([key, value]: RecordChange): string {
  checkText('key', key);
  if (value === null) return `${key}\n`;
  checkText('value', value);
  return `${key}\t${value}\n`;
}

/** The error of keys that do not come in ascending order. */
export function outOfOrder(key: string): Error {
  const expected = 'a key after the one before it';
  return invalidInput('INVALID_ARGUMENT', [{ path: 'records', expected, actual: quoted(key) }], HINT);
}

export function checkPosition({ root, seq, tip, tipSha256 }: IndexPosition): void {
  const issues = [];
  if (!OID.test(root)) issues.push({ path: 'position.root', expected: 'an oid', actual: quoted(root) });
  if (!OID.test(tip)) issues.push({ path: 'position.tip', expected: 'an oid', actual: quoted(tip) });
  if (!isSha256Hex(tipSha256)) {
    issues.push({ path: 'position.tipSha256', expected: '64 hex digits', actual: quoted(tipSha256) });
  }
  if (!Number.isSafeInteger(seq) || seq < 0) {
    issues.push({ path: 'position.seq', expected: 'a whole number', actual: quoted(seq) });
  }
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, HINT);
}
