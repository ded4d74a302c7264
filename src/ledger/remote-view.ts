/** What a remote has, looked at and verified before anything of it counts. */

import { LedgerError } from '../errors.js';
import { type ChainEntry, entriesAfter, fork, pointOf } from '../model/entry-chain.js';
import type { EntryText } from '../model/journal-entry.js';
import type { Records } from '../model/records.js';
import { refDifferences } from '../model/ref-differences.js';
import type { Commit, Oid, RefName } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';

/** How the remote's journal stands to ours. `behind`: we lack entries of it; `ahead`: it lacks entries of ours. */
export type Relation =
  | { readonly kind: 'equal' }
  | { readonly kind: 'behind' | 'ahead'; readonly entries: readonly ChainEntry<Commit>[] };

/** How two journals stand to each other, both of which are here. @throws `JOURNAL_FORKED`, `BAD_SIGNATURE` */
export function relate(objects: ObjectReader, ours: Oid, theirs: Oid, remote: string): Relation {
  if (ours === theirs) return { kind: 'equal' };
  const mine = pointOf(objects, ours);
  const their = pointOf(objects, theirs);
  if (their.seq > mine.seq) {
    const entries = entriesAfter(objects, mine, theirs);
    if (entries !== null) return { kind: 'behind', entries };
  } else if (their.seq < mine.seq) {
    const entries = entriesAfter(objects, their, ours);
    if (entries !== null) return { kind: 'ahead', entries };
  }
  throw forked(objects, ours, theirs, remote);
}

function forked(objects: ObjectReader, ours: Oid, theirs: Oid, remote: string): LedgerError<'JOURNAL_FORKED'> {
  const parted = fork(objects, ours, theirs) ?? { seq: 0, ours, theirs };
  const data = { remote, ...parted };
  if (parted.seq === 0) {
    const message = `${remote} holds another ledger: its first entry is ${parted.theirs}, ours is ${parted.ours}`;
    return new LedgerError('JOURNAL_FORKED', message, data, {
      hint: 'check the URL; an empty repository takes this ledger',
    });
  }
  const message = `the journals part at entry ${parted.seq}: here it is ${parted.ours}, in ${remote} ${parted.theirs}; nothing was moved`;
  const hint =
    'keep both, audit both, and decide which one counts; then clone that one anew and record what only the other has';
  return new LedgerError('JOURNAL_FORKED', message, data, { hint });
}

/** A ref that lags behind: the value it still has, and the one that the journal gives it. */
interface LaggingRef {
  readonly actual: Oid | null;
  readonly journaled: Oid | null;
}

/** Refs of a remote beside what its journal says. */
export interface RefState {
  /** Refs that the last entry moves and that have not moved yet. */
  readonly lagging: ReadonlyMap<RefName, LaggingRef>;
  /** Refs with a value that no entry gave them, in words. */
  readonly foreign: readonly string[];
}

/** Holds the refs that a remote advertised against its journal; what is in no namespace of a ledger is nobody's. */
export function refState(advertised: ReadonlyMap<RefName, Oid>, records: Records, last: EntryText): RefState {
  const lagging = new Map<RefName, LaggingRef>();
  const foreign: string[] = [];
  for (const { ref, journaled, actual, kind } of refDifferences(records.refs(), advertised, last)) {
    if (kind === 'unfinished') lagging.set(ref, { actual, journaled });
    if (kind === 'foreign')
      foreign.push(`${ref}: the journal has ${journaled ?? 'nothing'}, the ref ${actual ?? 'nothing'}`);
  }
  return { lagging, foreign };
}
