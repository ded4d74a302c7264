/**
 * The chain of journal entries: the one place that walks the journal's parents. Newest first, between two entries, where two
 * journals part, by number. What it yields can be read as entries and has its place in the order of their numbers; whether it
 * can be trusted, `replay.ts` and the signatures say.
 */

import { isLedgerError, LedgerError } from '../errors.js';
import { type EntryText, parseEntry, unreadableEntry } from './journal-entry.js';
import { formatOf } from './object-id.js';

/** What the chain needs to know of a commit. */
interface ChainCommit {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** Where commits are read. @throws `CORRUPT_OBJECT` */
export interface CommitSource<C extends ChainCommit> {
  readCommit(oid: string): C;
}

/** A journal entry as it was read. */
export interface ChainEntry<C extends ChainCommit = ChainCommit> {
  readonly oid: string;
  readonly commit: C;
  readonly text: EntryText;
  /** Null for the journal's first entry. */
  readonly parent: string | null;
}

/** The error for an entry that cannot be trusted. */
export function badEntry(oid: string, reason: string): LedgerError<'BAD_SIGNATURE'> {
  const what = `journal entry ${oid}`;
  return new LedgerError(
    'BAD_SIGNATURE',
    `${what} cannot be trusted: ${reason}`,
    { what, reason },
    { hint: 'somebody wrote to refs/heads/ledger without git-lineage: compare it with a clone of the ledger' },
  );
}

/** A commit read as an entry. @throws `BAD_SIGNATURE` where it is none */
function asEntry<C extends ChainCommit>(commit: C): ChainEntry<C> {
  const text = parseEntry(commit.message, formatOf(commit.oid));
  if (text === null) throw badEntry(commit.oid, unreadableEntry(commit.message));
  return { oid: commit.oid, commit, text, parent: commit.parents[0] ?? null };
}

/** One entry. @throws `BAD_SIGNATURE` where it is none, `CORRUPT_OBJECT` */
export function readEntry<C extends ChainCommit>(source: CommitSource<C>, oid: string): ChainEntry<C> {
  return asEntry(source.readCommit(oid));
}

/** The entries from `tip` down to the first one. @throws `BAD_SIGNATURE` where one is none or is out of order */
export function* newestFirst<C extends ChainCommit>(source: CommitSource<C>, tip: string): Generator<ChainEntry<C>> {
  let expected: number | null = null;
  for (let oid: string | null = tip; oid !== null; ) {
    const entry: ChainEntry<C> = readEntry(source, oid);
    const { seq } = entry.text;
    if (expected !== null && seq !== expected) throw badEntry(oid, `its Seq is ${seq}, not ${expected}`);
    yield entry;
    expected = seq - 1;
    oid = entry.parent;
  }
}

/** A point of a journal. */
interface ChainPoint {
  readonly oid: string;
  readonly seq: number;
}

/** The entries after `from` up to `tip`, oldest first; null where `from` is not in the history of `tip`. */
export function entriesAfter<C extends ChainCommit>(
  source: CommitSource<C>,
  from: ChainPoint,
  tip: string,
): ChainEntry<C>[] | null {
  const entries: ChainEntry<C>[] = [];
  for (const entry of newestFirst(source, tip)) {
    if (entry.oid === from.oid) return entries.reverse();
    if (entry.text.seq <= from.seq) return null;
    entries.push(entry);
  }
  return null;
}

/** The same, where commits are read from what is not in the ledger yet: of a push, while git holds it back. */
export async function entriesAfterLater<C extends ChainCommit>(
  source: { readCommit(oid: string): Promise<C> },
  from: ChainPoint,
  tip: string,
): Promise<ChainEntry<C>[] | null> {
  const entries: ChainEntry<C>[] = [];
  for (let oid: string | null = tip; oid !== from.oid; ) {
    if (oid === null) return null;
    const entry: ChainEntry<C> = asEntry(await source.readCommit(oid));
    if (entry.text.seq <= from.seq) return null;
    entries.push(entry);
    oid = entry.parent;
  }
  return entries.reverse();
}

/**
 * The commits from `tip` down, oldest first, whatever they are: for who looks into a journal that does not verify. What cannot be
 * read ends them, and so does a commit that comes back.
 */
export function commitsDownFrom(
  source: { readParents(oid: string): readonly string[] },
  tip: string,
): { readonly oids: readonly string[]; readonly unreadable: string | null } {
  const seen = new Set<string>();
  let unreadable: string | null = null;
  for (let oid: string | undefined = tip; oid !== undefined && !seen.has(oid); ) {
    try {
      const parents = source.readParents(oid);
      seen.add(oid);
      [oid] = parents;
    } catch (error) {
      if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
      unreadable = error.message;
      break;
    }
  }
  return { oids: [...seen].reverse(), unreadable };
}

/** The point that an entry is. */
export function pointOf(source: CommitSource<ChainCommit>, oid: string): ChainPoint {
  return { seq: readEntry(source, oid).text.seq, oid };
}

/** True where `entry` is `tip` or in its history. */
export function isInHistory(source: CommitSource<ChainCommit>, entry: ChainPoint, tip: string): boolean {
  return entriesAfter(source, entry, tip) !== null;
}

/** Where two journals part: the first entry of each that the other lacks, or null where one continues the other. */
export function fork(
  source: CommitSource<ChainCommit>,
  ours: string,
  theirs: string,
): { readonly seq: number; readonly ours: string; readonly theirs: string } | null {
  const [a, b] = [newestFirst(source, ours), newestFirst(source, theirs)];
  let [mine, its] = [a.next().value, b.next().value];
  while (mine && its && mine.text.seq > its.text.seq) mine = a.next().value;
  while (mine && its && its.text.seq > mine.text.seq) its = b.next().value;
  let parted: { seq: number; ours: string; theirs: string } | null = null;
  while (mine && its && mine.oid !== its.oid) {
    parted = { seq: mine.text.seq, ours: mine.oid, theirs: its.oid };
    [mine, its] = [a.next().value, b.next().value];
  }
  return parted;
}
