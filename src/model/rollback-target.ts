/** Which version to go back to: the rule, without the walking. */

import { REVERTED, STABLE } from './tag-label.js';

export type RollbackReason = 'MANUAL' | 'HEALTH_FAILURE' | 'DEPENDENCY' | 'TIMEOUT';

/** Why a module is rolled back; a label of `asm_version_rollbacks_total`. */
export const RollbackReason = Object.freeze({
  MANUAL: 'MANUAL',
  HEALTH_FAILURE: 'HEALTH_FAILURE',
  DEPENDENCY: 'DEPENDENCY',
  TIMEOUT: 'TIMEOUT',
} as const satisfies Record<string, RollbackReason>);

export function isRollbackReason(value: unknown): value is RollbackReason {
  return typeof value === 'string' && Object.hasOwn(RollbackReason, value);
}

/** A version that the walk passed over, and why. */
export interface SkippedVersion {
  readonly version: number;
  readonly reason: string;
}

/** What is looked for: a tag, or (null) the nearest ancestor not assessed BREAKING towards the active version. */
export type TagFilter = string | null;

export const DEFAULT_TAG_FILTER: TagFilter = STABLE;

/** What the rule needs to know of one ancestor. */
export interface Candidate {
  readonly tags: ReadonlySet<string>;
  /** True where the pair (ancestor, active version) is in force as BREAKING. Asked for only under a null filter. */
  readonly breaking: boolean;
}

/** Null where the candidate is the target, else why it is passed over. A reverted version never is one. */
export function whyPassedOver(candidate: Candidate, filter: TagFilter): string | null {
  if (candidate.tags.has(REVERTED)) return 'it was reverted';
  if (filter === null) return candidate.breaking ? 'assessed BREAKING towards the active version' : null;
  return candidate.tags.has(filter) ? null : `not tagged ${filter}`;
}
