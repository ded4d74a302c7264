/** What waits for an operator. */

import { CAPABILITIES, type Capability } from '../model/capability.js';
import { missingApproval } from '../model/gate.js';
import { verdictOf } from '../model/level-in-force.js';
import type { PairKey, ReportLine } from '../model/record-types.js';
import type { StoredReport } from '../model/report.js';
import type { View } from './view.js';

/** Orders pairs as their first reports came. */
export function byFirstReport(a: readonly ReportLine[], b: readonly ReportLine[]): number {
  const [first, second] = [a[0], b[0]];
  return (first?.entry ?? 0) - (second?.entry ?? 0) || (first?.event ?? 0) - (second?.event ?? 0);
}

/** The report for which each pair waits that the policy holds back until an operator has signed. */
export function pendingReports(view: View): StoredReport[] {
  const pairs = [...view.records.pending()].map((pair): [PairKey, readonly ReportLine[]] => [
    pair,
    view.records.reportLines(pair),
  ]);
  return pairs.sort(([, a], [, b]) => byFirstReport(a, b)).flatMap(([pair]) => latestReason(view, pair) ?? []);
}

/**
 * The latest BREAKING report; where the level needs no approval, or has it, the latest by which the version gains a capability that the
 * policy asks about; of what waits because it is UNKNOWN, the latest that says so, else the last of all.
 */
function latestReason(view: View, pair: PairKey): StoredReport | null {
  const { policy } = view;
  const reports = view.reports(pair);
  const findings = reports.filter((r) => r.approvedBy === 'auto' && r.withdraws === null);
  const verdict = verdictOf(reports, policy.approveCapabilities);
  const known = { ...policy, approveUnknown: false };
  if (policy.approveUnknown && missingApproval(verdict, known, pair.fromVer) === null)
    return findings.findLast((r) => r.level === 'UNKNOWN') ?? findings.at(-1) ?? reports.at(-1) ?? null;
  const gaining = (asked: readonly Capability[]) =>
    findings.findLast(({ capabilitiesAdded = [] }) => capabilitiesAdded.some((name) => asked.includes(name)));
  const gained = gaining(policy.approveCapabilities);
  if (gained !== undefined && missingApproval(verdictOf(reports, []), policy, pair.fromVer) === null) return gained;
  return (
    findings.findLast((r) => r.level === 'BREAKING') ??
    reports.findLast((r) => r.level === 'BREAKING') ??
    gained ??
    gaining(CAPABILITIES) ??
    null
  );
}
