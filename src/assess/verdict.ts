/** From findings to a verdict. */

import { type CompatibilityLevel, moreSevere } from '../model/report.js';
import {
  type Assessment,
  type AssessmentLimit,
  type Finding,
  MAX_FINDINGS,
  type PartialAssessment,
} from './contract.js';
import { rationaleOf } from './rationale.js';

const ORDER: readonly CompatibilityLevel[] = ['BREAKING', 'UNKNOWN', 'MINOR_CHANGE', 'COMPATIBLE'];

/** The most severe of the findings; COMPATIBLE where there is none. */
export function levelOf(findings: readonly Finding[]): CompatibilityLevel {
  return findings.reduce<CompatibilityLevel>((level, finding) => moreSevere(level, finding.level), 'COMPATIBLE');
}

/** Most severe first, and else in the order found. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  return ORDER.flatMap((level) => findings.filter((finding) => finding.level === level));
}

/** Adds the parts up. */
export function verdictOfParts(
  parts: readonly PartialAssessment[],
  assessor: string,
  limit: AssessmentLimit | null = null,
): Assessment {
  const findings = bySeverity(parts.flatMap((part) => part.findings));
  const notes = parts.flatMap((part) => part.notes);
  const level = levelOf(findings);
  return {
    level,
    findings: findings.slice(0, MAX_FINDINGS),
    omitted: Math.max(0, findings.length - MAX_FINDINGS),
    notes,
    rationale: rationaleOf(level, findings, notes),
    assessor,
    limit,
  };
}
