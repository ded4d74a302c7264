/** Records for tests of the index, and the plain list that each answer is held against. */

import fc from 'fast-check';
import type { RecordChange, SortedRecords } from '../../src/model/sorted-records.js';

export type Records = ReadonlyMap<string, string>;

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function sorted(records: Records): [string, string][] {
  return [...records].sort(([a], [b]) => byBytes(a, b));
}

export function changed(records: Records, changes: readonly RecordChange[]): Records {
  const result = new Map(records);
  for (const [key, value] of changes) {
    if (value === null) result.delete(key);
    else result.set(key, value);
  }
  return result;
}

/** What a range of a sorted list is. */
export function part<V>(
  list: readonly (readonly [string, V])[],
  from: string,
  to: string | null,
  reverse: boolean,
): (readonly [string, V])[] {
  const found = list.filter(([key]) => byBytes(key, from) >= 0 && (to === null || byBytes(key, to) < 0));
  return reverse ? found.reverse() : found;
}

export function all(records: SortedRecords): (readonly [string, string])[] {
  return [...records.range('', null)];
}

const plain = (text: string): string => text.replace(/[\t\n]/g, '');

/** Keys that share beginnings, keys of every script, and keys longer than a block. */
export const key: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u0001'), maxLength: 5 }) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }).map(plain) },
  { weight: 2, arbitrary: fc.constantFrom('\ue000', '\uffff', '\u{10000}', '\u{10ffff}', 'a\uffff', 'a\u{10000}') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((n) => 'long'.repeat(n * 1500)) },
);

export const value: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }).map(plain) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9000 }).map((n) => 'v'.repeat(n)) },
);

export const change: fc.Arbitrary<RecordChange> = fc.tuple(key, fc.option<string, null>(value, { freq: 3, nil: null }));
