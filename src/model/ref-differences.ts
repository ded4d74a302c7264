/** Refs as they are beside refs as the journal has them: the one comparison, whoever asks and whatever is made of it. */

import type { EntryText } from './journal-entry.js';
import { CHECKPOINT_REF, JOURNAL_REF, parseRef } from './ref-names.js';

/**
 * `unfinished`: the last entry moves it, and it is where it was before. `foreign`: no entry gave it that value. `outside`: it is
 * no ref of a ledger.
 */
type DifferenceKind = 'unfinished' | 'foreign' | 'outside';

/** A ref that is not where the journal has it. Null is "no such ref", and '' an actual value that is no object id. */
export interface RefDifference {
  readonly ref: string;
  readonly journaled: string | null;
  readonly actual: string | null;
  readonly kind: DifferenceKind;
}

/** Every ref but the journal's and the checkpoint's that is not at its journaled value, in bytewise order. `last` is the journal's last entry. */
export function refDifferences(
  journaled: Iterable<readonly [ref: string, oid: string]>,
  actual: ReadonlyMap<string, string>,
  last: Pick<EntryText, 'updates'> | null,
): RefDifference[] {
  const before = new Map(last?.updates.map(({ ref, from }) => [ref, from]));
  const found: RefDifference[] = [];
  const add = (ref: string, expected: string | null, value: string | null) => {
    if (ref === JOURNAL_REF || ref === CHECKPOINT_REF || expected === value) return;
    const unfinished = before.get(ref) === value;
    const kind = unfinished ? 'unfinished' : parseRef(ref) === null ? 'outside' : 'foreign';
    found.push({ ref, journaled: expected, actual: value, kind });
  };
  const seen = new Set<string>();
  for (const [ref, oid] of journaled) {
    seen.add(ref);
    add(ref, oid, actual.get(ref) ?? null);
  }
  for (const [ref, oid] of actual) if (!seen.has(ref)) add(ref, null, oid);
  return found.sort((a, b) => (a.ref < b.ref ? -1 : 1));
}
