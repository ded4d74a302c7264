/** Reports on pairs of versions: stored, approved, withdrawn. */

import { LedgerError } from '../errors.js';
import { type Capability, inOrder } from '../model/capability.js';
import {
  capabilitiesInForce,
  findingStatus,
  levelInForce,
  standingFindings,
  withdrawableFindings,
} from '../model/level-in-force.js';
import { forbidsSelfApproval } from '../model/policy.js';
import { factsOf, type PairKey } from '../model/record-types.js';
import { reportRef, reportTagName } from '../model/ref-names.js';
import {
  type CompatibilityLevel,
  type checkReport,
  type FindingStatus,
  type JudgedReport,
  moreSevere,
  type StoredReport,
} from '../model/report.js';
import { formatReport, type ReportText } from '../model/report-text.js';
import { type Decision, UNSIGNED } from './decision.js';
import { identityOf } from './identity.js';
import { storedReport } from './read-reports.js';
import { refuseFormat1 } from './refuse-format-1.js';
import { refuseTwin } from './stage.js';
import { type Version, versionNotFound } from './view.js';

type CheckedReport = ReturnType<typeof checkReport>;

type Act = 'report' | 'approve' | 'withdraw';

/** What a report may do that is signed now. */
function statusOf(
  { byAssessor, policy }: Decision,
  { approvedBy, withdraws }: Pick<ReportText, 'approvedBy' | 'withdraws'>,
): { readonly status?: FindingStatus } {
  return findingStatus({ approvedBy, withdraws, tainted: false }, byAssessor, policy.measuredBy);
}

/** Adds a report as the next signed tag of its pair. */
function addReport(
  decision: Decision,
  act: Act,
  what: Omit<ReportText, 'ledger' | 'toChecksum'>,
  to: Version | null,
): StoredReport {
  const { moduleId, fromVer, toVer, level } = what;
  const { signer, now } = decision.base;
  const seq = decision.records.reportLines(what).length + 1;
  const root = decision.records.head()?.root ?? '';
  const text: ReportText = { ...what, ledger: root, toChecksum: to?.checksum ?? null };
  const payloadSha256 = decision.addTag(reportRef(moduleId, fromVer, toVer, seq), {
    object: to?.oid ?? root,
    name: reportTagName(moduleId, fromVer, toVer, seq),
    identity: identityOf(signer.principal, now()),
    message: formatReport(text),
  });
  const bound = to !== null;
  decision.add(
    { type: act, moduleId, fromVer, toVer, seq, level, payloadSha256 },
    { report: { oid: UNSIGNED, facts: factsOf(what, bound) } },
  );
  const status = statusOf(decision, what);
  const report = storedReport(text, { seq, bound, tainted: false, ...status });
  decision.unsigned.set(reportRef(moduleId, fromVer, toVer, seq), report);
  return report;
}

/** What a report says of the capabilities that a version gains, where it gains any. */
function gaining(added: readonly Capability[]): Pick<ReportText, 'capabilitiesAdded'> {
  return added.length === 0 ? {} : { capabilitiesAdded: added };
}

function isSameList(a: readonly Capability[] = [], b: readonly Capability[] = []): boolean {
  return a.join(' ') === b.join(' ');
}

/** Stores a report, unless one says the same already that counts for as much; returns it as it stands. */
export function addFinding(decision: Decision, report: CheckedReport): StoredReport {
  const { moduleId, fromVer, toVer, rationale } = report;
  if (decision.module(moduleId) === null) refuseTwin(decision, moduleId);
  const to = decision.find(moduleId, toVer);
  if (to !== null && fromVer !== null) decision.require(moduleId, fromVer);
  const measuredLevel = report.measuredLevel ?? null;
  // A level given by hand can only raise the one that was measured.
  const level = moreSevere(report.level, measuredLevel ?? report.level);
  const { returnLevel, findingsSha256 } = report;
  const { format } = decision.policy;
  if (returnLevel !== undefined) refuseFormat1(format, 'returnLevel', 'INVALID_REPORT');
  if (findingsSha256 !== undefined) refuseFormat1(format, 'findingsSha256', 'INVALID_REPORT');
  const capabilitiesAdded = inOrder(report.capabilitiesAdded ?? []);
  if (capabilitiesAdded.length > 0) refuseFormat1(format, 'capabilitiesAdded', 'INVALID_REPORT');
  const assessor = report.assessor ?? null;
  const before = decision.reports(report);
  const { status } = statusOf(decision, { approvedBy: 'auto', withdraws: null });
  const said = standingFindings(before).find(
    (r) =>
      // What a revoked key said, or one that is no assessor's, does not keep a better one from saying it.
      !r.tainted &&
      (r.status === undefined || r.status === status) &&
      r.level === level &&
      r.rationale === rationale &&
      r.measuredLevel === measuredLevel &&
      r.returnLevel === returnLevel &&
      r.assessor === assessor &&
      r.findingsSha256 === findingsSha256 &&
      isSameList(r.capabilitiesAdded, capabilitiesAdded) &&
      r.bound === (to !== null),
  );
  if (said !== undefined) return said;
  const pair = { moduleId, fromVer, toVer };
  const returning = returnLevel === undefined ? {} : { returnLevel };
  const found = findingsSha256 === undefined ? {} : { findingsSha256 };
  const what = {
    ...pair,
    level,
    rationale,
    approvedBy: 'auto',
    measuredLevel,
    ...returning,
    assessor,
    ...found,
    ...gaining(capabilitiesAdded),
    withdraws: null,
  };
  const added = addReport(decision, 'report', what, to);
  if (level === 'BREAKING' && !before.some((r) => r.level === 'BREAKING'))
    decision.notices.push({ type: 'breaking', ...pair });
  return added;
}

/** Stores a report, unless one says the same already; returns the level in force. */
export function assess(decision: Decision, report: CheckedReport): CompatibilityLevel {
  addFinding(decision, report);
  return levelInForce(decision.judged(report));
}

/** A pair that an operator signs for or takes back. */
export interface PairDecision extends PairKey {
  readonly rationale: string;
}

/** The approvals of a pair that are not withdrawn, whatever level they were given for. */
function unwithdrawn<R extends JudgedReport>(reports: readonly R[]): R[] {
  const withdrawn = new Set(reports.map((r) => r.withdraws));
  return reports.filter((r) => r.approvedBy !== 'auto' && !withdrawn.has(r.seq));
}

/**
 * Signs for a pair at the level in force, and for the capabilities that the version gains. Repeated by the same operator, it writes nothing, unless there is another rationale to keep.
 * @throws `NOT_FOUND`; `ROLE_REQUIRED` where the signer staged the version, and the policy forbids that
 */
export function approve(decision: Decision, pair: PairDecision): StoredReport {
  const { moduleId, fromVer, toVer } = pair;
  const to = decision.find(moduleId, toVer);
  if (to === null) {
    const missing = versionNotFound(decision.records, moduleId, toVer);
    throw new LedgerError('NOT_FOUND', missing.message, missing.data, {
      hint: `stage the version first, for an approval is bound to the exact content; ${missing.hint}`,
    });
  }
  if (fromVer !== null) decision.require(moduleId, fromVer);
  const reports = decision.reports(pair);
  const level = levelInForce(reports);
  const capabilitiesAdded = capabilitiesInForce(reports);
  const { principal } = decision.base.signer;
  if (to.stagedBy === principal && forbidsSelfApproval(decision.policy)) {
    const { fingerprint } = decision.base.signer.publicKey;
    const message = `${principal} staged ${moduleId} v${toVer}: the policy has somebody else approve it`;
    const hint = 'another approver signs it; an admin can change that: git-lineage policy set forbidSelfApproval=false';
    throw new LedgerError('ROLE_REQUIRED', message, { roles: ['approver'], fingerprint }, { hint });
  }
  const isNew = ({ rationale }: StoredReport) => pair.rationale !== '' && rationale !== pair.rationale;
  const own = unwithdrawn(reports).filter((r) => r.approvedBy === principal && r.level === level && !r.tainted);
  const given = own.find((r) => !isNew(r) && isSameList(r.capabilitiesAdded, capabilitiesAdded));
  if (given !== undefined) return given;
  const what = { ...pair, level, approvedBy: principal, measuredLevel: null, assessor: null, withdraws: null };
  return addReport(decision, 'approve', { ...what, ...gaining(capabilitiesAdded) }, to);
}

/** Takes back reports of a pair; returns the last withdrawal, null where there is none to take back. */
function withdrawEach(
  decision: Decision,
  pair: PairDecision,
  reports: readonly JudgedReport[],
  to: Version | null,
): StoredReport | null {
  let last: StoredReport | null = null;
  for (const { level, seq } of reports) {
    const what = { ...pair, level, approvedBy: 'auto', measuredLevel: null, assessor: null, withdraws: seq };
    last = addReport(decision, 'withdraw', what, to);
  }
  return last;
}

/**
 * Takes back the reports of a pair that are about no content, and those of revoked keys; returns the last withdrawal.
 * @throws `NOT_FOUND`
 */
export function withdrawReports(decision: Decision, pair: PairDecision): StoredReport {
  const { moduleId, fromVer, toVer } = pair;
  refuseFormat1(decision.policy.format, 'reports');
  const before = decision.judged(pair);
  const standing = new Set(standingFindings(before));
  const left = withdrawableFindings(before).filter((r) => standing.has(r));
  const last = withdrawEach(decision, pair, left, null);
  if (last !== null) return last;
  const report = `report of ${moduleId} ${fromVer ?? '-'} -> ${toVer}`;
  throw new LedgerError(
    'NOT_FOUND',
    `there is no ${report} to withdraw: none that is about no version, or whose key is revoked while another has assessed the pair`,
    { kind: 'REPORT', what: `a ${report}` },
    { hint: 'a report on the content of a version stands; an approver signs for the pair: git-lineage approve' },
  );
}

/** Takes back every approval of a pair; returns the last withdrawal. @throws `NOT_FOUND` */
export function withdraw(decision: Decision, pair: PairDecision): StoredReport {
  const { moduleId, fromVer, toVer } = pair;
  const to = decision.require(moduleId, toVer);
  const last = withdrawEach(decision, pair, unwithdrawn(decision.judged(pair)), to);
  if (last !== null) return last;
  const approval = `approval of ${moduleId} ${fromVer ?? '-'} -> ${toVer}`;
  throw new LedgerError(
    'NOT_FOUND',
    `there is no ${approval} to withdraw`,
    { kind: 'APPROVAL', what: `an ${approval}` },
    { hint: `git-lineage show ${moduleId}@${toVer} lists the reports of the pair` },
  );
}
