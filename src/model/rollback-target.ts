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

export type SkipCode = 'REVERTED' | 'REDACTED' | 'BREAKING' | 'NOT_TAGGED' | 'SAME_CONTENT';

/** Why a version is passed over on the way to the rollback target. */
export const SkipCode = Object.freeze({
  /** It carries the tag `reverted`. */
  REVERTED: 'REVERTED',
  /** A file of it was taken out of the ledger. */
  REDACTED: 'REDACTED',
  /** Under a null filter: it is assessed BREAKING towards the active version. */
  BREAKING: 'BREAKING',
  /** It does not carry the tag that is looked for. */
  NOT_TAGGED: 'NOT_TAGGED',
  /** It has the content of the active version: going back to it would change nothing. */
  SAME_CONTENT: 'SAME_CONTENT',
} as const satisfies { readonly [C in SkipCode]: C });

/** Why one version is passed over: `code` to branch on, `reason` to read. */
export interface Skip {
  readonly code: SkipCode;
  readonly reason: string;
}

/** A version that the walk passed over, and why. */
export interface SkippedVersion extends Skip {
  readonly version: number;
}

/** What is looked for: a tag, or (null) the nearest ancestor not assessed BREAKING towards the active version. */
export type TagFilter = string | null;

export const DEFAULT_TAG_FILTER: TagFilter = STABLE;

/** What the rule needs to know of one ancestor. */
export interface Candidate {
  readonly tags: readonly string[];
  /** True where a file of it was taken out of the ledger. */
  readonly redacted: boolean;
  /** True where the pair (ancestor, active version) is in force as BREAKING. Asked for only under a null filter. */
  readonly breaking: boolean;
  /** True where its checksum is that of the active version. */
  readonly sameContent: boolean;
}

/** Null where the candidate is the target, else why it is passed over. A reverted or redacted version never is one. */
export function whyPassedOver({ tags, redacted, breaking, sameContent }: Candidate, filter: TagFilter): Skip | null {
  if (tags.includes(REVERTED)) return { code: 'REVERTED', reason: 'it was reverted' };
  if (filter !== null && !tags.includes(filter)) return { code: 'NOT_TAGGED', reason: `not tagged ${filter}` };
  if (redacted) return { code: 'REDACTED', reason: 'a file of it was redacted' };
  if (sameContent) return { code: 'SAME_CONTENT', reason: 'it has the content of the active version' };
  if (filter !== null || !breaking) return null;
  return { code: 'BREAKING', reason: 'assessed BREAKING towards the active version' };
}
