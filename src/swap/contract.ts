/** What the live side is made of: requests, results, and the ports that a service fills in. */

import type { Reason } from '../errors.js';
import type { VersionManager } from '../ledger/contract.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { ModuleFiles, NormalizedFiles } from '../model/module-files.js';
import type { CompatibilityLevel, CompatibilityReport, NewReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import type { SwapRefusalCode, SwapWarningCode } from './swap/swap-codes.js';

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
}

/** A version that runs in this process (or in a worker of it). */
export interface LoadedModule {
  /** What callers call: a module's exports, or a loader's stand-in for them. */
  readonly exports: unknown;
  /** Lets go of it, after its last call. Optional where there is nothing to let go of. */
  dispose?(): void | Promise<void>;
}

/** Makes a version callable. */
export interface Loader {
  load(request: LoadRequest): Promise<LoadedModule>;
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
  validate(request: ValidateRequest): Promise<CheckAnswer> | CheckAnswer;
}

export interface HealthRequest extends VersionKey {
  readonly exports: unknown;
  readonly signal: AbortSignal;
}

/** Asked again and again while the health window is open. A throw speaks against the version too. */
export interface HealthCheck {
  check(request: HealthRequest): Promise<CheckAnswer> | CheckAnswer;
}

export interface AssessRequest {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  /** Null where the earlier version has no files in the ledger, or there is none. */
  readonly fromFiles: NormalizedFiles | null;
  readonly toFiles: NormalizedFiles;
}

/** Says how a version relates to the one that it would replace. */
export interface Assessor {
  assess(request: AssessRequest): Promise<Pick<NewReport, 'level' | 'rationale' | 'assessor'>>;
}

/** A version to swap in. */
export interface SwapRequest {
  readonly moduleId: string;
  readonly files: ModuleFiles;
  readonly version?: number | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Whom a swap consults. */
export interface SwapContext {
  /** Anything with the seven calls; with a `Ledger` the rest is used too. */
  readonly versionManager: VersionManager;
  readonly resolver?: SwapResolver | undefined;
}

/** Whom a rollback consults, and where it goes: to the rollback target, or to an ancestor that is named. */
export interface RollbackContext extends SwapContext {
  readonly to?: number | undefined;
}

/** What a swap asks of the dependency resolver, if there is one: why the version would not fit what depends on it. */
export interface SwapResolver {
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
  /** Never live: refused, not loadable, or found invalid. The active version was not touched. */
  FAILED: 'FAILED',
  /** Was live and went sick. `restored` says what runs now, `stayed` why it is still the sick one. */
  ROLLED_BACK: 'ROLLED_BACK',
} as const satisfies Record<string, SwapPhase>);

/** The step that a swap ended in; `rollback` is one that was asked for from outside a health window. */
export type SwapStep = 'stage' | 'assess' | 'gate' | 'load' | 'validate' | 'commit' | 'health' | 'rollback';

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
  | { readonly type: 'stayed'; readonly moduleId: string; readonly version: number; readonly reason: StayReason }
  /** A version that runs again after a start: no swap led to it. */
  | { readonly type: 'resumed'; readonly moduleId: string; readonly version: number }
  /** Callers are on what somebody else made active: another process, or an operator. */
  | { readonly type: 'followed'; readonly moduleId: string; readonly version: number; readonly fromVer: number }
  /** A version whose health window ended because another one is active; `by` is that one. */
  | { readonly type: 'superseded'; readonly moduleId: string; readonly version: number; readonly by: number | null }
  /** The last call on a version that was replaced has ended; it is let go of. */
  | { readonly type: 'drained'; readonly moduleId: string; readonly version: number }
  /** Time was up for the calls still in flight on a version that was replaced; it is let go of all the same. */
  | { readonly type: 'drain-limit'; readonly moduleId: string; readonly version: number; readonly inFlight: number };

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
  readonly stayed: StayReason | null;
  /** After a rollback: why what runs again does not fit what depends on it, or what it depends on. The way back is never held up by it. */
  readonly misfits: readonly string[];
  /** The version that replaced this one while its health window was open: then it was neither promoted nor judged. Else null. */
  readonly supersededBy: number | null;
  /** Whose rollback it was, where somebody else rolled the version back in the ledger; null for one of this process. */
  readonly rolledBackBy: string | null;
  /** What was thrown, if anything was. */
  readonly error: unknown;
  /** From the call to the answer, in milliseconds, the health window included. */
  readonly durationMs: number;
}

/** What came up of one module: its version, or why it did not. */
export interface ResumedModule {
  readonly moduleId: string;
  /** Null where the module has no active version, or it does not load. */
  readonly version: number | null;
  readonly error: unknown;
}
