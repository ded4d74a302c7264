/** Is the journal's ref where it should be? What can be trusted of it where it is not, and whether that is safe to put back. */

import { isLedgerError, LedgerError } from '../errors.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';
import type { Finding } from '../ports/upkeep.js';
import type { Journal, JournalState } from './journal.js';

const OID = /^[0-9a-f]{40}$/;
const RESTORE = 'git-lineage doctor --restore';

export interface JournalCheck {
  /** What the journal says, as far as it can be trusted; null where no entry can. */
  readonly good: JournalState | null;
  /** What stands at the journal's ref: '' where that is unreadable, null where there is none. */
  readonly found: Oid | null;
  /** What is wrong; null where the ref is where it should be. */
  readonly finding: Finding | null;
  /** The command of plain git that puts the ref at `good`; null where it need not or should not be put there. */
  readonly command: string | null;
  /** True where this process or the cache had seen the good entry, or an earlier one, as the journal's. */
  readonly witnessed: boolean;
}

/** A journal from its first entry on. */
interface Chain {
  readonly oids: readonly Oid[];
  /** The longest part that verifies. */
  readonly state: JournalState | null;
  /** Why the rest does not. */
  readonly objection: string | null;
}

async function chainTo(store: Store, journal: Journal, tip: Oid): Promise<Chain> {
  const oids: Oid[] = [];
  let unreadable: string | null = null;
  const seen = new Set<Oid>();
  for (let oid: Oid | undefined = tip; oid !== undefined && !seen.has(oid); ) {
    seen.add(oid);
    try {
      const parents: readonly Oid[] = await store.readParents(oid);
      oids.push(oid);
      oid = parents[0];
    } catch (error) {
      if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
      unreadable = error.message;
      break;
    }
  }
  const { state, objection } = await journal.verified(oids.reverse());
  return { oids, state, objection: unreadable ?? objection };
}

/** Is `oid` the last entry of `chain` that can be trusted, or below it? */
function contains({ oids, state }: Chain, oid: Oid | undefined): boolean {
  if (oid === undefined || state === null) return false;
  const at = oids.indexOf(oid);
  return at !== -1 && at <= oids.indexOf(state.projection.tip);
}

function named({ projection }: JournalState): string {
  return `entry ${projection.seq} (${projection.tip})`;
}

function finding(detail: string, mendable: boolean, remedy: string): Finding {
  return { kind: 'journal', where: JOURNAL_REF, detail, mendable, remedy };
}

/** Looks at the journal's ref and at what stands there. Throws for storage that cannot be read, never for what is read. */
export async function checkJournal(store: Store, journal: Journal): Promise<JournalCheck> {
  // Before anything is read: a reader that finds another journal forgets what only the cache knew.
  const known = await journal.known();
  const found = (await store.listRefs('refs/heads/')).get(JOURNAL_REF) ?? null;
  try {
    const state = await journal.read(async (read) => read);
    const continued = known === null || known.oid === state.projection.tip || (await isBelow(store, known.oid, state));
    if (continued) return { good: state, found, finding: null, command: null, witnessed: true };
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code === 'IO') throw error;
  }
  const here = found !== null && OID.test(found) ? await chainTo(store, journal, found) : null;
  const there = known === null ? null : await chainTo(store, journal, known.oid);
  return { found, ...judge(store.location, found, here, there, known?.oid) };
}

/** Is an entry an ancestor of the last one? */
async function isBelow(store: Store, oid: Oid, { projection }: JournalState): Promise<boolean> {
  for (let at: Oid | undefined = projection.tip; at !== undefined; ) {
    if (at === oid) return true;
    at = (await store.readParents(at))[0];
  }
  return false;
}

/** Decides between what the ref leads to (`here`) and what was known before (`there`, up to `known`). */
function judge(
  gitdir: string,
  found: Oid | null,
  here: Chain | null,
  there: Chain | null,
  known: Oid | undefined,
): Omit<JournalCheck, 'found'> {
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
    const detail = `${why}; no entry below it verifies`;
    return { good: null, finding: finding(detail, false, remedy), command: null, witnessed: false };
  }
  if (witness !== null && its !== null && (mine === null || contains(witness, mine.projection.tip))) {
    const behind = mine !== null && mine.projection.tip === found;
    const detail = behind
      ? `the journal was rewound to ${named(mine)}; ${named(its)} was there, verifies and continues it`
      : `${why}; the last good entry is ${named(its)}`;
    const command = put(its.projection.tip);
    return { good: its, finding: finding(detail, true, `${RESTORE}, or: ${command}`), command, witnessed: true };
  }
  if (mine === null) throw new TypeError('neither chain has a good entry');
  const last = mine.projection.tip;
  if (known === undefined || (here !== null && contains(here, known))) {
    if (last === found) return { good: mine, finding: null, command: null, witnessed: true };
    const detail = `${why}; the last good entry is ${named(mine)}`;
    const command = put(last);
    const remedy = `${RESTORE}, or: ${command}`;
    return { good: mine, finding: finding(detail, true, remedy), command, witnessed: known !== undefined };
  }
  const gone =
    its === null ? `entry ${known}, which was there, cannot be read any more` : `${named(its)} was there before`;
  const detail = `${why}; the journal was rewound or forked: it has ${named(mine)}, and ${gone}`;
  const remedy = `compare both with a clone, or with the position that the last write printed; then keep one: ${put(its === null ? 'OID' : known)}`;
  return { good: mine, finding: finding(detail, false, remedy), command: null, witnessed: false };
}
