/** A compatibility report: what was found of a pair of versions, and by whom. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { CAPABILITIES, type Capability, isCapabilityList } from './capability.js';
import { versionIssues } from './checkpoint.js';
import { isSha256Hex } from './content-digest.js';
import { moduleIdIssues } from './module-id.js';
import { isPrintableLine, isPrintableText } from './printable.js';

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
  if (findingsSha256 !== undefined && (assessor === undefined || !isSha256Hex(findingsSha256))) {
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
      'a report has a module, a pair of versions and a level',
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
