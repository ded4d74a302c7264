/** `doctor`: what a crash or a person left behind, and putting right what is safe to. */

import { ignoringFailures } from '../ignoring-failures.js';
import type { EntryText } from '../model/journal-entry.js';
import { isAnyOid } from '../model/object-id.js';
import type { Records } from '../model/records.js';
import { type RefDifference, refDifferences } from '../model/ref-differences.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import type { Finding, RedactedObject, Upkeep } from '../ports/upkeep.js';
import { redactedObjects } from './finish-redactions.js';
import type { Journal, JournalState } from './journal.js';
import { checkJournal, type JournalCheck } from './journal-check.js';
import type { DoctorOptions, DoctorReport } from './ledger-journal.js';
import { headAhead } from './misdated.js';
import { orphanNotes } from './orphan-notes.js';

/** The refs beside the journal that are not where it has them. */
function differencesFrom(refs: RefReader, records: Records, last: EntryText | null): RefDifference[] {
  return refDifferences(records.refs(), refs.listRefs('refs/'), last);
}

/** True where restoring the ref is the ledger's business. */
function isOurs({ kind }: RefDifference): boolean {
  return kind !== 'outside';
}

/** True where what the journal has at a ref can be read: git fails on a ref to an object that is not there. */
function canStand(objects: ObjectReader, { journaled }: RefDifference): boolean {
  if (journaled === null) return true;
  for (const read of [() => objects.readParents(journaled), () => objects.readTag(journaled)]) {
    try {
      read();
      return true;
    } catch {
      // A tag is no commit; a missing object is neither.
    }
  }
  return false;
}

function describeDifference(
  objects: ObjectReader,
  difference: RefDifference,
): Finding & { readonly kind: 'foreign-ref' } {
  const { ref, journaled, actual } = difference;
  const name = (value: string | null) =>
    value === null ? 'nothing' : isAnyOid(value) ? value : 'something that is no object id';
  const detail = `the journal has ${name(journaled)}, the ref ${name(actual)}`;
  const ours = isOurs(difference);
  if (ours && !canStand(objects, difference))
    return {
      kind: 'foreign-ref',
      where: ref,
      detail: `${detail}; the object that the journal has is missing or damaged`,
      mendable: false,
      remedy: 'fetch the object from a clone or a backup of the ledger, then git-lineage doctor --restore',
    };
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
interface DoctorParts {
  readonly location: string;
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly upkeep: Upkeep;
  readonly journal: Journal;
  /** This machine's clock, in seconds since the Unix epoch. */
  readonly now: () => number;
  readonly restoreRefs: (refs: readonly string[]) => Promise<void>;
  /** Puts an entry that says `Restored` on top of a state that was verified, in place of what was `found` at the journal's ref. */
  readonly restoreJournal: (good: JournalState, found: Oid | null) => Promise<void>;
}

/** The journal's own state. Where refs beside it contradict what nobody witnessed, an operator must decide. */
function journalFinding({ refs }: DoctorParts, check: JournalCheck): Finding | null {
  const { finding, good, witnessed, last } = check;
  if (finding === null || good === null || !finding.mendable || witnessed) return finding;
  const others = differencesFrom(refs, good.records, last)
    .filter(isOurs)
    .map(({ ref }) => ref);
  if (others.length === 0) return finding;
  const named = `${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}`;
  return {
    ...finding,
    detail: `${finding.detail}; ${named} do not match that entry: newer entries may be lost`,
    mendable: false,
    remedy: `compare with a clone first; if that entry is the last one: ${check.command ?? finding.remedy}`,
  };
}

/** A date that a fast clock has left, or one that this machine's slow clock finds too late: only an operator can tell. */
function clockFinding({ now }: DoctorParts, { good }: JournalCheck): Finding | null {
  const ahead = good === null ? null : headAhead(good, now());
  if (ahead === null) return null;
  return { kind: 'clock-ahead', where: JOURNAL_REF, detail: ahead.message, mendable: false, remedy: ahead.hint ?? '' };
}

/** Everything that the good part of the journal needs, and the ref that names it. */
function rootsOf({ good }: JournalCheck): ReadonlyMap<Oid, string> | null {
  if (good === null) return null;
  const roots = new Map<Oid, string>();
  for (const [ref, oid] of good.records.refs()) roots.set(oid, ref);
  return roots.set(good.records.head()?.tip ?? '', JOURNAL_REF);
}

function positionOf({ good }: JournalCheck): DoctorReport['good'] {
  const head = good?.records.head() ?? null;
  return good === null || head === null ? null : { seq: head.seq, oid: head.tip, policy: good.policy };
}

/** What was redacted, and is here still: its writer died, or git brought it back. */
function redactedFindings(upkeep: Upkeep, redacted: readonly RedactedObject[]): Finding[] {
  return upkeep.blobsHere(redacted.map(({ oid }) => oid)).map((where) => ({
    kind: 'redacted-object',
    where,
    detail: 'it was redacted, and its bytes are here still',
    mendable: true,
    remedy: 'git-lineage doctor --restore removes it, and so does opening the ledger',
  }));
}

/** Looks at everything; with `restore`, mends what is safe to. It reports on a broken ledger, and throws only where it cannot look. */
export async function examine(parts: DoctorParts, options: DoctorOptions): Promise<DoctorReport> {
  const { upkeep } = parts;
  const tell = ignoringFailures(options.onProgress);
  const mend = options.restore === true;
  const brokenLock = options.breakLock === undefined ? null : await upkeep.breakLock(options.breakLock);

  tell?.({ step: 'journal', done: null });
  const check = checkJournal(parts);
  const good = positionOf(check);
  const journalWrong = journalFinding(parts, check);
  if (mend && journalWrong?.mendable === true && check.good !== null)
    await parts.restoreJournal(check.good, check.found);
  const trusted = journalWrong === null || (mend && journalWrong.mendable);

  // Of two histories nobody can say which one's objects are needed.
  const roots = trusted || journalWrong?.mendable === true ? rootsOf(check) : null;
  const onObjects = (done: number) => tell?.({ step: 'objects', done });
  const redacted = check.good === null ? [] : redactedObjects(check.good.records, parts.objects);
  const left = redactedFindings(upkeep, redacted);
  if (mend && trusted && redacted.length > 0) await upkeep.removeBlobs(redacted);
  const gone = new Set(redacted.map(({ oid }) => oid));
  const asked = { mend, roots, redacted: gone, onObjects, ...(trusted ? {} : { tip: null }) };
  const clock = compact([clockFinding(parts, check)]);
  const inspected = [...clock, ...left, ...(await upkeep.inspect(asked))];
  tell?.({ step: 'refs', done: null });
  const beside = lookBeside(parts, check, trusted, journalWrong?.mendable === true);
  if (beside === null) return { findings: compact([journalWrong, ...inspected]), restored: mend, good, brokenLock };
  // What the last entry has not moved yet is unfinished, not foreign.
  const unfinished = new Set(inspected.filter((f) => f.kind === 'unfinished-entry').map((f) => f.where));
  const others = beside.differences.filter(({ ref }) => !unfinished.has(ref));
  const foreign = others.map((other) => describeDifference(parts.objects, other));
  const ours = foreign.filter(({ mendable }) => mendable).map(({ where }) => where);
  if (mend && trusted && ours.length > 0) await parts.restoreRefs(ours);
  const findings = compact([journalWrong, ...inspected, ...foreign, ...beside.notes]);
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
function lookBeside(
  { objects, refs, journal }: DoctorParts,
  { good }: JournalCheck,
  trusted: boolean,
  mendable: boolean,
): Beside | null {
  const look = ({ records }: JournalState): Beside => ({
    differences: differencesFrom(refs, records, null),
    notes: orphanNotes({ objects, refs }, records),
  });
  if (!trusted) return mendable && good !== null ? look(good) : null;
  for (let left = LOOKS; ; left--) {
    const state = journal.state();
    const beside = look(state);
    // A ref that an entry has moved since is not foreign.
    const settled = beside.differences.length === 0 || left === 0 || journal.position?.tip === refs.journalTip();
    if (settled) return beside;
  }
}

function compact(findings: readonly (Finding | null)[]): Finding[] {
  return findings.filter((finding) => finding !== null);
}
