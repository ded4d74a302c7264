/** A version manager: the seven calls that a hot swapper needs. */

import type { NewCheckpoint, VersionCheckpoint } from '../model/checkpoint.js';
import type { ModuleFiles } from '../model/module-files.js';
import type { CompatibilityLevel, CompatibilityReport, NewReport } from '../model/report.js';
import type { RollbackReason, TagFilter } from '../model/rollback-target.js';

/** The content of a version beside its description. */
export interface CheckpointContent {
  /** The module's files; the checksum is computed from them, and must match one that is given as well. */
  readonly files?: ModuleFiles | undefined;
}

/** A version to record: what describes it, with its content beside it as in `recordCheckpoint(checkpoint, { files })`. */
export interface VersionToRecord extends CheckpointContent {
  readonly checkpoint: NewCheckpoint;
}

/** How much of a lineage: the newest `maxCheckpoints` versions, or (`full`) every one. */
export interface LineageOptions {
  readonly full?: boolean | undefined;
}

/** Which ancestors count: those with a tag (default `stable`), or (null) all not assessed BREAKING towards the active version. */
export interface TargetOptions {
  readonly tagFilter?: TagFilter | undefined;
}

/** Counts over all modules, as the journal has them at the time of the question. */
export interface VersionManagerStats {
  /** Modules with an active version. */
  readonly trackedModules: number;
  /** Versions that were ever active. */
  readonly totalCheckpoints: number;
  /** Pairs with a report. */
  readonly compatibilityRecords: number;
  /** Pairs that wait for an operator. */
  readonly pendingApprovals: number;
}

/** The seven calls of a version manager; all that a hot swapper needs. */
export interface VersionManager {
  /**
   * Records a version and makes it active, in one transaction: staged, through the gate, live.
   *
   * `parentVer` must be the active version (null for a module's first), `version` greater than every number used.
   * A version that is staged already with the same content and parent is activated; one that is active already gets
   * only the tags it lacks, so that a lost acknowledgement can be repeated. Under `requireApproval` or
   * `approveCapabilities` a pair that nobody assessed is
   * measured first, as `assess` does, and its report stored with the version.
   * @throws `NOT_ACTIVE`, `VERSION_EXISTS`, `CHECKSUM_MISMATCH`, `APPROVAL_REQUIRED`, `VERSION_REVERTED`,
   * `HOOK_REFUSED`, `INVALID_*`
   */
  recordCheckpoint(cp: NewCheckpoint, content?: CheckpointContent): Promise<VersionCheckpoint>;
  /** The active lineage in ascending order; empty for an unknown module. */
  getLineage(moduleId: string, options?: LineageOptions): Promise<readonly VersionCheckpoint[]>;
  /** The active version, or null. */
  latestCheckpoint(moduleId: string): Promise<VersionCheckpoint | null>;
  /** The version to go back to, or null; a query that changes nothing. */
  rollbackTarget(moduleId: string, reason: RollbackReason, options?: TargetOptions): Promise<VersionCheckpoint | null>;
  /** Stores a report as a signed tag and returns the level now in force for the pair. It never approves. */
  assessCompatibility(report: NewReport): Promise<CompatibilityLevel>;
  /**
   * The reports that wait for an operator, one a pair: the latest BREAKING one under `requireApproval`; where there is none, or it is
   * approved, the latest by which the version gains one of `approveCapabilities`; where UNKNOWN waits, the latest that says so.
   */
  pendingApprovals(): Promise<readonly CompatibilityReport[]>;
  /** How many modules, versions, assessed pairs and waiting pairs there are: look-ups in the index. */
  stats(): Promise<VersionManagerStats>;
}
