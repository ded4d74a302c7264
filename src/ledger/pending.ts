/** What waits for an operator. */

import type { PairKey, ReportLine } from '../model/records.js';
import type { StoredReport } from '../model/report.js';
import type { View } from './view.js';

/** Orders pairs as their first reports came. */
export function byFirstReport(a: readonly ReportLine[], b: readonly ReportLine[]): number {
  const [first, second] = [a[0], b[0]];
  return (first?.entry ?? 0) - (second?.entry ?? 0) || (first?.event ?? 0) - (second?.event ?? 0);
}

/** The BREAKING report, the latest, else the latest by which the version gains a capability, of each pair that the policy holds back until an operator has signed. */
export function pendingReports(view: View): StoredReport[] {
  const pairs = [...view.records.pending()].map((pair): [PairKey, readonly ReportLine[]] => [
    pair,
    view.records.reportLines(pair),
  ]);
  return pairs.sort(([, a], [, b]) => byFirstReport(a, b)).flatMap(([pair]) => latestReason(view, pair) ?? []);
}

function latestReason(view: View, pair: PairKey): StoredReport | null {
  const reports = view.reports(pair);
  const findings = reports.filter((r) => r.approvedBy === 'auto' && r.withdraws === null);
  return (
    findings.findLast((r) => r.level === 'BREAKING') ??
    reports.findLast((r) => r.level === 'BREAKING') ??
    findings.findLast((r) => r.capabilitiesAdded !== undefined) ??
    null
  );
}
