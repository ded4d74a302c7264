/** Why a version was active: the entry that made it so, judged by the policy and the reports of that moment. */

import type { JudgedActivation } from '../audit/audit-report.js';
import { decideGate, type Verdict } from '../model/gate.js';
import type { EventOf, LedgerEvent } from '../model/ledger-event.js';
import { type PairVerdict, verdictOf } from '../model/level-in-force.js';
import { reportsOf } from '../model/pending-pairs.js';
import type { PairKey } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import type { SwapQuestion } from '../ports/hook.js';
import type { Activation } from './ledger-journal.js';
import { policyAt } from './policy-at.js';

/** An event that makes a version active. */
type ActivatingEvent = EventOf<'activate' | 'break-glass' | 'rollback'>;

export function isActivating(event: LedgerEvent): event is ActivatingEvent {
  return event.type === 'activate' || event.type === 'break-glass' || event.type === 'rollback';
}

/** Where an event stands: its entry, and which of that entry's events it is. */
interface EventAt {
  readonly seq: number;
  readonly index: number;
  readonly event: ActivatingEvent;
}

/** What an activation replaced. */
function pairOf(records: Records, event: ActivatingEvent): PairKey {
  const { moduleId } = event;
  if (event.type !== 'activate') return { moduleId, fromVer: event.fromVer, toVer: event.toVer };
  const parentVer = records.version(moduleId, event.version)?.parentVer ?? null;
  return { moduleId, fromVer: parentVer, toVer: event.version };
}

/** What the gate says of the moment of an activation. */
function judge(
  records: Records,
  { seq, index, event }: EventAt,
): { pair: PairKey; found: PairVerdict; verdict: Verdict } {
  const pair = pairOf(records, event);
  const policy = policyAt(records, seq - 1);
  if (policy === null) throw new TypeError(`entry ${seq} has no policy before it`);
  const lines = records
    .reportLines(pair)
    .filter((line) => line.entry < seq || (line.entry === seq && line.event < index));
  const found = verdictOf(reportsOf(records, policy, pair, lines), policy.approveCapabilities);
  const verdict = decideGate({
    ...pair,
    pair: found,
    settings: policy,
    active: pair.fromVer,
    // Whatever becomes of it later: what is `reverted` or redacted does not pass the gate.
    candidate: { reverted: false, redacted: false, parentVer: pair.fromVer },
  });
  return { pair, found, verdict };
}

/** How a version became active, as callers see it. */
export function activationOf(records: Records, at: EventAt): Activation {
  const { seq, event } = at;
  const entry = records.entry(seq);
  const { actor = '', timestamp = 0, oid = '' } = entry ?? {};
  if (event.type === 'rollback') {
    const { fromVer, toVer, reason } = event;
    const said = { seq, oid, actor, timestamp, fromVer, toVer };
    return { ...said, type: event.type, reason, verdict: null, approvers: [] };
  }
  const { pair, found, verdict } = judge(records, at);
  const said = { seq, oid, actor, timestamp, fromVer: pair.fromVer, toVer: pair.toVer };
  const reason = event.type === 'break-glass' ? event.reason : null;
  return { ...said, type: event.type, reason, verdict, approvers: found.approvers };
}

/** How the version became active that was active after an entry: by the last event of it that made one so. */
export function activationBy(records: Records, moduleId: string, seq: number): Activation {
  const events = records.entry(seq)?.events ?? [];
  const index = events.findLastIndex((event) => isActivating(event) && event.moduleId === moduleId);
  const event = events[index];
  if (event === undefined || !isActivating(event))
    throw new TypeError(`entry ${seq} makes nothing of ${moduleId} active`);
  return activationOf(records, { seq, index, event });
}

/** The question that the writer of an activation asks the operator's hook, as of its moment; null for what no hook is asked about. */
export function questionOf(records: Records, at: EventAt): SwapQuestion | null {
  if (at.event.type !== 'activate') return null;
  const { pair, verdict } = judge(records, at);
  const { checksum = '' } = records.version(pair.moduleId, pair.toVer) ?? {};
  return { ...pair, checksum, verdict };
}

/** What the gate says of an activation's moment, in the words of an audit; null for a rollback, which is never gated. */
export function judgedActivation(records: Records, at: EventAt): JudgedActivation | null {
  const { seq, event } = at;
  if (event.type === 'rollback') return null;
  const { pair, verdict, found } = judge(records, at);
  const place = { seq, ...pair };
  if (event.type === 'activate') return { ...place, by: 'gate', ...verdict };
  const reasons = [{ code: 'BREAK_GLASS', message: event.reason }] as const;
  return { ...place, by: 'break-glass', allow: true, level: found.level, reasons };
}
