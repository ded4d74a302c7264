/** What a caller of the live side asks and hears: requests, steps, results, and the notices on the way. */

import type { Reason } from '../errors.js';
import type { VersionManager } from '../ledger/version-manager.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { ModuleFiles } from '../model/module-files.js';
import type { CompatibilityLevel, CompatibilityReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import type { CanaryPlan } from './canary/canary-plan.js';
import type { SwapRefusalCode, SwapWarningCode } from './swap/swap-codes.js';
import type { VersionKey } from './swap-ports.js';

/** A version to swap in. */
export interface SwapRequest {
  readonly moduleId: string;
  readonly files: ModuleFiles;
  readonly version?: number | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** False: the version starts without the state of the one that runs, which is not asked for any. */
  readonly handOver?: boolean | undefined;
  /** The version serves a growing share of the calls in this process before it becomes active, and is judged after each step. */
  readonly canary?: CanaryPlan | undefined;
}

/** Whom a call consults; by default whom the swapper was made with. */
export interface SwapContext {
  /** Anything with the seven calls; with a `Ledger` the rest is used too. */
  readonly versionManager?: VersionManager | undefined;
  readonly resolver?: SwapResolver | undefined;
}

/** Whom a rollback consults, and where it goes: to the rollback target, or to an ancestor that is named. */
export interface RollbackContext extends SwapContext {
  readonly to?: number | undefined;
}

/** What a swap asks of the dependency resolver, if there is one: why the version would not fit what depends on it. */
export interface SwapResolver {
  /**
   * A sentence for each thing that does not fit; an empty list where all fits. A swap with any of them is FAILED
   * (`MISFIT`), and so is one where this throws. A rollback happens all the same and tells them.
   */
  misfits(
    candidate: VersionKey & { readonly metadata: Readonly<Record<string, string>> },
    context: { readonly versionManager: VersionManager },
  ): Promise<readonly string[]>;
}

export type SwapPhase = 'COMMITTED' | 'FAILED' | 'ROLLED_BACK';

/** How a swap ended. */
export const SwapPhase = Object.freeze({
  /** Live and healthy. */
  COMMITTED: 'COMMITTED',
  /** It did not become active: refused, not loadable, found invalid, or sick in its canary. What ran before runs on. */
  FAILED: 'FAILED',
  /** Was live and went sick. `restored` says what runs now, `stayed` why it is still the sick one. */
  ROLLED_BACK: 'ROLLED_BACK',
} as const satisfies Record<string, SwapPhase>);

/**
 * The step that a swap ended in. `activate` hands state over and calls the new version's `activate`, where there is a life cycle;
 * `canary` is only where the request has one;
 * `rollback` is one that was asked for from outside a health window.
 */
export type SwapStep =
  | 'stage'
  | 'assess'
  | 'gate'
  | 'load'
  | 'validate'
  | 'activate'
  | 'canary'
  | 'commit'
  | 'health'
  | 'rollback';

/** Why a sick version stays: nothing to go back to, a target that does not load, or the policy's word. */
export type StayReason = 'NO_TARGET' | 'NOT_LOADABLE' | 'POLICY';

/** What a swapper tells its observer, as it happens. */
export type SwapNotice =
  | { readonly type: 'step'; readonly moduleId: string; readonly version: number | null; readonly step: SwapStep }
  | {
      readonly type: 'warning';
      readonly moduleId: string;
      readonly version: number | null;
      readonly code: SwapWarningCode;
      readonly message: string;
    }
  /** Told in the same turn of the event loop in which callers are switched over. */
  | { readonly type: 'committed'; readonly moduleId: string; readonly version: number; readonly fromVer: number | null }
  | {
      readonly type: 'rolled-back';
      readonly moduleId: string;
      readonly fromVer: number;
      readonly toVer: number;
      readonly reason: RollbackReason;
    }
  /** A candidate serves this share of the calls from now on, in percent. */
  | { readonly type: 'canary'; readonly moduleId: string; readonly version: number; readonly percent: number }
  /** A swap that ended before its version was live. */
  | {
      readonly type: 'failed';
      readonly moduleId: string;
      readonly version: number | null;
      readonly step: SwapStep;
      readonly reason: string;
      /** What was thrown, if anything was: an error of the ledger was told by the ledger as well. */
      readonly error: unknown;
    }
  /** A version came through its health window; `promoted` follows where it is a rollback target now. */
  | { readonly type: 'healthy'; readonly moduleId: string; readonly version: number }
  | { readonly type: 'promoted'; readonly moduleId: string; readonly version: number }
  | { readonly type: 'stayed'; readonly moduleId: string; readonly version: number; readonly reason: StayReason }
  /** A version that runs again after a start: no swap led to it. */
  | { readonly type: 'resumed'; readonly moduleId: string; readonly version: number }
  /** Callers are on what somebody else made active: another process, or an operator. */
  | { readonly type: 'followed'; readonly moduleId: string; readonly version: number; readonly fromVer: number }
  /** A version whose health window ended because another one is active; `by` is that one. */
  | { readonly type: 'superseded'; readonly moduleId: string; readonly version: number; readonly by: number | null }
  /** The worker of a version ended on its own, and `inFlight` calls were rejected; `restartInMs` is null where it is not restarted. */
  | {
      readonly type: 'worker-ended';
      readonly moduleId: string;
      readonly version: number;
      readonly reason: string;
      readonly restartInMs: number | null;
      readonly inFlight: number;
    }
  /** Calls wait for the worker of a version, which has not answered for so long; it may be busy. */
  | {
      readonly type: 'worker-unresponsive';
      readonly moduleId: string;
      readonly version: number;
      readonly forMs: number;
    }
  /** The worker of a version answers calls again; what it had in memory is lost. */
  | {
      readonly type: 'worker-restarted';
      readonly moduleId: string;
      readonly version: number;
      readonly restarts: number;
    }
  /** The last call on a version that was replaced has ended; it is let go of. */
  | { readonly type: 'drained'; readonly moduleId: string; readonly version: number }
  /** Time was up for the calls still in flight on a version that was replaced; it is let go of all the same. */
  | { readonly type: 'drain-limit'; readonly moduleId: string; readonly version: number; readonly inFlight: number };

/**
 * How a swap or a rollback ended. What the version, a port or the ledger did wrong in a swap is told here, not thrown.
 */
export interface SwapResult {
  readonly moduleId: string;
  readonly phase: SwapPhase;
  /** The step that decided the phase. */
  readonly step: SwapStep;
  /** One sentence for an operator. */
  readonly reason: string;
  /** Every reason by which the version was refused; none where something was thrown, or it went live. */
  readonly refusals: readonly Reason<SwapRefusalCode>[];
  readonly fromVer: number | null;
  /** Null where the swap ended before the version had a number. */
  readonly toVer: number | null;
  /** The level in force for the pair. */
  readonly level: CompatibilityLevel;
  /** The report that put it in force; null where there is none. */
  readonly report: CompatibilityReport | null;
  /** The version recorded; null unless it went live. */
  readonly checkpoint: VersionCheckpoint | null;
  /** Why it was rolled back, or would have been. */
  readonly rollbackReason: RollbackReason | null;
  /** What the version manager named as the version to go back to. */
  readonly rollbackTarget: VersionCheckpoint | null;
  /** What runs again in this process after a rollback; in the ledger too, unless `journaled` says otherwise. */
  readonly restored: VersionCheckpoint | null;
  /** False where the ledger could not be told of the rollback yet: it is told as soon as it can be. */
  readonly journaled: boolean;
  /** Why the sick version is live still; null where it is not. */
  readonly stayed: StayReason | null;
  /** After a rollback: why what runs again does not fit what depends on it, or what it depends on. The way back is never held up by it. */
  readonly misfits: readonly string[];
  /**
   * The version that replaced this one before its health window had ended, which then neither promotes nor judges it, or before a rollback
   * that was asked for. Else null.
   */
  readonly supersededBy: number | null;
  /** Whose rollback it was, where somebody else rolled the version back in the ledger; null for one of this process. */
  readonly rolledBackBy: string | null;
  /** What was thrown, if anything was. */
  readonly error: unknown;
  /**
   * The longest time for which importing the version held the event loop in one piece, in milliseconds, to one, with whatever
   * else ran in that turn; null where it was not loaded for this swap, or the loader does not say.
   */
  readonly loadHeldMs: number | null;
  /** From the call to the answer, in milliseconds, the health window included. */
  readonly durationMs: number;
  /** How much of it the swap waited for its turn, in milliseconds. */
  readonly queueMs: number;
}

/** What came up of one module: its version, or why it did not. */
export interface ResumedModule {
  readonly moduleId: string;
  /** Null where the module has no active version, or it does not load. */
  readonly version: number | null;
  readonly error: unknown;
}
