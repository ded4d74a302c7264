/** May this version replace that one? One decision table, pure, used by every road to activation. */

import type { PolicySettings } from './policy.js';
import type { CompatibilityLevel, PairVerdict } from './report.js';

/** The gate's answer: a value, never a throw. */
export interface Verdict {
  readonly allow: boolean;
  /** The level in force for the pair. */
  readonly level: CompatibilityLevel;
  /** Why it is refused; or, where it is allowed, what an operator should know. */
  readonly reasons: readonly string[];
}

/** What the decision depends on. */
export interface GateFacts {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly pair: PairVerdict;
  readonly settings: PolicySettings;
  /** The module's active version. */
  readonly active: number | null;
  /** Whether `toVer` is in the ledger, carries `reverted`, and which version it was made from. */
  readonly candidate: { readonly reverted: boolean; readonly parentVer: number | null } | null;
}

function versionName(version: number | null): string {
  return version === null ? 'no version' : `v${version}`;
}

/** Why the pair is not a swap that could happen, whatever its reports say. */
function placeProblems(facts: GateFacts): string[] {
  const { candidate, fromVer, toVer, active } = facts;
  if (candidate === null) return [`v${toVer} is not in the ledger: stage it first`];
  const problems: string[] = [];
  if (candidate.parentVer !== fromVer) {
    problems.push(`v${toVer} was made from ${versionName(candidate.parentVer)}, not from ${versionName(fromVer)}`);
  }
  if (active !== fromVer && active !== toVer) {
    problems.push(`the active version is ${versionName(active)}, not ${versionName(fromVer)}`);
  }
  if (candidate.reverted)
    problems.push(`v${toVer} was reverted: tag it stable again, or untag reverted, to clear that`);
  return problems;
}

/** What approval the pair still needs, as a reason; null where it needs none. */
export function missingApproval(pair: PairVerdict, settings: PolicySettings): string | null {
  const breaking = pair.level === 'BREAKING' && settings.requireApproval;
  const unknown = settings.approveUnknown && pair.level !== 'BREAKING' && (pair.level === 'UNKNOWN' || !pair.assessed);
  if (!breaking && !unknown) return null;
  const missing = settings.requiredApprovals - pair.approvers.length;
  if (missing <= 0) return null;
  const given = pair.approvers.length === 0 ? '' : ` (approved so far by ${pair.approvers.join(', ')})`;
  const what = unknown && pair.level !== 'UNKNOWN' ? `${pair.level}, but not assessed on this content,` : pair.level;
  return `${what} needs ${missing === 1 ? 'the approval of an operator' : `${missing} more approvals`}${given}`;
}

/** The decision. A refusal lists every reason, an allowance what is worth a warning. */
export function decideGate(facts: GateFacts): Verdict {
  const { pair, settings } = facts;
  const problems = placeProblems(facts);
  const approval = missingApproval(pair, settings);
  if (approval !== null) problems.push(approval);
  if (problems.length > 0) return { allow: false, level: pair.level, reasons: problems };
  const notes: string[] = [];
  if (pair.reports === 0) notes.push('no report on this pair: it counts as UNKNOWN');
  else if (pair.level === 'UNKNOWN') notes.push('assessed UNKNOWN: too little information');
  if (pair.level === 'BREAKING') {
    notes.push(
      pair.approvers.length > 0
        ? `BREAKING, approved by ${pair.approvers.join(', ')}`
        : 'BREAKING, and the policy asks for no approval',
    );
  }
  return { allow: true, level: pair.level, reasons: notes };
}
