/** `doctor`: what a crash or a person left behind, and putting right what is safe to. */

import type { Projection } from '../model/projection.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';
import type { Finding } from '../ports/upkeep.js';
import type { DoctorOptions, DoctorReport } from './contract.js';
import type { Journal } from './journal.js';
import { checkJournal, type JournalCheck } from './journal-check.js';
import { orphanNotes } from './orphan-notes.js';

const OID = /^[0-9a-f]{40}$/;

/** A ref's journaled and actual value where they differ. */
export interface RefDifference {
  readonly ref: string;
  readonly journaled: string | null;
  readonly actual: string | null;
}

/** Every ref whose value no entry gave it; refs outside the ledger's namespaces are named, and left alone. */
export async function refDifferences(store: Store, projection: Projection): Promise<RefDifference[]> {
  const actual = await store.listRefs('refs/');
  const names = new Set([...actual.keys(), ...projection.refs.keys()]);
  names.delete(JOURNAL_REF);
  return [...names]
    .map((ref) => ({ ref, journaled: projection.refs.get(ref) ?? null, actual: actual.get(ref) ?? null }))
    .filter(({ journaled, actual: value }) => journaled !== value)
    .sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** True where restoring the ref is the ledger's business. */
export function isOurs({ ref }: RefDifference): boolean {
  return parseRef(ref) !== null;
}

export function describeDifference(difference: RefDifference): Finding & { readonly kind: 'foreign-ref' } {
  const { ref, journaled, actual } = difference;
  const name = (value: string | null) =>
    value === null ? 'nothing' : OID.test(value) ? value : 'something that is no object id';
  const detail = `the journal has ${name(journaled)}, the ref ${name(actual)}`;
  const ours = isOurs(difference);
  return {
    kind: 'foreign-ref',
    where: ref,
    detail: ours ? detail : `${detail}; it is no ref of a ledger`,
    mendable: ours,
    remedy: ours
      ? 'git-lineage doctor --restore; then make the change through git-lineage'
      : `where nobody needs it: git update-ref -d ${ref}`,
  };
}

/** What `doctor` works with; the two writes are transactions of their own. */
export interface DoctorParts {
  readonly store: Store;
  readonly journal: Journal;
  readonly restoreRefs: (refs: readonly string[]) => Promise<void>;
  /** Puts an entry that says `Restored` on top of `good`, in place of what was `found` at the journal's ref. */
  readonly restoreJournal: (good: Oid, found: Oid | null) => Promise<void>;
}

/** The journal's own state. Where refs beside it contradict what nobody witnessed, an operator must decide. */
async function journalFinding(store: Store, check: JournalCheck): Promise<Finding | null> {
  const { finding, good, command, witnessed } = check;
  if (finding === null || good === null || command === null || witnessed) return finding;
  const others = (await refDifferences(store, good.projection)).filter(isOurs).map(({ ref }) => ref);
  if (others.length === 0) return finding;
  const detail = `${finding.detail}; ${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''} do not match that entry: newer entries may be lost`;
  return {
    ...finding,
    detail,
    mendable: false,
    remedy: `compare with a clone first; if that entry is the last one: ${command}`,
  };
}

/** Everything that the good part of the journal needs, and the ref that names it. */
function rootsOf(check: JournalCheck): ReadonlyMap<Oid, string> | null {
  if (check.good === null) return null;
  const { projection } = check.good;
  const roots = new Map<Oid, string>([...projection.refs].map(([ref, oid]) => [oid, ref]));
  return roots.set(projection.tip, JOURNAL_REF);
}

/** Looks at everything; with `restore`, mends what is safe to. It reports on a broken ledger, and throws only where it cannot look. */
export async function examine(parts: DoctorParts, options: DoctorOptions): Promise<DoctorReport> {
  const { store, journal } = parts;
  const mend = options.restore === true;
  const brokenLock = options.breakLock === undefined ? null : await store.breakLock(options.breakLock);

  const check = await checkJournal(store, journal);
  const good =
    check.good === null
      ? null
      : { seq: check.good.projection.seq, oid: check.good.projection.tip, policy: check.good.policy };
  const journalWrong = await journalFinding(store, check);
  if (mend && journalWrong?.mendable === true && check.good !== null)
    await parts.restoreJournal(check.good.projection.tip, check.found);
  const trusted = journalWrong === null || (mend && journalWrong.mendable);

  // Of two histories nobody can say which one's objects are needed.
  const roots = trusted || journalWrong?.mendable === true ? rootsOf(check) : null;
  const inspected = await store.inspect({ mend, roots, ...(trusted ? {} : { tip: null }) });
  const beside = await lookBeside(parts, check, trusted, journalWrong?.mendable === true);
  if (beside === null) return { findings: compact([journalWrong, ...inspected]), restored: mend, good, brokenLock };
  // What the last entry has not moved yet is unfinished, not foreign.
  const unfinished = new Set(inspected.filter((f) => f.kind === 'unfinished-entry').map((f) => f.where));
  const others = beside.differences.filter(({ ref }) => !unfinished.has(ref));
  const ours = others.filter(isOurs).map(({ ref }) => ref);
  if (mend && trusted && ours.length > 0) await parts.restoreRefs(ours);
  const findings = compact([journalWrong, ...inspected, ...others.map(describeDifference), ...beside.notes]);
  return { findings, restored: mend, good, brokenLock };
}

interface Beside {
  readonly differences: readonly RefDifference[];
  readonly notes: readonly Finding[];
}

/** So often at most the refs are looked at anew because the journal went on meanwhile. */
const LOOKS = 5;

/**
 * The refs and notes beside the journal as it is now; beside its good part where it is still to be put back, null where
 * nothing says what they should be.
 */
async function lookBeside(
  { store, journal }: DoctorParts,
  { good }: JournalCheck,
  trusted: boolean,
  mendable: boolean,
): Promise<Beside | null> {
  const look = async (projection: Projection): Promise<Beside> => ({
    differences: await refDifferences(store, projection),
    notes: await orphanNotes(store, projection),
  });
  if (!trusted) return mendable && good !== null ? look(good.projection) : null;
  for (let left = LOOKS; ; left--) {
    const [tip, beside] = await journal.read(async ({ projection }) => [projection.tip, await look(projection)]);
    // A ref that an entry has moved since is not foreign.
    if (beside.differences.length === 0 || left === 0 || tip === (await store.journalTip())) return beside;
  }
}

function compact(findings: readonly (Finding | null)[]): Finding[] {
  return findings.filter((finding) => finding !== null);
}
