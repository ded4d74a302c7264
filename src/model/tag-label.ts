/** Tags of a version: short labels, kept in a note as sorted lines. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { compareBytes, isPrintableLine } from './printable.js';

/** The label that makes a version a rollback target. */
export const STABLE = 'stable';

/** The label of a version that was rolled back, or that failed before it went live. */
export const REVERTED = 'reverted';

const MAX_TAG_BYTES = 128;
const EXPECTED = `one line of 1 to ${MAX_TAG_BYTES} bytes of printable text without space at its ends`;

export function tagIssues(tag: unknown, path = 'tag'): InputIssue[] {
  const ok = typeof tag === 'string' && isPrintableLine(tag, MAX_TAG_BYTES);
  return ok ? [] : [{ path, expected: EXPECTED, actual: quoted(tag) }];
}

/** Returns `tag` if it can be a label, else throws `INVALID_TAG`. */
export function assertTag(tag: unknown): string {
  const issues = tagIssues(tag);
  if (issues.length > 0 || typeof tag !== 'string') {
    throw invalidInput('INVALID_TAG', issues, 'use a short label such as stable, canary or release-2.1');
  }
  return tag;
}

/** The text of a tags note: sorted bytewise, one a line; null for no tags, which is no note. */
export function formatTags(tags: Iterable<string>): string | null {
  const sorted = [...new Set(tags)].sort(compareBytes);
  return sorted.length === 0 ? null : `${sorted.join('\n')}\n`;
}

/** The tags of a note, by hand or by us: blank lines and the order do not matter. */
export function parseTags(note: string | null): ReadonlySet<string> {
  return frozenSet(
    (note ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
}

function refuse(): never {
  throw new TypeError('tags of a checkpoint are read-only: use tag() and untag() of the ledger');
}

/** A set in bytewise order that throws where somebody tries to change it, and is an array as JSON (which has no sets). */
export function frozenSet(items: Iterable<string>): ReadonlySet<string> {
  const set = new Set([...items].sort(compareBytes));
  for (const method of ['add', 'delete', 'clear']) Object.defineProperty(set, method, { value: refuse });
  Object.defineProperty(set, 'toJSON', { value: () => [...set] });
  return Object.freeze(set);
}
