/** Entries made elsewhere, and what they come to here: each ref moved once, to where the last of them puts it. */

import { LedgerError } from '../errors.js';
import { type CommitSource, entriesAfter, pointOf } from '../model/entry-chain.js';
import type { EntryText, RefUpdate } from '../model/journal-entry.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Commit, Oid, RefName } from '../ports/objects.js';
import type { Adopted, RefMove } from '../ports/publisher.js';

/**
 * The file of an adoption under way: the journal's last entry before it. It lasts before the journal moves, so that
 * whoever completes the adoption knows every entry of it, not the last one alone.
 */
export const ADOPTING = 'adopting';

/** The entries after `from` up to `tip`, oldest first; null where `from` is not in the history of `tip`. */
export function entriesBetween(source: CommitSource<Commit>, from: Oid, tip: Oid): EntryText[] | null {
  return entriesAfter(source, pointOf(source, from), tip)?.map(({ text }) => text) ?? null;
}

/** Where the entries lead, ref by ref. */
function netMoves(entries: readonly EntryText[]): Map<RefName, RefUpdate> {
  const net = new Map<RefName, RefUpdate>();
  for (const { ref, from, to } of entries.flatMap((entry) => entry.updates)) {
    const before = net.get(ref);
    if (ref !== JOURNAL_REF) net.set(ref, { ref, from: before === undefined ? from : before.from, to });
  }
  return net;
}

/**
 * The ref moves that bring this repository from before the entries to after them. What somebody changed here meanwhile
 * gives way: the journal is the truth about its refs, in every copy.
 */
export function adoptedMoves(
  store: { readRefText(ref: RefName): string | null },
  entries: readonly EntryText[],
): { moves: RefMove[]; replaced: Adopted['replaced'] } {
  const moves: RefMove[] = [];
  const replaced: { ref: RefName; found: string | null }[] = [];
  const passed = new Map<RefName, Set<string | null>>();
  for (const { ref, from, to } of entries.flatMap((entry) => entry.updates)) {
    const values = passed.get(ref) ?? new Set();
    passed.set(ref, values.add(from).add(to));
  }
  for (const { ref, from, to } of netMoves(entries).values()) {
    const found = store.readRefText(ref);
    if (found === to) continue;
    moves.push({ ref, from, to, ...(found === from ? {} : { replaces: found }) });
    if (passed.get(ref)?.has(found) !== true) replaced.push({ ref, found });
  }
  return { moves, replaced };
}

export function notContinued(from: Oid, tip: Oid): LedgerError<'REF_CHANGED'> {
  return new LedgerError(
    'REF_CHANGED',
    `${JOURNAL_REF}: ${tip} does not continue ${from}`,
    { ref: JOURNAL_REF, expected: from, actual: tip },
    { hint: 'the journal moved meanwhile: try again' },
  );
}
