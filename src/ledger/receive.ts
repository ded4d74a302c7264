/**
 * What is pushed to a ledger: entries that continue its journal, and exactly the refs that they move; and the operator's say in
 * what they make active.
 */

import { type Verified, verifyEntries } from '../audit/verify-entries.js';
import { LedgerError } from '../errors.js';
import { type ChainEntry, entriesAfterLater } from '../model/entry-chain.js';
import type { RefUpdate } from '../model/journal-entry.js';
import { CHECKPOINT_REF, JOURNAL_REF } from '../model/ref-names.js';
import type { SwapHook } from '../ports/hook.js';
import type { Verifier } from '../ports/keys.js';
import type { Measurer } from '../ports/measuring.js';
import type { Commit, LedgerObjects, Oid, RefName } from '../ports/objects.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { isActivating, questionOf } from './activations.js';
import { askAboutPush } from './hook-questions.js';
import type { Journal } from './journal.js';
import { journalLeaves, leafOf } from './journal-leaves.js';
import type { JournalPosition } from './ledger-journal.js';
import { checkPushedCheckpoint } from './receive-checkpoint.js';
import { verifiedState } from './verified-state.js';

function refused(reason: string, hint: string): LedgerError<'AUDIT_FAILED'> {
  return new LedgerError('AUDIT_FAILED', reason, { step: 'refs', problems: [reason] }, { hint });
}

function notContinued({ seq, oid }: JournalPosition, to: Oid): LedgerError<'REF_CHANGED'> {
  return new LedgerError(
    'REF_CHANGED',
    `${JOURNAL_REF}: ${to} does not continue entry ${seq}, ${oid}`,
    { ref: JOURNAL_REF, expected: oid, actual: to },
    { hint: 'others have written meanwhile; fetch first: git-lineage pull, then push again' },
  );
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

/** A push that holds: it moves the journal from one entry to another, or leaves it where it is. */
export interface CheckedPush {
  readonly from: Oid;
  readonly to: Oid;
  /** Where the checkpoint goes; null where it stays. */
  readonly checkpoint: Oid | null;
  /** The entries between, oldest first. */
  readonly entries: readonly ChainEntry[];
}

/**
 * Holds a push against the rules of the audit: its entries continue the journal, each signed, permitted and whole; its refs
 * are those that they move. Beside them, or alone, the checkpoint may be pushed, where it is one of this journal.
 *
 * @throws `AUDIT_FAILED`, `CLOCK_AHEAD`, `REF_CHANGED`, `CORRUPT_OBJECT`
 */
export async function checkPush(
  parts: {
    readonly journal: Journal;
    /** What was let in before. */
    readonly reader: ObjectReader;
    readonly objects: LedgerObjects;
    readonly verifier: Verifier;
    readonly measurer: Measurer;
    readonly now: number;
  },
  updates: readonly RefUpdate[],
): Promise<CheckedPush> {
  const checkpoint = updates.find(({ ref }) => ref === CHECKPOINT_REF);
  const journaled = updates.filter((update) => update !== checkpoint);
  const alone = checkpoint !== undefined && journaled.length === 0;
  const push = alone ? nothingNew(parts.journal) : await checkEntries(parts, journaled);
  if (checkpoint === undefined) return { ...push, checkpoint: null };
  const leaves = [...journalLeaves(parts.reader, push.from), ...push.entries.map(({ commit }) => leafOf(commit))];
  await checkPushedCheckpoint(parts.objects, leaves, checkpoint);
  return { ...push, checkpoint: checkpoint.to };
}

/** Entries that continue the journal, and from where to where they move it. */
interface NewEntries {
  readonly from: Oid;
  readonly to: Oid;
  readonly entries: readonly ChainEntry<Commit>[];
}

function nothingNew(journal: Journal): NewEntries {
  const { tip } = verifiedState(journal.state()).earlier;
  return { from: tip, to: tip, entries: [] };
}

async function checkEntries(
  { journal, objects, verifier, measurer, now }: Parameters<typeof checkPush>[0],
  updates: readonly RefUpdate[],
): Promise<NewEntries> {
  const to = updates.find(({ ref }) => ref === JOURNAL_REF)?.to ?? null;
  if (to === null) {
    const [first] = updates;
    const how = 'refs of a ledger move by entries of its journal: make the change with git-lineage, and push with it';
    throw refused(`${first?.ref ?? 'nothing'} is pushed without ${JOURNAL_REF}`, how);
  }
  const base = verifiedState(journal.state());
  const from = { seq: base.earlier.seq, oid: base.earlier.tip };
  const entries = await entriesAfterLater(objects, from, to);
  if (entries === null) throw notContinued(from, to);
  const after = await verifyEntries(
    objects,
    { verifier, measurer },
    base,
    entries.map(({ oid }) => oid),
    now,
  );
  checkUpdates(updates, movesFrom(base.earlier, after.moves));
  return { from: from.oid, to, entries };
}

/** Where refs go from an earlier state: those that come back to where they were do not move. */
function movesFrom(
  before: Pick<Verified['earlier'], 'ref'>,
  moves: ReadonlyMap<RefName, Oid | null>,
): Map<RefName, Oid | null> {
  return new Map([...moves].filter(([ref, to]) => before.ref(ref) !== to));
}

/** The error for a push whose ledger has moved on while it was looked into. */
export function movedMeanwhile(expected: Oid, actual: Oid): LedgerError<'REF_CHANGED'> {
  const data = { ref: JOURNAL_REF, expected, actual };
  const hint = 'git-lineage pull, then push again';
  return new LedgerError('REF_CHANGED', `${JOURNAL_REF}: others have written meanwhile`, data, { hint });
}

/**
 * Asks the operator's hook about each activation of a push that was checked, as whoever made it asks their own ledger's; a rollback and a
 * broken glass are asked of nobody. `journal` reads the objects of the push. False where
 * there was nothing to ask.
 *
 * @throws `HOOK_REFUSED` for the first activation that is refused, `REF_CHANGED` where the ledger has moved on meanwhile
 */
export async function askHookOf(
  parts: { readonly journal: Journal; readonly refs: RefReader; readonly hook: SwapHook },
  { from, to, entries }: CheckedPush,
): Promise<boolean> {
  const { journal, refs, hook } = parts;
  if (!hook.present()) return false;
  const { records } = journal.state(to);
  const questions = entries.flatMap(({ text }) =>
    text.events.flatMap((event, index) => {
      const question = isActivating(event) ? questionOf(records, { seq: text.seq, index, event }) : null;
      return question ?? [];
    }),
  );
  if (questions.length === 0) return false;
  await askAboutPush(hook, questions);
  const now = refs.journalTip();
  if (now !== from) throw movedMeanwhile(from, now);
  return true;
}
