/** What is pushed to a ledger: entries that continue its journal, and exactly the refs that they move. */

import { verifyEntries } from '../audit/verify-entries.js';
import { LedgerError } from '../errors.js';
import { parseEntry, type RefUpdate } from '../model/journal-entry.js';
import type { Projection } from '../model/projection.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, LedgerObjects, Oid, RefName } from '../ports/objects.js';
import type { Journal, JournalState } from './journal.js';

/** A clock may be this far ahead of that of the ledger's machine, in seconds. */
const CLOCK_TOLERANCE = 86_400;

function refused(reason: string, hint: string): LedgerError<'AUDIT_FAILED'> {
  return new LedgerError('AUDIT_FAILED', reason, { step: 'refs', problems: [reason] }, { hint });
}

/** The new entries, oldest first. @throws `REF_CHANGED` where they do not continue the journal */
async function newEntries(objects: LedgerObjects, { tip, seq }: Projection, to: Oid): Promise<Oid[]> {
  const entries: Oid[] = [];
  for (let oid: Oid | undefined = to; oid !== tip; ) {
    const commit: Commit | null = oid === undefined ? null : await objects.readCommit(oid);
    const number = commit === null ? undefined : parseEntry(commit.message)?.seq;
    if (oid === undefined || commit === null || number === undefined || number <= seq) {
      throw new LedgerError(
        'REF_CHANGED',
        `${JOURNAL_REF}: ${to} does not continue entry ${seq}, ${tip}`,
        { ref: JOURNAL_REF, expected: tip, actual: to },
        { hint: 'others have written meanwhile; fetch first: git-lineage pull, then push again' },
      );
    }
    entries.push(oid);
    oid = commit.parents[0];
  }
  return entries.reverse();
}

/** Where refs go from one state to a later one. */
function netMoves(before: Projection, after: Projection): Map<RefName, Oid | null> {
  const moves = new Map<RefName, Oid | null>();
  for (const [ref, oid] of after.refs) if (before.refs.get(ref) !== oid) moves.set(ref, oid);
  for (const ref of before.refs.keys()) if (!after.refs.has(ref)) moves.set(ref, null);
  return moves;
}

function checkUpdates(updates: readonly RefUpdate[], moves: ReadonlyMap<RefName, Oid | null>): void {
  const pushed = new Map(updates.filter(({ ref }) => ref !== JOURNAL_REF).map(({ ref, to }) => [ref, to]));
  const hint = 'git-lineage push sends what belongs together';
  for (const [ref, to] of pushed) {
    if (!moves.has(ref)) throw refused(`${ref} is pushed, and no new entry moves it`, hint);
    const expected = moves.get(ref) ?? null;
    if (to !== expected)
      throw refused(
        `${ref} is pushed as ${to ?? 'deleted'}; the new entries leave it at ${expected ?? 'nothing'}`,
        hint,
      );
  }
  const missing = [...moves.keys()].filter((ref) => !pushed.has(ref));
  if (missing.length > 0)
    throw refused(`the new entries move ${missing.join(', ')}, which is not pushed with them`, hint);
}

/**
 * Holds a push against the rules of the audit: its entries continue the journal, each signed, permitted and whole; its refs
 * are those that they move. Returns the new last entry.
 *
 * @throws `AUDIT_FAILED`, `REF_CHANGED`, `CORRUPT_OBJECT`
 */
export async function checkPush(
  parts: {
    readonly journal: Journal;
    readonly objects: LedgerObjects;
    readonly verifier: Verifier;
    readonly now: number;
  },
  updates: readonly RefUpdate[],
): Promise<Oid> {
  const { journal, objects, verifier, now } = parts;
  const to = updates.find(({ ref }) => ref === JOURNAL_REF)?.to ?? null;
  if (to === null) {
    const [first] = updates;
    const how = 'refs of a ledger move by entries of its journal: make the change with git-lineage, and push with it';
    throw refused(`${first?.ref ?? 'nothing'} is pushed without ${JOURNAL_REF}`, how);
  }
  return journal.read(async (state: JournalState) => {
    const before = state.projection;
    const entries = await newEntries(objects, before, to);
    const base = { projection: before.copy(), policy: state.policy };
    const after = (await verifyEntries(objects, verifier, base, entries)).projection;
    if (after.timestamp > now + CLOCK_TOLERANCE)
      throw refused(
        `entry ${after.seq} is of ${after.timestamp}; it is ${Math.floor(now)} now`,
        'set the clock of the machine that made it',
      );
    checkUpdates(updates, netMoves(before, after));
    return to;
  });
}
