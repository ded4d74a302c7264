/** What several reports on one pair add up to: which of them count, the level in force, who has approved. */

import { type Capability, type CapabilityChange, inOrder } from './capability.js';
import type { MeasuredBy } from './policy-settings.js';
import {
  type CompatibilityLevel,
  type FindingStatus,
  type JudgedReport,
  moreSevere,
  type StoredReport,
} from './report.js';

/** What is in force for a pair. */
export interface PairVerdict {
  /** The most severe level reported on this content that counts; UNKNOWN where there is no report. */
  readonly level: CompatibilityLevel;
  /** Of the capabilities that the policy has approved, those that the version gains by a report that counts, in their order. */
  readonly capabilities: readonly Capability[];
  /** The principals whose approvals stand for that level and those capabilities, each once. */
  readonly approvers: readonly string[];
  readonly reports: number;
  /** True where a report covers the content itself; an unbound one can block, never allow. */
  readonly assessed: boolean;
}

/** True for what was found of a pair; an approval or its withdrawal finds nothing. */
function isFinding(report: Pick<JudgedReport, 'approvedBy' | 'withdraws'>): boolean {
  return report.approvedBy === 'auto' && report.withdraws === null;
}

/** True for what may settle a level, and not only raise it. */
function isMeasured({ status }: JudgedReport): boolean {
  return status === undefined || status === 'unchecked';
}

/** True where an assessor came to a level on this very content, whatever level was given by hand beside it. */
function isInformed(report: JudgedReport): boolean {
  if (!isFinding(report) || !isMeasured(report) || !report.bound || report.tainted) return false;
  return report.assessor !== null && foundLevel(report) !== 'UNKNOWN';
}

/** What the assessor found; of a report without one, what was given. */
export function foundLevel({ level, measuredLevel }: JudgedReport): CompatibilityLevel {
  return measuredLevel ?? level;
}

/** True where an assessor, and nobody by hand, says that it could not tell. */
function isAssessorsUnknown(report: JudgedReport): boolean {
  return report.level === 'UNKNOWN' && report.assessor !== null && report.measuredLevel === null;
}

/** True where somebody who is believed assessed the content itself. */
function isAssessed(reports: readonly JudgedReport[]): boolean {
  return reports.some((r) => r.bound && !r.tainted && isFinding(r) && isMeasured(r));
}

/**
 * The findings of a pair that an approver may take back: those that are not about the content of a version, and those of a key that is
 * revoked, once somebody else has assessed the content. Otherwise a thief who assesses, and is revoked, would turn BREAKING into UNKNOWN.
 */
export function withdrawableFindings<R extends JudgedReport>(reports: readonly R[]): R[] {
  const assessed = isAssessed(reports);
  return reports.filter((r) => isFinding(r) && (!r.bound || (r.tainted && assessed)));
}

/** The findings of a pair that count. A withdrawal by a key that is revoked takes none back. */
export function standingFindings<R extends JudgedReport>(reports: readonly R[]): R[] {
  const withdrawn = new Set(reports.flatMap((r) => (r.withdraws === null || r.tainted ? [] : [r.withdraws])));
  const taken = new Set(withdrawableFindings(reports).filter((r) => withdrawn.has(r.seq)));
  return reports.filter((r) => isFinding(r) && !taken.has(r));
}

/**
 * The findings of a pair by which it is judged. An assessor that could not tell does not count where one could, whichever came first, nor
 * does what a revoked key found, where it is lapsed; an UNKNOWN given by hand does.
 */
function countedFindings(reports: readonly JudgedReport[]): JudgedReport[] {
  const informed = reports.some(isInformed);
  const gone = (r: JudgedReport) => informed && (isAssessorsUnknown(r) || r.status === 'lapsed');
  return standingFindings(reports).filter((r) => !gone(r));
}

/**
 * True where somebody who is believed could tell what became of the content of a pair, and said what of it is gained: reports of format 1
 * say nothing of that, and those of format 2 that gain nothing have what was found.
 */
export function isGainTold(reports: readonly JudgedReport[]): boolean {
  return countedFindings(reports).some(
    (r) => isInformed(r) && (r.capabilitiesAdded !== undefined || r.findingsSha256 !== undefined),
  );
}

/** What the newer version of a pair reaches and the older does not, by any of the reports that count. */
export function capabilitiesInForce(reports: readonly JudgedReport[]): readonly Capability[] {
  return inOrder(countedFindings(reports).flatMap(({ capabilitiesAdded = [] }) => capabilitiesAdded));
}

/**
 * The level that the reports on one pair put in force: the most severe one found, and at least UNKNOWN where no finding may do more than
 * raise it.
 */
export function levelInForce(reports: readonly JudgedReport[]): CompatibilityLevel {
  const found = countedFindings(reports);
  const least: CompatibilityLevel = found.some(isMeasured) ? 'COMPATIBLE' : 'UNKNOWN';
  return found.map(({ level }) => level).reduce(moreSevere, least);
}

/** What a finding may still do, by the policy in force and by who signed it. */
export function findingStatus(
  report: Pick<JudgedReport, 'approvedBy' | 'withdraws' | 'tainted'>,
  byAssessor: boolean,
  measuredBy: MeasuredBy,
): { readonly status?: FindingStatus } {
  if (measuredBy === 'any' || !isFinding(report)) return {};
  if (report.tainted) return { status: 'lapsed' };
  if (byAssessor) return {};
  return { status: measuredBy === 'assessor' ? 'raises' : 'unchecked' };
}

/** What a machine has measured itself. */
export interface OwnResult {
  readonly level: CompatibilityLevel;
  readonly capabilities: CapabilityChange;
  readonly assessor: string;
}

/** The reports on a pair, and beside them what this machine has measured of it: what no assessor's key signed only raises that. */
export function rechecked(
  reports: readonly JudgedReport[],
  pair: Pick<JudgedReport, 'moduleId' | 'fromVer' | 'toVer'>,
  { level, capabilities, assessor }: OwnResult,
): JudgedReport[] {
  const own: JudgedReport = {
    ...{ moduleId: pair.moduleId, fromVer: pair.fromVer, toVer: pair.toVer, level, assessor },
    ...{ approvedBy: 'auto', measuredLevel: null, withdraws: null, bound: true, tainted: false },
    capabilitiesAdded: capabilities.added,
    seq: reports.length + 1,
  };
  return [...reports.map((r) => (r.status === 'unchecked' ? { ...r, status: 'raises' as const } : r)), own];
}

/**
 * Adds up the reports on one pair. Reports only raise the level, but for an assessor's UNKNOWN, which gives way to what an
 * assessor could tell. An approval stands until it is withdrawn, and for the level that its approver saw: a more severe
 * report afterwards needs a new one, and so does one that adds a capability of those that are `asked` about: the policy's
 * `approveCapabilities`. By the policy's `measuredBy`, some reports only raise a level (`FindingStatus`).
 */
export function verdictOf(reports: readonly JudgedReport[], asked: readonly Capability[]): PairVerdict {
  const capabilities = capabilitiesInForce(reports).filter((name) => asked.includes(name));
  return {
    level: levelInForce(reports),
    capabilities,
    approvers: [...new Set(standingApprovals(reports, capabilities).map((r) => r.approvedBy))],
    reports: reports.length,
    assessed: isAssessed(reports),
  };
}

/** Marks an approval that does not count because its principal staged the version. */
export function selfApproval(
  { approvedBy }: Pick<JudgedReport, 'approvedBy'>,
  stagedBy: string | null,
  forbidden: boolean,
): { readonly selfApproval?: true } {
  return forbidden && approvedBy !== 'auto' && approvedBy === stagedBy ? { selfApproval: true } : {};
}

/** True where a pair that is assessed needs no measuring: nothing that is found makes its verdict any worse. */
export function isWorst({ level, capabilities }: PairVerdict, asked: readonly Capability[]): boolean {
  return level === 'BREAKING' && capabilities.length === asked.length;
}

/** The approvals of a pair that nobody has withdrawn, whose key is believed, and that cover the level in force and some capabilities. */
function standingApprovals<R extends JudgedReport>(reports: readonly R[], capabilities: readonly Capability[]): R[] {
  const withdrawn = new Set(reports.map((r) => r.withdraws));
  const inForce = levelInForce(reports);
  return reports.filter(
    (r) =>
      r.approvedBy !== 'auto' &&
      r.bound &&
      !r.tainted &&
      r.selfApproval !== true &&
      !withdrawn.has(r.seq) &&
      moreSevere(r.level, inForce) === r.level &&
      capabilities.every((name) => r.capabilitiesAdded?.includes(name)),
  );
}

/**
 * What approvals name that stand for a pair, though the version may gain more by now: what as many principals name as the policy has approve,
 * by its `requiredApprovals`.
 */
export function approvedCapabilities(reports: readonly JudgedReport[], required: number): readonly Capability[] {
  const approvers = new Map<Capability, Set<string>>();
  for (const { approvedBy, capabilitiesAdded = [] } of standingApprovals(reports, []))
    for (const name of capabilitiesAdded) approvers.set(name, (approvers.get(name) ?? new Set()).add(approvedBy));
  return inOrder([...approvers].flatMap(([name, principals]) => (principals.size >= required ? [name] : [])));
}

/**
 * What going back from the newer version of a pair to the older would change for callers that began to use the newer one, by the reports on
 * the pair: the most severe level that an assessor could tell, else UNKNOWN; null where nobody measured it.
 */
export function returnLevelOf(reports: readonly StoredReport[]): CompatibilityLevel | null {
  const levels = standingFindings(reports).flatMap(({ bound, returnLevel }) =>
    bound && returnLevel !== undefined ? [returnLevel] : [],
  );
  const [first, ...others] = levels.filter((level) => level !== 'UNKNOWN');
  return first === undefined ? (levels[0] ?? null) : others.reduce(moreSevere, first);
}
