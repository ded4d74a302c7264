/** Time travel: what a ledger was at an earlier entry, and why each module's active version was active then. */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import { decideGate } from '../model/gate.js';
import { type EntryText, type LedgerEvent, parseEntry } from '../model/journal-entry.js';
import type { Policy } from '../model/policy.js';
import { compareBytes } from '../model/printable.js';
import type { Projection } from '../model/projection.js';
import { pairName } from '../model/ref-names.js';
import { verdictOf } from '../model/report.js';
import { DEFAULT_TAG_FILTER } from '../model/rollback-target.js';
import type { Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';
import type { Activation, LedgerMoment, ModuleMoment, Moment } from './contract.js';
import type { Journal, VerifiedEntry } from './journal.js';
import type { Reader } from './reader.js';
import { findRollbackTarget } from './rollback-target.js';
import { View } from './view.js';

const HINT = 'give one of { seq } (an entry of the journal) and { time } (seconds since the Unix epoch)';

/** Returns a moment of exactly one kind, else throws `INVALID_ARGUMENT`. */
export function checkMoment(moment: unknown): Moment {
  const { seq, time } = (moment !== null && typeof moment === 'object' ? moment : {}) as Moment;
  const fits =
    (seq === undefined) !== (time === undefined) &&
    (seq === undefined || (Number.isSafeInteger(seq) && seq >= 0)) &&
    (time === undefined || Number.isFinite(time));
  if (fits) return { seq, time };
  const issue = {
    path: 'moment',
    expected: 'either seq, an integer from 0 on, or time, in seconds',
    actual: seq === undefined && time === undefined ? quoted(moment) : `seq ${quoted(seq)}, time ${quoted(time)}`,
  };
  throw invalidInput('INVALID_ARGUMENT', [issue], HINT);
}

/** A version's becoming active, with what has to be known to judge it again. */
interface Draw {
  readonly entry: Omit<VerifiedEntry, 'fingerprint'>;
  readonly event: Extract<LedgerEvent, { type: 'activate' | 'break-glass' | 'rollback' }>;
  /** The version that was active before. */
  readonly before: number | null;
  /** How many reports of the pair there were. */
  readonly reports: number;
  /** The policy by which the entry was judged. */
  readonly policy: Policy;
}

/** Collects, of each module, how its active version became that, while a journal is replayed. */
class Draws {
  readonly last = new Map<string, Draw>();
  private readonly active = new Map<string, number>();

  add(oid: Oid, text: EntryText, before: Policy, { pairs }: Projection): void {
    text.events.forEach((event, i) => {
      if (event.type !== 'activate' && event.type !== 'break-glass' && event.type !== 'rollback') return;
      const { moduleId } = event;
      const toVer = event.type === 'activate' ? event.version : event.toVer;
      const from = this.active.get(moduleId) ?? null;
      const name = pairName(moduleId, from, toVer);
      // The projection has this entry's reports already, those that came after the activation too.
      const later = text.events.slice(i).filter((e) => isReportOf(e, name)).length;
      const reports = (pairs.get(name)?.reports.length ?? 0) - later;
      this.last.set(moduleId, { entry: { oid, text }, event, before: from, reports, policy: before });
      this.active.set(moduleId, toVer);
    });
  }
}

function isReportOf(event: LedgerEvent, name: string): boolean {
  const isReport = event.type === 'report' || event.type === 'approve' || event.type === 'withdraw';
  return isReport && pairName(event.moduleId, event.fromVer, event.toVer) === name;
}

async function activationOf(view: View, { entry, event, before, reports, policy }: Draw): Promise<Activation> {
  const { moduleId } = event;
  const { seq, actor, timestamp } = entry.text;
  const toVer = event.type === 'activate' ? event.version : event.toVer;
  const said = { seq, oid: entry.oid, actor, timestamp, fromVer: before, toVer };
  if (event.type === 'rollback')
    return { ...said, type: event.type, reason: event.reason, verdict: null, approvers: [] };
  const pair = verdictOf((await view.reports(moduleId, before, toVer)).slice(0, reports));
  const { parentVer } = (await view.require(moduleId, toVer)).sealed;
  // Whatever it carries later: what is `reverted` does not pass the gate.
  const candidate = { reverted: false, parentVer };
  const verdict = decideGate({ moduleId, fromVer: before, toVer, pair, settings: policy, active: before, candidate });
  const reason = event.type === 'break-glass' ? event.reason : null;
  return { ...said, type: event.type, reason, verdict, approvers: pair.approvers };
}

async function moduleAt(view: View, moduleId: string, draw: Draw | undefined): Promise<ModuleMoment> {
  const active = view.module(moduleId)?.active ?? null;
  if (active === null || draw === undefined) return { moduleId, active: null, stable: null, activation: null };
  const { target } = await findRollbackTarget(view, moduleId, DEFAULT_TAG_FILTER);
  return {
    moduleId,
    active: await view.checkpoint(await view.require(moduleId, active)),
    stable: target === null ? null : await view.checkpoint(target),
    activation: await activationOf(view, draw),
  };
}

/** The newest entry that is not after the moment. @throws `NOT_FOUND` */
async function entryAt(store: Store, tip: Oid, { seq, time }: Moment): Promise<Oid> {
  let last: EntryText | null = null;
  for (let oid: Oid | undefined = tip; oid !== undefined; ) {
    const commit = await store.readCommit(oid);
    last = parseEntry(commit.message);
    if (last === null) break;
    if (seq === undefined ? last.timestamp <= (time ?? 0) : last.seq === seq) return oid;
    if (seq !== undefined && last.seq < seq) {
      throw noMoment(`the journal has no entry ${seq}: its last one is ${last.seq}`, `entry ${seq}`);
    }
    oid = commit.parents[0];
  }
  const began = new Date((last?.timestamp ?? 0) * 1000).toISOString();
  throw noMoment(`the ledger begins at ${began}, after that moment`, 'a moment before the ledger');
}

function noMoment(message: string, what: string): LedgerError<'NOT_FOUND'> {
  return new LedgerError(
    'NOT_FOUND',
    message,
    { kind: 'MOMENT', what },
    { hint: 'git-lineage history lists the entries with their times' },
  );
}

/** What the ledger was at a moment, replayed and verified from its first entry on. `tip` is where the journal stands now. */
export async function ledgerAt(
  parts: { readonly store: Store; readonly journal: Journal; readonly reader: Reader },
  tip: Oid,
  moment: Moment,
): Promise<LedgerMoment> {
  const draws = new Draws();
  const oid = await entryAt(parts.store, tip, moment);
  const state = await parts.journal.stateAt(oid, (at, text, before, projection) =>
    draws.add(at, text, before, projection),
  );
  const view = new View(state, parts.reader);
  const modules: ModuleMoment[] = [];
  for (const moduleId of [...view.moduleIds()].sort(compareBytes))
    modules.push(await moduleAt(view, moduleId, draws.last.get(moduleId)));
  const { seq, timestamp } = state.projection;
  return { seq, oid, timestamp, modules };
}
