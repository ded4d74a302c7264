/** The ports that a service fills in for the live side, what each is given, and the life cycle of a module. */

import type { NormalizedFiles } from '../model/module-files.js';
import type { NewReport } from '../model/report.js';
import type { CallStatistics } from './health/call-counts.js';
import type { LoadWarningCode } from './swap/swap-codes.js';

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
