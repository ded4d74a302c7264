/** Which pairs wait for an operator: kept up to date with every entry, so that nobody has to look at all of them. */

import { CAPABILITIES } from './capability.js';
import type { ChangedRecords } from './changed-records.js';
import { missingApproval } from './gate.js';
import type { LedgerEvent } from './ledger-event.js';
import { findingStatus, selfApproval, verdictOf } from './level-in-force.js';
import { forbidsSelfApproval, type Policy } from './policy.js';
import { KEY } from './record-keys.js';
import type { PairKey, ReportLine } from './record-types.js';
import type { Records } from './records.js';
import type { JudgedReport } from './report.js';
import { isTainted } from './revocation.js';
import { REVERTED } from './tag-label.js';

/** The reports of a pair, without their rationale, for the gate. One whose tag could not be read allows nothing. */
export function reportsOf(
  records: Records,
  policy: Policy,
  pair: PairKey,
  lines: readonly ReportLine[],
): JudgedReport[] {
  const stagedBy = records.version(pair.moduleId, pair.toVer)?.stagedBy ?? null;
  return lines.map(({ type, level, entry, fingerprint, byAssessor = false, facts }, i) => {
    const report = {
      ...pair,
      level,
      seq: i + 1,
      tainted: isTainted(policy, fingerprint, entry),
      ...(facts ?? {
        approvedBy: type === 'approve' ? 'unreadable' : 'auto',
        bound: false,
        measuredLevel: null,
        assessor: null,
        withdraws: type === 'withdraw' ? 0 : null,
        // Whatever it says that the version gains, it may block.
        ...(type === 'report' && policy.format > 1 && pair.fromVer !== null ? { capabilitiesAdded: CAPABILITIES } : {}),
      }),
    };
    return {
      ...report,
      ...(facts === null ? {} : selfApproval(facts, stagedBy, forbidsSelfApproval(policy))),
      ...findingStatus(report, byAssessor, policy.measuredBy),
    };
  });
}

/**
 * True where a pair waits for an operator: it has a report, the policy asks for approvals that it lacks, and somebody could still activate
 * the version. Nobody can where it was reverted or redacted, or staged and then overtaken by a later one. What is only UNKNOWN waits until
 * the version is active for the first time: a policy that begins to ask asks nothing of what has run.
 */
function isPending(records: Records, policy: Policy, pair: PairKey): boolean {
  const { requireApproval, approveCapabilities, approveUnknown } = policy;
  if (!requireApproval && approveCapabilities.length === 0 && !approveUnknown) return false;
  const version = records.version(pair.moduleId, pair.toVer);
  // A report on what is not there, or was made from another version, is about no swap that could happen. In format 1 it waits all the same, as ever.
  if (policy.format > 1 && version?.parentVer !== pair.fromVer) return false;
  if (version !== null) {
    const overtaken = !version.ever && (records.module(pair.moduleId)?.active ?? 0) > pair.toVer;
    if (overtaken || version.tags.includes(REVERTED) || version.redacted !== undefined) return false;
  }
  const objected = records.hasObjection(pair);
  const asksOfUnknown = approveUnknown && version?.parentVer === pair.fromVer && !version.ever;
  if (!objected && !asksOfUnknown) return false;
  const lines = records.reportLines(pair);
  // Whoever asks reads the tag that was unreadable here, and says so.
  if (objected && lines.some(({ facts }) => facts === null)) return true;
  const verdict = verdictOf(reportsOf(records, policy, pair, lines), approveCapabilities);
  return missingApproval(verdict, { ...policy, approveUnknown: asksOfUnknown }, pair.fromVer) !== null;
}

/** Looks again which of some pairs wait for an operator; those that did not before wait since `now`. */
export function settlePending(records: ChangedRecords, policy: Policy, pairs: Iterable<PairKey>, now: number): void {
  for (const pair of [...pairs]) {
    if (!isPending(records, policy, pair)) records.remove(KEY.pending(pair));
    else if (records.pendingSince(pair) === null) records.set(KEY.pending(pair), now);
  }
}

/** The pairs whose waiting a change of the policy may have begun or ended. */
export function* allWaitable(records: Records, { approveUnknown }: Policy): Generator<PairKey> {
  yield* records.pending();
  yield* records.waitable(approveUnknown);
}

/** The pairs whose waiting an event may have begun or ended. */
export function* touchedPairs(records: Records, { approveUnknown }: Policy, event: LedgerEvent): Generator<PairKey> {
  const waitable = (moduleId: string, first: number, last = first) =>
    records.waitable(approveUnknown, { moduleId, first, last });
  switch (event.type) {
    case 'report':
    case 'approve':
    case 'withdraw':
      if (approveUnknown || records.hasObjection(event)) yield event;
      return;
    case 'stage':
      // It may have been reported on before it was there.
      yield* waitable(event.moduleId, event.version);
      return;
    case 'activate':
      // Those of earlier versions that were staged are overtaken.
      yield* records.pending(event.moduleId);
      return;
    case 'break-glass':
      yield* records.pending(event.moduleId);
      yield* waitable(event.moduleId, event.toVer);
      return;
    case 'rollback':
      yield* waitable(event.moduleId, event.toVer, event.fromVer);
      return;
    case 'tag':
    case 'untag':
      if (event.tag === REVERTED) yield* waitable(event.moduleId, event.version);
      return;
    case 'redact':
      // Any version may have held the file.
      yield* records.pending();
      return;
    default:
  }
}
