/** May this version replace that one? One decision table, pure, used by every road to activation. */

import { type GateRefusalCode, type InputIssue, invalidInput, quoted, type Reason } from '../errors.js';
import { type Capability, inOrder, isCapabilityList } from './capability.js';
import type { PairVerdict } from './level-in-force.js';
import type { PolicySettings } from './policy-settings.js';
import { CompatibilityLevel } from './report.js';

export type GateNoteCode = 'NO_REPORT' | 'ASSESSED_UNKNOWN' | 'APPROVED' | 'APPROVAL_NOT_ASKED';

/** What an operator should know of a swap that the gate allows. */
export const GateNoteCode = Object.freeze({
  /** Nobody assessed the pair: its level is UNKNOWN. */
  NO_REPORT: 'NO_REPORT',
  /** Whoever assessed the pair could not tell its level. */
  ASSESSED_UNKNOWN: 'ASSESSED_UNKNOWN',
  /** BREAKING, or with a capability that needs an approval, and with the approvals that the policy asks for. */
  APPROVED: 'APPROVED',
  /** The policy asks for no approval of this level. */
  APPROVAL_NOT_ASKED: 'APPROVAL_NOT_ASKED',
} as const satisfies { readonly [C in GateNoteCode]: C });

/** A reason by which the gate refuses. */
export type GateRefusal = Reason<GateRefusalCode>;

/** Something that an operator should know of what the gate allows. */
export type GateNote = Reason<GateNoteCode>;

/** The gate's answer: a value, never a throw. */
export type Verdict = {
  /** The level in force for the pair. */
  readonly level: CompatibilityLevel;
} & (
  | { readonly allow: true; readonly reasons: readonly GateNote[] }
  /** Every reason, at least one. */
  | { readonly allow: false; readonly reasons: readonly GateRefusal[] }
);

/** What the decision depends on. */
interface GateFacts {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly pair: PairVerdict;
  readonly settings: PolicySettings;
  /** The module's active version. */
  readonly active: number | null;
  /** Whether `toVer` is in the ledger, carries `reverted`, was redacted, and which version it was made from. */
  readonly candidate: {
    readonly reverted: boolean;
    readonly redacted: boolean;
    readonly parentVer: number | null;
  } | null;
}

function versionName(version: number | null): string {
  return version === null ? 'no version' : `v${version}`;
}

/** Why the pair is not a swap that could happen, whatever its reports say. */
function placeProblems(facts: GateFacts): GateRefusal[] {
  const { candidate, fromVer, toVer, active } = facts;
  if (candidate === null) {
    return [{ code: 'NOT_IN_LEDGER', message: `v${toVer} is not in the ledger: stage it first` }];
  }
  const problems: GateRefusal[] = [];
  if (candidate.parentVer !== fromVer) {
    const made = versionName(candidate.parentVer);
    problems.push({
      code: 'OTHER_PARENT',
      message: `v${toVer} was made from ${made}, not from ${versionName(fromVer)}`,
    });
  }
  if (active !== fromVer && active !== toVer) {
    const message = `the active version is ${versionName(active)}, not ${versionName(fromVer)}`;
    problems.push({ code: 'OTHER_ACTIVE', message });
  }
  if (candidate.reverted) {
    const message = `v${toVer} was reverted: tag it stable again, or untag reverted, to clear that`;
    problems.push({ code: 'REVERTED', message });
  }
  if (candidate.redacted) {
    const message = `v${toVer} was redacted: a file of it is not in the ledger any more`;
    problems.push({ code: 'REDACTED', message });
  }
  return problems;
}

/** `gaining process, network` */
export function gainingText(capabilities: readonly Capability[]): string {
  return `gaining ${capabilities.join(', ')}`;
}

/**
 * What approval a pair still needs, as a reason; null where it needs none. A first version (`fromVer` null) has nothing to be compared with: that its
 * change is unknown says nothing against it.
 */
export function missingApproval(
  pair: PairVerdict,
  settings: PolicySettings,
  fromVer: number | null,
): GateRefusal | null {
  const breaking = pair.level === 'BREAKING' && settings.requireApproval;
  const untold = pair.level === 'UNKNOWN' || (pair.level !== 'BREAKING' && !pair.assessed);
  const unknown = settings.approveUnknown && untold && fromVer !== null;
  if (!breaking && !unknown && pair.capabilities.length === 0) return null;
  const missing = settings.requiredApprovals - pair.approvers.length;
  if (missing <= 0) return null;
  const given = pair.approvers.length === 0 ? '' : ` (approved so far by ${pair.approvers.join(', ')})`;
  const parts = [
    ...(unknown && pair.level !== 'UNKNOWN' ? ['but not assessed on this content'] : []),
    ...(pair.capabilities.length === 0 ? [] : [gainingText(pair.capabilities)]),
  ];
  const what = parts.length === 0 ? pair.level : `${pair.level}, ${parts.join(', ')},`;
  const wanted = missing === 1 ? 'the approval of an operator' : `${missing} more approvals`;
  return { code: 'APPROVAL_MISSING', message: `${what} needs ${wanted}${given}` };
}

/**
 * What approval the gate will ask for of a pair that is assessed as `level`, gains `capabilities` and is approved by nobody, under a policy
 * as `Ledger.policy.get` returns it; null where it will ask for none. @throws `INVALID_ARGUMENT`
 */
export function approvalNeeded(
  level: CompatibilityLevel,
  settings: PolicySettings,
  capabilities: readonly Capability[] = [],
): GateRefusal | null {
  const issues: InputIssue[] = [];
  const levels = Object.keys(CompatibilityLevel);
  if (!levels.includes(level)) issues.push({ path: 'level', expected: levels.join(', '), actual: quoted(level) });
  const { requireApproval, approveUnknown, requiredApprovals, approveCapabilities } = settings ?? {};
  for (const [name, value] of Object.entries({ requireApproval, approveUnknown }))
    if (typeof value !== 'boolean') issues.push({ path: name, expected: 'true or false', actual: quoted(value) });
  if (!Number.isSafeInteger(requiredApprovals))
    issues.push({ path: 'requiredApprovals', expected: 'a whole number', actual: quoted(requiredApprovals) });
  for (const [name, value] of Object.entries({ approveCapabilities, capabilities }))
    if (!isCapabilityList(value))
      issues.push({ path: name, expected: 'a list of capabilities', actual: quoted(value) });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'pass what Ledger.policy.get returns');
  const gained = inOrder(capabilities).filter((name) => approveCapabilities?.includes(name));
  return missingApproval({ level, capabilities: gained, assessed: true, reports: 1, approvers: [] }, settings, 1);
}

export const NO_REPORT: GateNote = Object.freeze({
  code: 'NO_REPORT',
  message: 'no report on this pair: it counts as UNKNOWN',
});

export const ASSESSED_UNKNOWN: GateNote = Object.freeze({
  code: 'ASSESSED_UNKNOWN',
  message: 'assessed UNKNOWN: too little information',
});

/** What an operator should know of a pair that is allowed. */
function notesOn(pair: PairVerdict): GateNote[] {
  const { level, capabilities, reports, approvers } = pair;
  if (reports === 0) return [NO_REPORT];
  const unknown = level === 'UNKNOWN' ? [ASSESSED_UNKNOWN] : [];
  if (capabilities.length > 0 && approvers.length > 0) {
    const message = `${level}, ${gainingText(capabilities)}, approved by ${approvers.join(', ')}`;
    return [...unknown, { code: 'APPROVED', message }];
  }
  if (level === 'UNKNOWN') return unknown;
  if (level !== 'BREAKING') return [];
  return approvers.length > 0
    ? [{ code: 'APPROVED', message: `BREAKING, approved by ${approvers.join(', ')}` }]
    : [{ code: 'APPROVAL_NOT_ASKED', message: 'BREAKING, and the policy asks for no approval' }];
}

/** The decision. A refusal lists every reason, an allowance what is worth a warning. */
export function decideGate(facts: GateFacts): Verdict {
  const { pair, settings } = facts;
  const problems = placeProblems(facts);
  const approval = missingApproval(pair, settings, facts.fromVer);
  if (approval !== null) problems.push(approval);
  if (problems.length > 0) return { allow: false, level: pair.level, reasons: problems };
  return { allow: true, level: pair.level, reasons: notesOn(pair) };
}
