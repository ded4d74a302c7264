/** What a remote has, looked at and verified before anything of it counts. */

import { LedgerError } from '../errors.js';
import { type EntryText, parseEntry } from '../model/journal-entry.js';
import type { Projection } from '../model/projection.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Commit, Oid, RefName } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';

/** How the remote's journal stands to ours. `behind`: we lack entries of it; `ahead`: it lacks entries of ours. */
export type Relation =
  | { readonly kind: 'equal' }
  | { readonly kind: 'behind' | 'ahead'; readonly commits: readonly Commit[] };

/** A commit of a journal with its number. @throws `BAD_SIGNATURE` for what is none */
async function entryAt(store: Store, oid: Oid): Promise<{ commit: Commit; text: EntryText }> {
  const commit = await store.readCommit(oid);
  const text = parseEntry(commit.message);
  if (text !== null) return { commit, text };
  const [what, reason] = [`journal entry ${oid}`, 'it is not written as the format says'];
  const hint = 'compare the ledger with a clone of it';
  throw new LedgerError('BAD_SIGNATURE', `${what} cannot be trusted: ${reason}`, { what, reason }, { hint });
}

/** The entries from `tip` down to number `seq`, that one not included, and the entry that has this number. */
async function downTo(store: Store, tip: Oid, seq: number): Promise<{ commits: Commit[]; oid: Oid }> {
  const commits: Commit[] = [];
  let expected: number | null = null;
  for (let oid = tip; ; ) {
    const { commit, text } = await entryAt(store, oid);
    const [parent] = commit.parents;
    if (expected !== null && text.seq !== expected) throw misnumbered(oid, text.seq, expected);
    if (text.seq <= seq || parent === undefined) return { commits, oid };
    commits.push(commit);
    expected = text.seq - 1;
    oid = parent;
  }
}

function misnumbered(oid: Oid, seq: number, expected: number): LedgerError<'BAD_SIGNATURE'> {
  const [what, reason] = [`journal entry ${oid}`, `its Seq is ${seq}, not ${expected}`];
  const hint = 'compare the ledger with a clone of it';
  return new LedgerError('BAD_SIGNATURE', `${what} cannot be trusted: ${reason}`, { what, reason }, { hint });
}

/** How two journals stand to each other, both of which are here. @throws `JOURNAL_FORKED`, `BAD_SIGNATURE` */
export async function relate(store: Store, ours: Oid, theirs: Oid, remote: string): Promise<Relation> {
  if (ours === theirs) return { kind: 'equal' };
  const mine = await entryAt(store, ours);
  const their = await entryAt(store, theirs);
  if (their.text.seq > mine.text.seq) {
    const { commits, oid } = await downTo(store, theirs, mine.text.seq);
    if (oid === ours) return { kind: 'behind', commits: commits.reverse() };
  } else if (their.text.seq < mine.text.seq) {
    const { commits, oid } = await downTo(store, ours, their.text.seq);
    if (oid === theirs) return { kind: 'ahead', commits: commits.reverse() };
  }
  throw await forked(store, ours, theirs, remote);
}

async function forked(store: Store, ours: Oid, theirs: Oid, remote: string): Promise<LedgerError<'JOURNAL_FORKED'>> {
  let [a, b] = [await entryAt(store, ours), await entryAt(store, theirs)];
  // Down to the same number first, then together to where they part.
  for (;;) {
    const [up, down] = [a.commit.parents[0], b.commit.parents[0]];
    const [after, before] = [a.text.seq > b.text.seq, a.text.seq < b.text.seq];
    if (after && up !== undefined) a = await entryAt(store, up);
    else if (before && down !== undefined) b = await entryAt(store, down);
    else if (!after && !before && up !== down && up !== undefined && down !== undefined)
      [a, b] = [await entryAt(store, up), await entryAt(store, down)];
    else break;
  }
  const { seq } = a.text;
  const data = { remote, seq, ours: a.commit.oid, theirs: b.commit.oid };
  if (seq === 0) {
    const message = `${remote} holds another ledger: its first entry is ${data.theirs}, ours is ${data.ours}`;
    return new LedgerError('JOURNAL_FORKED', message, data, {
      hint: 'check the URL; an empty repository takes this ledger',
    });
  }
  const message = `the journals part at entry ${seq}: here it is ${data.ours}, in ${remote} ${data.theirs}; nothing was moved`;
  const hint =
    'keep both, audit both, and decide which one counts; then clone that one anew and record what only the other has';
  return new LedgerError('JOURNAL_FORKED', message, data, { hint });
}

/** Refs of a remote beside what its journal says. */
export interface RefState {
  /** Refs that the last entry moves and that have not moved yet, with the value they still have. */
  readonly lagging: ReadonlyMap<RefName, Oid | null>;
  /** Refs with a value that no entry gave them, in words. */
  readonly foreign: readonly string[];
}

/** Holds the refs that a remote advertised against the replay of its journal; what is in no namespace of a ledger is nobody's. */
export function refState(advertised: ReadonlyMap<RefName, Oid>, { refs }: Projection, last: EntryText): RefState {
  const lagging = new Map<RefName, Oid | null>();
  const foreign: string[] = [];
  for (const ref of new Set([...advertised.keys(), ...refs.keys()])) {
    if (ref === JOURNAL_REF || parseRef(ref) === null) continue;
    const [journaled, actual] = [refs.get(ref) ?? null, advertised.get(ref) ?? null];
    if (journaled === actual) continue;
    const update = last.updates.find((u) => u.ref === ref);
    if (update !== undefined && update.from === actual) lagging.set(ref, actual);
    else foreign.push(`${ref}: the journal has ${journaled ?? 'nothing'}, the ref ${actual ?? 'nothing'}`);
  }
  return { lagging, foreign };
}
