/** Is the journal's ref where it should be? What can be trusted of it where it is not, and whether that is safe to put back. */

import { LedgerError } from '../errors.js';
import { commitsDownFrom, isInHistory, readEntry } from '../model/entry-chain.js';
import type { EntryText } from '../model/journal-entry.js';
import { isAnyOid } from '../model/object-id.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import type { Finding } from '../ports/upkeep.js';
import type { Journal, JournalState } from './journal.js';

export interface JournalCheck {
  /** What the journal says, as far as it can be trusted; null where no entry can. */
  readonly good: JournalState | null;
  /** The last entry of that. */
  readonly last: EntryText | null;
  /** What stands at the journal's ref: '' where that is unreadable, null where there is none. */
  readonly found: Oid | null;
  /** What is wrong; null where the ref is where it should be. */
  readonly finding: Finding | null;
  /** git's command that puts the good entry back, where one can be named. */
  readonly command: string | null;
  /** True where this process or the index had seen the good entry, or an earlier one, as the journal's. */
  readonly witnessed: boolean;
}

interface CheckParts {
  readonly location: string;
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly journal: Journal;
}

/** A journal from its first entry on. */
interface Chain {
  readonly oids: readonly Oid[];
  /** The longest part that verifies. */
  readonly state: JournalState | null;
  /** Why the rest does not. */
  readonly objection: string | null;
}

function chainTo({ objects, journal }: CheckParts, tip: Oid): Chain {
  const { oids, unreadable } = commitsDownFrom(objects, tip);
  const { state, objection } = journal.verifiedUpTo(oids);
  return { oids, state, objection: unreadable ?? objection };
}

function tipOf({ records }: JournalState): Oid {
  return records.head()?.tip ?? '';
}

/** Is `oid` the last entry of `chain` that can be trusted, or below it? */
function contains({ oids, state }: Chain, oid: Oid | undefined): boolean {
  if (oid === undefined || state === null) return false;
  const at = oids.indexOf(oid);
  return at !== -1 && at <= oids.indexOf(tipOf(state));
}

function named(state: JournalState): string {
  return `entry ${state.records.head()?.seq ?? 0} (${tipOf(state)})`;
}

function finding(detail: string, mendable: boolean, remedy: string): Finding {
  return { kind: 'journal', where: JOURNAL_REF, detail, mendable, remedy };
}

/** Looks at the journal's ref and at what stands there. Throws for storage that cannot be read, never for what is read. */
export function checkJournal(parts: CheckParts): JournalCheck {
  const { journal, refs, objects, location } = parts;
  // Before anything is read: a reader that finds another journal forgets what only the index knew.
  const known = journal.known();
  const found = refs.listRefs('refs/heads/').get(JOURNAL_REF) ?? null;
  try {
    const state = journal.state();
    if (known === null || isInHistory(objects, { ...known }, tipOf(state)))
      return { good: state, last: lastEntry(parts, state), found, finding: null, command: null, witnessed: true };
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code === 'IO') throw error;
  }
  const here = found !== null && isAnyOid(found) ? chainTo(parts, found) : null;
  const there = known === null ? null : chainTo(parts, known.oid);
  const judged = judge(location, found, here, there, known?.oid);
  return { found, ...judged, last: judged.good === null ? null : lastEntry(parts, judged.good) };
}

function lastEntry({ objects }: CheckParts, state: JournalState): EntryText {
  return readEntry(objects, tipOf(state)).text;
}

/** Decides between what the ref leads to (`here`) and what was known before (`there`, up to `known`). */
function judge(
  gitdir: string,
  found: Oid | null,
  here: Chain | null,
  there: Chain | null,
  known: Oid | undefined,
): Omit<JournalCheck, 'found' | 'last'> {
  const at =
    found === null ? 'the ref is missing' : found === '' ? 'the ref holds no object id' : `the ref is at ${found}`;
  const why = here?.objection == null ? at : `${at}: ${here.objection}`;
  const put = (oid: Oid) =>
    `git -C ${gitdir} update-ref ${JOURNAL_REF} ${oid}${found === null || found === '' ? '' : ` ${found}`}`;
  // What was known counts only as a whole: of a part nobody said that it was the end.
  const witness = there?.objection == null ? there : null;
  const [mine, its] = [here?.state ?? null, witness?.state ?? null];

  if (mine === null && its === null) {
    const remedy = `find the last entry's oid (every write printed it; a clone has it) and its objects; then: ${put('OID')}`;
    const lost = finding(`${why}; no entry below it verifies`, false, remedy);
    return { good: null, finding: lost, command: null, witnessed: false };
  }
  if (witness !== null && its !== null && (mine === null || contains(witness, tipOf(mine)))) {
    const behind = mine !== null && tipOf(mine) === found;
    const detail = behind
      ? `the journal was rewound to ${named(mine)}; ${named(its)} was there, verifies and continues it`
      : `${why}; the last good entry is ${named(its)}`;
    return {
      good: its,
      finding: finding(detail, true, `git-lineage doctor --restore, or: ${put(tipOf(its))}`),
      command: put(tipOf(its)),
      witnessed: true,
    };
  }
  if (mine === null) throw new TypeError('neither chain has a good entry');
  const last = tipOf(mine);
  if (known === undefined || (here !== null && contains(here, known))) {
    if (last === found) return { good: mine, finding: null, command: null, witnessed: true };
    const detail = `${why}; the last good entry is ${named(mine)}`;
    const remedy = `git-lineage doctor --restore, or: ${put(last)}`;
    return { good: mine, finding: finding(detail, true, remedy), command: put(last), witnessed: known !== undefined };
  }
  const gone =
    its === null ? `entry ${known}, which was there, cannot be read any more` : `${named(its)} was there before`;
  const detail = `${why}; the journal was rewound or forked: it has ${named(mine)}, and ${gone}`;
  const remedy = `compare both with a clone, or with the position that the last write printed; then keep one: ${put(its === null ? 'OID' : known)}`;
  return { good: mine, finding: finding(detail, false, remedy), command: null, witnessed: false };
}
