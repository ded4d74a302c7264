/** From findings to a verdict. */

import {
  type Assessment,
  type AssessmentLimit,
  type Caller,
  type Finding,
  MAX_FINDINGS,
  type PartialAssessment,
} from '../model/assessment.js';
import { type CapabilityChange, NO_CHANGE } from '../model/capability.js';
import { type CompatibilityLevel, moreSevere } from '../model/report.js';
import { callerText, rationaleOf } from './rationale.js';
import { rootCausesOf } from './root-causes.js';

const ORDER: readonly CompatibilityLevel[] = ['BREAKING', 'UNKNOWN', 'MINOR_CHANGE', 'COMPATIBLE'];

/** The most severe of the findings; COMPATIBLE where there is none. */
export function levelOf(findings: readonly Finding[]): CompatibilityLevel {
  return findings.reduce<CompatibilityLevel>((level, finding) => moreSevere(level, finding.level), 'COMPATIBLE');
}

/** Adds the parts up. */
export function verdictOfParts(
  parts: readonly PartialAssessment[],
  assessor: string,
  limit: AssessmentLimit | null = null,
  capabilities: CapabilityChange = NO_CHANGE,
): Assessment {
  const found = parts.flatMap((part) => part.findings);
  const causes = ORDER.map((of) => rootCausesOf(found.filter((finding) => finding.level === of)));
  // Of a level each cause once, at its shortest path, and then where else each was met: what is cut off is told by another.
  const findings = causes.flatMap((of) => [
    ...of.map(({ finding }) => finding),
    ...of.flatMap((cause) => cause.elsewhere),
  ]);
  const notes = parts.flatMap((part) => part.notes);
  const level = levelOf(findings);
  return {
    level,
    findings: findings.slice(0, MAX_FINDINGS),
    omitted: Math.max(0, findings.length - MAX_FINDINGS),
    notes,
    caller: null,
    capabilities,
    rationale: rationaleOf(level, causes.flat(), notes),
    assessor,
    limit,
  };
}

/** The same verdict with the proof of it. */
export function withCaller(verdict: Assessment, caller: Caller): Assessment {
  return { ...verdict, caller, rationale: `${verdict.rationale}\n\n${callerText(caller)}` };
}
