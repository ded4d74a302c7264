/** What is active, what may become active, and what machines say of it. */

import type { GateRefusalCode, Reason } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { GateNote } from '../model/gate.js';
import type { CompatibilityLevel, StoredReport } from '../model/report.js';
import type { SkipCode, SkippedVersion } from '../model/rollback-target.js';
import type { TargetOptions } from './version-manager.js';

/** A version's time as the active one. The version alone is not enough: reverted, cleared and active again it is another time. */
export interface Epoch {
  readonly version: number;
  /** The number of the entry that made it active. */
  readonly since: number;
}

/** Which judgements of a version outweigh `markFailed`: those that came after an entry. */
export interface MarkFailedOptions {
  /**
   * The number of an entry: what was said of the version after it stands. By default that of the entry which staged it.
   */
  readonly since?: number | undefined;
}

/** Why a version may not become active: the gate's reasons, or the operator's hook. */
export type PermitRefusalCode = GateRefusalCode | 'HOOK_REFUSED';

/** May a version become active? The gate's answer; where the gate allows it, the operator's hook's. */
export type Permit = {
  /** The level in force for the pair. */
  readonly level: CompatibilityLevel;
  /** The report that puts the level in force; null where there is none. What is measured for the answer alone is not on record. */
  readonly report: StoredReport | null;
} & (
  | { readonly allow: true; readonly reasons: readonly GateNote[] }
  /** Every reason of the gate, or the hook's one. */
  | { readonly allow: false; readonly reasons: readonly Reason<PermitRefusalCode>[] }
);

/** What `breakGlass` asks of whoever passes the gate by. */
export interface BreakGlassOptions {
  /** Why it could not wait, in one printable line of 1 to 256 bytes: the journal shows it for good. */
  readonly reason: string;
}

/** The rollback target, and what was passed over on the way to it. */
export interface RollbackExplanation {
  readonly target: VersionCheckpoint | null;
  /** The nearest hundred versions that were passed over, nearest first. */
  readonly skipped: readonly SkippedVersion[];
  /** How many were passed over, by reason; those in `skipped` included. */
  readonly passedOver: Readonly<Record<SkipCode, number>>;
}

/** What is active and may become active, and what machines say of it. */
export interface LedgerLive {
  /** The active version and the entry since which it is; null where there is none. Every write of a machine names one. */
  epoch(moduleId: string): Promise<Epoch | null>;
  /**
   * May a version become active now? Everything that `activate` asks before it writes, and nothing written: the pair is measured
   * where an activation would have it measured, the gate decides, the operator's hook is asked. The active version may. A value, never
   * a throw for what an activation would refuse; a key is not needed. An activation asks all of it again.
   * @throws `REMOTE_UNREACHABLE`, `REMOTE_REFUSED` where writes go through a remote, which is looked at first
   */
  permit(moduleId: string, version: number): Promise<Permit>;
  /**
   * Tags a version that was healthy for the whole of its window `stable`, where the policy's `promoteStable` says so: true where it is
   * tagged now. What somebody said of it since it became active stands: then nothing is written, and the answer is false.
   * @throws `NOT_ACTIVE` where the epoch is over
   */
  markHealthy(moduleId: string, expect: Epoch): Promise<boolean>;
  /**
   * Tags a version that is not active `reverted`, so that its bytes are not tried again: true where it is tagged now.
   * What somebody said of it meanwhile stands: then nothing is written, and the answer is false.
   * @throws `NOT_FOUND`, `NOT_ACTIVE` where it is the active version
   */
  markFailed(moduleId: string, version: number, options?: MarkFailedOptions): Promise<boolean>;
  /**
   * Makes a version active past the gate and the hook, for an emergency. Takes a key with the role approver and a reason;
   * the journal, a notice and `asm_version_break_glass_total` say that it happened.
   * @throws `NOT_ACTIVE`, `ROLE_REQUIRED`, `INVALID_ARGUMENT`
   */
  breakGlass(moduleId: string, version: number, options: BreakGlassOptions): Promise<VersionCheckpoint>;
  /**
   * The version that a rollback to it would make active; a query that changes nothing.
   * @throws `INVALID_VERSION` where it is no ancestor of the active version; `NOT_FOUND`, `VERSION_REVERTED`, `VERSION_REDACTED`
   */
  requireTarget(moduleId: string, version: number): Promise<VersionCheckpoint>;
  /** The rollback target with the versions passed over, nearest first, each with its reason. */
  explainRollback(moduleId: string, options?: TargetOptions): Promise<RollbackExplanation>;
}
