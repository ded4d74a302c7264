/** A compatibility report as the text of a signed tag, and back; and what several reports on one pair add up to. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import {
  CAPABILITIES,
  type Capability,
  type CapabilityChange,
  inOrder,
  isCapabilityList,
  parseCapabilities,
} from './capability.js';
import { checksumIssues, versionIssues } from './checkpoint.js';
import { isFindingsDigest } from './findings-digest.js';
import { isModuleId, moduleIdIssues } from './module-id.js';
import { isOid } from './object-id.js';
import type { MeasuredBy } from './policy.js';
import { principalIssues } from './principal.js';
import { isPrintableLine, isPrintableText } from './printable.js';
import { parseCount, parseVersionOrNone } from './ref-names.js';
import { formatMessage, parseMessage, type Trailer, TrailerReader } from './trailers.js';

export type CompatibilityLevel = 'COMPATIBLE' | 'MINOR_CHANGE' | 'BREAKING' | 'UNKNOWN';

/** How a version relates to the one that it replaces. */
export const CompatibilityLevel = Object.freeze({
  /** Drop-in. */
  COMPATIBLE: 'COMPATIBLE',
  /** Additive. */
  MINOR_CHANGE: 'MINOR_CHANGE',
  /** Interface removed or changed. */
  BREAKING: 'BREAKING',
  /** Too little information. */
  UNKNOWN: 'UNKNOWN',
} as const satisfies Record<string, CompatibilityLevel>);

/** A whole verdict is the most severe of its parts: BREAKING over UNKNOWN over MINOR_CHANGE over COMPATIBLE. */
const SEVERITY: Readonly<Record<CompatibilityLevel, number>> = {
  COMPATIBLE: 0,
  MINOR_CHANGE: 1,
  UNKNOWN: 2,
  BREAKING: 3,
};

export function isCompatibilityLevel(value: unknown): value is CompatibilityLevel {
  return typeof value === 'string' && Object.hasOwn(SEVERITY, value);
}

/** The more severe of two levels. */
export function moreSevere(a: CompatibilityLevel, b: CompatibilityLevel): CompatibilityLevel {
  return SEVERITY[a] >= SEVERITY[b] ? a : b;
}

/** What was found of a pair of versions, and who answers for it. */
export interface CompatibilityReport {
  readonly moduleId: string;
  /** Null for a module's first version. */
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly level: CompatibilityLevel;
  readonly rationale: string;
  /** `auto` where no person judged it, else the principal of the key that signed the approval. */
  readonly approvedBy: string;
}

/** A report to store. An `approvedBy` in it is not believed: only `approve` writes one. */
export interface NewReport {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly level: CompatibilityLevel;
  readonly rationale?: string | undefined;
  readonly approvedBy?: string | undefined;
  /** What an assessor measured, where `level` was given by hand; a less severe `level` is raised to it. */
  readonly measuredLevel?: CompatibilityLevel | undefined;
  /** What going back from `toVer` to `fromVer` would change for callers that began to use `toVer`. Format 2; not of a first version. */
  readonly returnLevel?: CompatibilityLevel | undefined;
  /** Name and version of the assessor, e.g. `git-lineage/typescript 6.0.3`. */
  readonly assessor?: string | undefined;
  /** SHA-256 of what the assessor found, in hex; see `Assessment.findingsSha256`. Format 2, and beside `assessor`. */
  readonly findingsSha256?: string | undefined;
  /** What the assessor found that `toVer` reaches and `fromVer` does not. Format 2, beside `assessor`, and not of a first version. */
  readonly capabilitiesAdded?: readonly Capability[] | undefined;
}

/**
 * What a finding may still do where the policy's `measuredBy` is not `any`. `raises`: no assessor's key signed it, so it raises the level
 * of its pair, never lowers it, and never takes the place of UNKNOWN. `unchecked`: so it is as soon as the pair is measured again; until
 * then it counts in full. `lapsed`: its key was revoked, and it counts until the pair has been measured again.
 */
export type FindingStatus = 'raises' | 'unchecked' | 'lapsed';

/** A report as the ledger holds it. */
export interface StoredReport extends CompatibilityReport {
  /** Its number among the reports of its pair, from 1. */
  readonly seq: number;
  /** True where its signature covers the content of `toVer`; one made before that was in the ledger can block, never allow. */
  readonly bound: boolean;
  readonly measuredLevel: CompatibilityLevel | null;
  /** What going back from `toVer` to `fromVer` would change for callers that began to use `toVer`; left out where nobody measured that. */
  readonly returnLevel?: CompatibilityLevel;
  readonly assessor: string | null;
  /** SHA-256 of all that the assessor found, in hex, so that an audit can tell whether it would find the same; left out where none was given. */
  readonly findingsSha256?: string;
  /**
   * What the assessor found that `toVer` reaches and `fromVer` does not, in the order of `CAPABILITIES`; of an approval, all that its
   * approver saw of that. Left out where it is nothing.
   */
  readonly capabilitiesAdded?: readonly Capability[];
  /** The number of the approval, or in format 2 of the report, that it takes back; or null. */
  readonly withdraws: number | null;
  /** True where its key was revoked from its entry on: it allows nothing any more. What it found against a version still counts. */
  readonly tainted: boolean;
  /** True for an approval by the principal who staged the version, under a policy that forbids that: it does not count. Else left out. */
  readonly selfApproval?: boolean;
  /** Why what it found does not count in full. Left out where it does. */
  readonly status?: FindingStatus;
}

/** What of a report the verdict on its pair depends on. */
export type JudgedReport = Omit<StoredReport, 'rationale'>;

export const MAX_RATIONALE_BYTES = 65_536;
const MAX_ASSESSOR_BYTES = 128;

function reportIssues(report: NewReport): InputIssue[] {
  const issues = [
    ...moduleIdIssues(report.moduleId),
    ...versionIssues(report.fromVer, 'fromVer', true),
    ...versionIssues(report.toVer, 'toVer'),
  ];
  const ordered = report.fromVer === null || !(report.fromVer >= report.toVer);
  if (!ordered)
    issues.push({ path: 'toVer', expected: `a version after ${report.fromVer}`, actual: String(report.toVer) });
  for (const path of ['level', 'measuredLevel', 'returnLevel'] as const) {
    const value = report[path];
    if (isCompatibilityLevel(value) || (path !== 'level' && value === undefined)) continue;
    issues.push({ path, expected: 'COMPATIBLE, MINOR_CHANGE, BREAKING or UNKNOWN', actual: quoted(value) });
  }
  if (report.fromVer === null && report.returnLevel !== undefined)
    issues.push({
      path: 'returnLevel',
      expected: 'none: nothing is before a first version',
      actual: quoted(report.returnLevel),
    });
  const { rationale = '', assessor, findingsSha256 } = report;
  if (typeof rationale !== 'string' || !isPrintableText(rationale, MAX_RATIONALE_BYTES)) {
    const expected = `printable text of at most ${MAX_RATIONALE_BYTES} bytes, lines ended by LF`;
    issues.push({ path: 'rationale', expected, actual: quoted(rationale) });
  }
  if (assessor !== undefined && (typeof assessor !== 'string' || !isPrintableLine(assessor, MAX_ASSESSOR_BYTES))) {
    issues.push({
      path: 'assessor',
      expected: `one printable line of at most ${MAX_ASSESSOR_BYTES} bytes`,
      actual: quoted(assessor),
    });
  }
  if (findingsSha256 !== undefined && (assessor === undefined || !isFindingsDigest(findingsSha256))) {
    const expected =
      assessor === undefined ? 'none without an assessor' : 'a SHA-256 in 64 lower-case hexadecimal digits';
    issues.push({ path: 'findingsSha256', expected, actual: quoted(findingsSha256) });
  }
  return [...issues, ...capabilityIssues(report)];
}

function capabilityIssues({ capabilitiesAdded: added, assessor, fromVer }: NewReport): InputIssue[] {
  if (added === undefined || (Array.isArray(added) && added.length === 0)) return [];
  const wrong = (expected: string) => [{ path: 'capabilitiesAdded', expected, actual: quoted(added) }];
  if (!isCapabilityList(added)) return wrong(`a list of ${CAPABILITIES.join(', ')}`);
  if (assessor === undefined) return wrong('none without an assessor');
  return fromVer === null ? wrong('none: nothing is before a first version') : [];
}

/** Returns a valid report, else throws `INVALID_REPORT`, `INVALID_MODULE_ID` or `INVALID_VERSION` with every issue. */
export function checkReport(report: NewReport): NewReport & { readonly rationale: string } {
  if (typeof report !== 'object' || report === null) {
    throw invalidInput(
      'INVALID_REPORT',
      [{ path: 'report', expected: 'an object', actual: quoted(report) }],
      'see NewReport',
    );
  }
  const issues = reportIssues(report);
  if (issues.length > 0) {
    const paths = new Set(issues.map((i) => i.path));
    const hint = 'shorten or correct these fields of the report';
    if (paths.size === 1 && paths.has('moduleId')) throw invalidInput('INVALID_MODULE_ID', issues, hint);
    if ([...paths].every((p) => p === 'fromVer' || p === 'toVer')) throw invalidInput('INVALID_VERSION', issues, hint);
    throw invalidInput('INVALID_REPORT', issues, hint);
  }
  return { ...report, rationale: report.rationale ?? '' };
}

/** What of a report does not stand in its text. */
export type ReportPlace = Pick<StoredReport, 'seq' | 'bound' | 'tainted' | 'selfApproval' | 'status'>;

/** Everything that the text of a report's tag says. */
export interface ReportText extends Omit<StoredReport, keyof ReportPlace> {
  /** The oid of the journal's root, so that a report cannot be replayed in another ledger. */
  readonly ledger: string;
  /** The checksum of the content judged; null for an unbound report. */
  readonly toChecksum: string | null;
}

/** RFC 4880 §7.1, dash-escaped text, for the lines that could pass for the marker of a signature. */
function dashEscape(text: string): string {
  return text.replace(/^(?=(?:- )*-----)/gm, '- ');
}

function dashUnescape(text: string): string {
  return text.replace(/^- (?=(?:- )*-----)/gm, '');
}

function subjectOf(report: ReportText): string {
  const from = report.fromVer === null ? 'first version' : `v${report.fromVer}`;
  // Who takes back a report, and no approval, says nothing about the content of a version.
  const withdrawn = report.toChecksum === null ? ' (report withdrawn)' : ' (approval withdrawn)';
  const act = report.withdraws !== null ? withdrawn : report.approvedBy === 'auto' ? '' : ' (approved)';
  return `${report.level} ${report.moduleId} ${from} -> v${report.toVer}${act}`;
}

/** The message of a report's tag. The level comes first in the subject: git does not parse the trailers of a signed tag. */
export function formatReport(report: ReportText): string {
  const optional = (key: string, value: string | number | null): Trailer[] =>
    value === null ? [] : [[key, String(value)]];
  return formatMessage(subjectOf(report), dashEscape(report.rationale), [
    ['Ledger', report.ledger],
    ['Module', report.moduleId],
    ['From', String(report.fromVer ?? 0)],
    ['To', String(report.toVer)],
    ...optional('To-Checksum', report.toChecksum),
    ['Level', report.level],
    ...optional('Measured-Level', report.measuredLevel),
    ...optional('Return-Level', report.returnLevel ?? null),
    ['Approved-By', report.approvedBy],
    ...optional('Withdraws', report.withdraws),
    ...optional('Assessor', report.assessor),
    ...optional('Findings-SHA256', report.findingsSha256 ?? null),
    ...optional('Capabilities-Added', report.capabilitiesAdded?.join(' ') ?? null),
  ]);
}

/** What a line of `Capabilities-Added` says; nothing where it is not written as one, so that its message is none. */
function gainedBy(
  line: string | null,
  { fromVer, assessor, approvedBy }: Pick<StoredReport, 'fromVer' | 'assessor' | 'approvedBy'>,
): Pick<StoredReport, 'capabilitiesAdded'> {
  const isFit = fromVer !== null && (assessor !== null || approvedBy !== 'auto');
  const capabilitiesAdded = line === null || !isFit ? null : parseCapabilities(line);
  return capabilitiesAdded === null ? {} : { capabilitiesAdded };
}

/** The report that a tag's message holds, or null where it is not exactly what `formatReport` writes. */
export function parseReport(message: string): ReportText | null {
  const parsed = parseMessage(message);
  if (parsed === null) return null;
  const trailers = new TrailerReader(parsed.trailers);
  const ledger = trailers.take('Ledger') ?? '';
  const moduleId = trailers.take('Module') ?? '';
  const fromVer = parseVersionOrNone(trailers.take('From') ?? undefined);
  const toVer = parseCount(trailers.take('To') ?? undefined);
  const toChecksum = trailers.take('To-Checksum');
  const level = trailers.take('Level');
  const measuredLevel = trailers.take('Measured-Level');
  const returnLevel = trailers.take('Return-Level');
  const approvedBy = trailers.take('Approved-By') ?? '';
  const withdrawn = trailers.take('Withdraws');
  const withdraws = withdrawn === null ? null : parseCount(withdrawn);
  const assessor = trailers.take('Assessor');
  const findingsSha256 = trailers.take('Findings-SHA256');
  const added = trailers.take('Capabilities-Added');
  if (fromVer === undefined || toVer === null || !isModuleId(moduleId) || !isOid(ledger)) return null;
  if (!isCompatibilityLevel(level) || (measuredLevel !== null && !isCompatibilityLevel(measuredLevel))) return null;
  if (returnLevel !== null && !isCompatibilityLevel(returnLevel)) return null;
  if (findingsSha256 !== null && (assessor === null || !isFindingsDigest(findingsSha256))) return null;
  if (toChecksum !== null && checksumIssues(toChecksum, '').length > 0) return null;
  if (approvedBy !== 'auto' && principalIssues(approvedBy).length > 0) return null;
  const rationale = dashUnescape(parsed.body);
  const text = {
    ledger,
    moduleId,
    fromVer,
    toVer,
    toChecksum,
    level,
    measuredLevel,
    ...(returnLevel === null ? {} : { returnLevel }),
    approvedBy,
    withdraws,
    assessor,
    ...(findingsSha256 === null ? {} : { findingsSha256 }),
    ...gainedBy(added, { fromVer, assessor, approvedBy }),
    rationale,
  };
  return formatReport(text) === message ? text : null;
}

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
 * `approveCapabilities`. By the policy's `measuredBy`, some reports only raise a level (`FindingStanding`).
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
  const inForce = SEVERITY[levelInForce(reports)];
  return reports.filter(
    (r) =>
      r.approvedBy !== 'auto' &&
      r.bound &&
      !r.tainted &&
      r.selfApproval !== true &&
      !withdrawn.has(r.seq) &&
      inForce <= SEVERITY[r.level] &&
      capabilities.every((name) => r.capabilitiesAdded?.includes(name)),
  );
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
