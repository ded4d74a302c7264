/** The codes by which a program tells why a swap or a batch was refused, and what a warning is about. */

import { GateRefusalCode } from '../../errors.js';
import type { PermitRefusalCode } from '../../ledger/ledger-live.js';
import type { GateNoteCode } from '../../model/gate.js';

export type SwapRefusalCode =
  | PermitRefusalCode
  | 'SWAPPER_CLOSED'
  | 'REVERTED_BEFORE'
  | 'ROLLBACK_LIMIT'
  | 'BREAKING_REJECTED'
  | 'MISFIT'
  | 'NOT_LOADABLE'
  | 'NOT_VALID'
  | 'STATE_NOT_HANDED_OVER'
  | 'NOT_ACTIVATED'
  | 'CANARY_WITH_STATE'
  | 'CANARY_SICK'
  | 'CANARY_SELDOM_CALLED'
  | 'CANARY_ENDED';

/** Why a swapper refuses a version: the gate's reasons, and its own. */
export const SwapRefusalCode = Object.freeze({
  ...GateRefusalCode,
  /** The operator's pre-swap hook refuses it. */
  HOOK_REFUSED: 'HOOK_REFUSED',
  /** The swapper was closed before the swap began, or during its canary. */
  SWAPPER_CLOSED: 'SWAPPER_CLOSED',
  /** A version with the same bytes was reverted, and nobody cleared that. */
  REVERTED_BEFORE: 'REVERTED_BEFORE',
  /** The module was rolled back `maxRollbacks` times in a row. */
  ROLLBACK_LIMIT: 'ROLLBACK_LIMIT',
  /** The version is BREAKING, and the swapper has `rejectBreaking`. */
  BREAKING_REJECTED: 'BREAKING_REJECTED',
  /** It does not fit what it depends on, or what depends on it. */
  MISFIT: 'MISFIT',
  /** It does not load, or it is active and did not load. */
  NOT_LOADABLE: 'NOT_LOADABLE',
  /** The validator found fault with it. */
  NOT_VALID: 'NOT_VALID',
  /** The version that runs gives no state that can be copied, or the new one does not take it. */
  STATE_NOT_HANDED_OVER: 'STATE_NOT_HANDED_OVER',
  /** Its `activate` threw, or took too long. */
  NOT_ACTIVATED: 'NOT_ACTIVATED',
  /** It takes the state of the version that runs: both serve calls during a canary, and only one of them can have the state. */
  CANARY_WITH_STATE: 'CANARY_WITH_STATE',
  /** It went sick during its canary. */
  CANARY_SICK: 'CANARY_SICK',
  /** A step of its canary had too few calls to judge it by. */
  CANARY_SELDOM_CALLED: 'CANARY_SELDOM_CALLED',
  /** A rollback, or another version that became active, ended its canary. */
  CANARY_ENDED: 'CANARY_ENDED',
} as const satisfies { readonly [C in SwapRefusalCode]: C });

/** Why a batch is not begun. */
export type BatchRefusalCode =
  | GateRefusalCode
  /** A member does not fit what it will meet. */
  | 'MISFIT'
  /** Members need each other, so that none can come first. */
  | 'CYCLE'
  /** A module that is needed has no active version. */
  | 'MISSING';

/** What a loader warns of. */
export type LoadWarningCode =
  /** A cached version was written to: it was replaced, and what somebody wrote is set aside. */
  'CACHE_CHANGED';

/** What a warning of a swapper is about. */
export type SwapWarningCode =
  | GateNoteCode
  | LoadWarningCode
  /** The process has imported more versions of a module than `loadedLimit`, and holds them for good. */
  | 'LOADED_VERSIONS'
  /** The version that the ledger has active does not load. */
  | 'ACTIVE_NOT_LOADABLE'
  /** The version took its process down again and again before its health window had ended: it is rolled back, if it can be. */
  | 'CRASH_LOOP'
  /** The assessor failed or was late: what was known before stands. */
  | 'ASSESSOR_FAILED'
  /** Going back to the version before would break callers that began to use the new one. */
  | 'RETURN_BREAKS'
  /** The version is active, though recording it ended with an error. */
  | 'COMMITTED_WITH_ERROR'
  /** A healthy version could not be tagged `stable`. */
  | 'NOT_PROMOTED'
  /** A version that failed could not be tagged `reverted`. */
  | 'NOT_REVERTED'
  /** The outcomes for which a version was rolled back could not be written to its tags. */
  | 'NOT_EXPLAINED'
  /** Letting go of a version that was replaced failed. */
  | 'DISPOSE_FAILED'
  /** Callers were taken back, and the ledger does not know it yet. */
  | 'ROLLBACK_NOT_JOURNALED'
  /** A version that runs again does not fit what depends on it, or what it depends on. */
  | 'MISFIT_AFTER_ROLLBACK'
  /** A version runs without the state of the one before. */
  | 'STATE_NOT_HANDED_OVER'
  /** There is no version that could serve the rest of the calls: it goes live without a canary. */
  | 'CANARY_SKIPPED'
  /** The worker of the version ended too often, and is not restarted any more. */
  | 'WORKER_GAVE_UP'
  /** The metrics could not be told of something; told once. */
  | 'NOT_COUNTED'
  /** The ledger knows now of a rollback that it could not be told of before. */
  | 'ROLLBACK_JOURNALED';
