/** What the live side asks of a version manager, whichever it is: each road of a swap is written once, over this. */

import type { Reason } from '../../errors.js';
import type { Epoch, PermitRefusalCode } from '../../ledger/ledger-live.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { GateNote, Verdict } from '../../model/gate.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import type { CompatibilityLevel, CompatibilityReport, NewReport } from '../../model/report.js';
import type { RollbackReason } from '../../model/rollback-target.js';

/** A version to stage: checked content, and what the caller said of it. */
export interface VersionToStage {
  readonly moduleId: string;
  readonly files: NormalizedFiles;
  readonly checksum: string;
  readonly version: number | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly from: VersionCheckpoint | null;
}

/** A version that waits for its turn. */
export interface Staged {
  readonly moduleId: string;
  readonly version: number;
  readonly checksum: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The gate's answer with the report behind it. */
export type GateAnswer = Verdict & { readonly report: CompatibilityReport | null };

/** The same, with what the operator's hook says. */
export type PermitAnswer = Pick<GateAnswer, 'level' | 'report'> &
  (
    | { readonly allow: true; readonly reasons: readonly GateNote[] }
    | { readonly allow: false; readonly reasons: readonly Reason<PermitRefusalCode>[] }
  );

/** A version's time as the active one, as this process knows it; `since` is null where the ledger could not be asked. */
export interface LiveEpoch {
  readonly version: number;
  readonly since: number | null;
}

/** How a version stopped being the active one. */
export interface Succession {
  /** What is active now. */
  readonly active: VersionCheckpoint | null;
  /** Who rolled the version back and why; null where another version replaced it. */
  readonly rolledBack: { readonly actor: string; readonly reason: RollbackReason } | null;
}

export interface LedgerAdapter {
  /** True where versions can be read from it, so that a process can come up on what it says. */
  readonly hasContent: boolean;
  /** What lets a module be swapped again that was rolled back too often. */
  readonly wayPastLimit: string;
  active(moduleId: string): Promise<VersionCheckpoint | null>;
  /** The active version and since when it is; null where there is none. */
  epoch(moduleId: string): Promise<Epoch | null>;
  /** What became of an epoch that is over. */
  successionOf(moduleId: string, epoch: LiveEpoch): Promise<Succession>;
  /** The version with exactly these bytes that was reverted and not cleared since, or null. */
  failedBefore(moduleId: string, checksum: string): Promise<number | null>;
  stage(version: VersionToStage): Promise<Staged>;
  /** The files of a version; none where it has no content here. */
  files(moduleId: string, version: number): Promise<NormalizedFiles | null>;
  report(report: NewReport): Promise<void>;
  /**
   * Measures a pair by the files of both versions, where they are here, and puts what was found on record. Returns the level of going back,
   * where that was measured.
   */
  measure(moduleId: string, fromVer: number, toVer: number): Promise<CompatibilityLevel | null>;
  gate(moduleId: string, fromVer: number | null, toVer: number): Promise<GateAnswer>;
  /** The gate's answer, and where it allows the version the operator's hook's: all that is asked before it becomes active. Nothing is written. */
  permit(candidate: Staged, from: VersionCheckpoint | null): Promise<PermitAnswer>;
  /** Marks a version that is not active as one not to be tried again, unless somebody has judged it since the entry `since`. */
  revert(candidate: Staged, since?: number | null): Promise<void>;
  /** Tags a version with what decided on it. */
  explain(moduleId: string, version: number, summary: string): Promise<void>;
  /** Makes it active; where `expect` is given, only while that epoch lasts. @throws `NOT_ACTIVE` where it is over */
  commit(candidate: Staged, expect?: Epoch | null): Promise<VersionCheckpoint>;
  /** False where the policy says that a BREAKING version stays, however sick it is. */
  rollsBackBreaking(): Promise<boolean>;
  /** The version to go back to from `from`, the one that runs. */
  target(moduleId: string, reason: RollbackReason, from: number): Promise<VersionCheckpoint | null>;
  /**
   * The version `to`, where it can be gone back to from `from`, the one that runs; null where the manager has none.
   * @throws `INVALID_VERSION` where it is no ancestor, `VERSION_REVERTED`, `VERSION_REDACTED`, `NOT_FOUND`
   */
  namedTarget(moduleId: string, to: number, from: number): Promise<VersionCheckpoint | null>;
  /** A version by number, or null. */
  version(moduleId: string, version: number): Promise<VersionCheckpoint | null>;
  /**
   * Makes `to` the active version again and marks the one that it leaves as one not to be tried again.
   * @throws `NOT_ACTIVE` where the epoch is over
   */
  rollBack(moduleId: string, reason: RollbackReason, from: LiveEpoch, to: VersionCheckpoint): Promise<void>;
  /** Makes a healthy version a rollback target, if the policy says so: true where it is one now. @throws `NOT_ACTIVE` where the epoch is over */
  promote(moduleId: string, epoch: LiveEpoch): Promise<boolean>;
  /**
   * How often machines have rolled the module back, up to `limit`, since a version was healthy or somebody spoke on it: rollbacks with the
   * reason MANUAL are an operator's.
   */
  rollbacksInARow(moduleId: string, limit: number): Promise<number>;
  /** Forgets rollbacks and failed bytes, where only this process knows of them. @throws `INVALID_ARGUMENT` where the ledger knows */
  forgive(moduleId: string): void;
}
