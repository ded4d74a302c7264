/** What is active, what may become active, and what machines say of it. */

import type { GateRefusalCode, Reason } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { GateNote } from '../model/gate.js';
import type { CompatibilityLevel, StoredReport } from '../model/report.js';
import type { SkipCode, SkippedVersion } from '../model/rollback-target.js';

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
