/** What the live side is made of: requests, results, and the ports that a service fills in. */

import type { Reason } from '../errors.js';
import type { VersionManager } from '../ledger/version-manager.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { ModuleFiles, NormalizedFiles } from '../model/module-files.js';
import type { CompatibilityLevel, CompatibilityReport, NewReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import type { CanaryPlan } from './canary/canary-plan.js';
import type { CallStatistics } from './health/call-counts.js';
import type { LoadWarningCode, SwapRefusalCode, SwapWarningCode } from './swap/swap-codes.js';

/** A version as the live side names it. */
export interface VersionKey {
  readonly moduleId: string;
  readonly version: number;
}

/** What a loader is given: the exact bytes of the ledger. */
export interface LoadRequest extends VersionKey {
  readonly checksum: string;
  readonly files: NormalizedFiles;
  readonly metadata: Readonly<Record<string, string>>;
  /** Aborted when the loader's time is up: whatever it does after that is ignored. */
  readonly signal: AbortSignal;
  /** Tells a warning about the version, which is loaded all the same. */
  readonly warn?: ((code: LoadWarningCode, message: string) => void) | undefined;
  /** To be told how the version runs after it was loaded, by a loader whose versions can end on their own. */
  onRunEvent?(event: RunEvent): void;
}

/** What a loader tells of a version that it has loaded. */
export type RunEvent =
  /** It ended on its own; `restartInMs` is null where it is not restarted. `inFlight` calls were rejected with it. */
  | {
      readonly type: 'ended';
      readonly reason: string;
      readonly restartInMs: number | null;
      readonly inFlight: number;
    }
  /** Calls wait, and it has not answered for so long. It may be busy. */
  | { readonly type: 'unresponsive'; readonly forMs: number }
  /** It answers calls again; `restarts` counts those of the last five minutes. */
  | { readonly type: 'restarted'; readonly restarts: number }
  /** It ended too often: every call is rejected until it is loaded anew. */
  | { readonly type: 'gave-up'; readonly reason: string };

/** A version that runs in this process (or in a worker of it). */
export interface LoadedModule {
  /** What callers call: a module's exports, or a loader's stand-in for them. */
  readonly exports: unknown;
  /** The longest time for which loading it held the event loop of this process in one piece, in milliseconds, where the loader knows. */
  readonly loadHeldMs?: number | undefined;
  /** Lets go of it, after its last call and its `deactivate`. Optional where there is nothing to let go of. */
  dispose?(): void | Promise<void>;
  /** A stand-in for the module's life cycle, where the exports cannot be asked for it. By default the export `lifecycle` is used. */
  readonly lifecycle?: Lifecycle | undefined;
  /** Told in the same turn of the event loop when calls begin on it, and when they do no more: for a stand-in of the life cycle. */
  setCurrent?(current: boolean): void;
}

/**
 * Why a version becomes active in this process: a swap, the start of the process, another process or operator that made it active,
 * a rollback, or a worker that ended and runs again.
 */
export type ActivateReason = 'swap' | 'resume' | 'follow' | 'rollback' | 'restart';

/** Why a version is left: calls begin on another one, it never came to be active, or the swapper closes. */
export type DeactivateReason = 'replaced' | 'failed' | 'closed';

/** What a version is told when it becomes active. */
export interface ActivateContext extends VersionKey {
  /** The version that calls began on before; null where there is none. */
  readonly fromVersion: number | null;
  readonly reason: ActivateReason;
  /** Aborted before `deactivate` is called: for timers, sockets and requests that take a signal. */
  readonly signal: AbortSignal;
  /** A folder for the module's own files, the same for each of its versions; null where the ledger is not on disk. */
  readonly dataDir: string | null;
  /** True while calls begin on this version: two versions are active for a while, and one of them does what must be done once. */
  isCurrent(): boolean;
}

/** What a version is told when it is left. */
export interface DeactivateContext extends VersionKey {
  readonly reason: DeactivateReason;
}

/**
 * The export `lifecycle` of a module, each function of it optional. As OTP's `code_change` and the `dispose` of `module.hot`, for a
 * version whose predecessor runs on until its last call has ended.
 *
 * In a swap: load, validate, `giveState` of the old version, `takeState` and `activate` of the new one, commit, and callers are
 * switched over; `deactivate` of the old one after its last call. Equal content is the same code: one version may be active again
 * after it was left.
 */
export interface Lifecycle {
  /** Before the first call. A throw, or 10 s without an end, and the version does not go live. */
  activate?(context: ActivateContext): void | Promise<void>;
  /** After the last call; also where `activate` failed. It has 5 s. */
  deactivate?(context: DeactivateContext): void | Promise<void>;
  /** A snapshot for the next version, copied by structured clone, 16 MB at most; undefined: nothing. It has 2 s. */
  giveState?(context: { readonly toVersion: number }): unknown;
  /** Takes what another version gave, or says why not as a validator does: then the swap FAILED. It has 2 s. */
  takeState?(state: unknown, context: { readonly fromVersion: number }): Promise<CheckAnswer> | CheckAnswer;
}

/** Makes a version callable. */
export interface Loader {
  /**
   * Loads a version beside those that run. It has `loadTimeoutMs` (10 s by default). Where it throws or is late, a swap
   * is FAILED (`NOT_LOADABLE`), and a rollback leaves the sick version live; what comes late is disposed of.
   */
  load(request: LoadRequest): Promise<LoadedModule>;
  /** How many contents of a module this process holds for good, where the loader cannot let go of what it has loaded. */
  countLoaded?(moduleId: string): number;
}

export interface ValidateRequest extends VersionKey {
  readonly exports: unknown;
  readonly signal: AbortSignal;
}

/** True or nothing is well, false is not; a string says why not. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing has this type
export type CheckAnswer = boolean | string | void;

/** Looks at a loaded candidate before it goes live. A throw speaks against the candidate too. */
export interface Validator {
  /**
   * Asked once for each swap, before the version is active. What speaks against it makes the swap FAILED (`NOT_VALID`)
   * and tags it `reverted`; no answer within `validateTimeoutMs` (10 s by default) makes the swap FAILED alone.
   */
  validate(request: ValidateRequest): Promise<CheckAnswer> | CheckAnswer;
}

export interface HealthRequest extends VersionKey {
  readonly exports: unknown;
  readonly signal: AbortSignal;
  /** The calls of the version through handles so far, in this process. */
  readonly calls: CallStatistics;
  /** Those of the version before, where it ran in this process. */
  readonly callsBefore: CallStatistics | null;
}

/** Asked again and again while the health window is open. A throw speaks against the version too. */
export interface HealthCheck {
  /**
   * Asked at once, then every `healthIntervalMs`, and a last time when the window ends. An answer has `healthTimeoutMs`
   * (5 s by default), and speaks against the version where it is late. `healthFailures` says how many must do so for a
   * rollback: 2 of the last 3 by default; the last answer counts alone.
   */
  check(request: HealthRequest): Promise<CheckAnswer> | CheckAnswer;
}

/** The pair of versions that an assessor is asked about, with their files. */
export interface AssessRequest {
  readonly moduleId: string;
  /** The active version; null for a module's first. */
  readonly fromVer: number | null;
  /** The candidate, staged already. */
  readonly toVer: number;
  /** Null where the earlier version has no files in the ledger, or there is none. */
  readonly fromFiles: NormalizedFiles | null;
  readonly toFiles: NormalizedFiles;
}

/** Says how a version relates to the one that it would replace. */
export interface Assessor {
  /**
   * Asked once the version is staged, before the gate; the answer is stored as a report on the pair. Where it throws,
   * names no level, or is late (`assessTimeoutMs`, 20 s by default), a warning says so (`ASSESSOR_FAILED`), and the
   * reports on record decide.
   */
  assess(request: AssessRequest): Promise<Pick<NewReport, 'level' | 'rationale' | 'assessor'>>;
}

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
