/** What a ledger says of modules and their versions. */

import type { JudgedActivation } from '../audit/audit-report.js';
import type { ModuleStatus, VersionCheckpoint } from '../model/checkpoint.js';
import type { Verdict } from '../model/gate.js';
import type { FileMode } from '../model/module-files.js';
import type { CompatibilityLevel, StoredReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import type { Activation, JournalEntry, JournalPosition } from './ledger-journal.js';
import type { CountersignOptions } from './ledger-policy.js';

/** Which versions of a module: all, or (`reverted`) those that carry the tag `reverted`. */
export interface VersionsOptions {
  readonly reverted?: boolean | undefined;
}

/** Which part of a module's log. */
export interface LogOptions {
  /** Only versions of a lower number: to read on where a listing ended. */
  readonly before?: number | undefined;
  /** At most so many, the newest; 100 by default. */
  readonly limit?: number | undefined;
}

/** A version with its place among the others of its module. */
export interface LoggedVersion {
  readonly version: VersionCheckpoint;
  readonly status: ModuleStatus;
  /** True where it is the active version or an ancestor of it. */
  readonly inLineage: boolean;
  /** The entry that brought it, and the principal whose key signed that. */
  readonly stagedBy: { readonly seq: number; readonly actor: string };
  /** The level in force for it as the successor of its parent; null where there is no report. */
  readonly level: CompatibilityLevel | null;
  /** Whose approvals of that pair stand. */
  readonly approvers: readonly string[];
  /** The last rollback away from it; null where none is among the newest 64 entries about it. */
  readonly rolledBack: {
    readonly seq: number;
    readonly toVer: number;
    readonly reason: RollbackReason;
    readonly actor: string;
    /** Seconds since the Unix epoch. */
    readonly timestamp: number;
  } | null;
}

/** A report with who signed it and where it stands. */
export interface ProvenReport extends StoredReport {
  readonly ref: string;
  readonly oid: string;
  readonly signedBy: string;
  readonly fingerprint: string;
}

/** Everything that bears on one version, each part of it checked when it was read. */
export interface VersionProof {
  readonly version: VersionCheckpoint;
  readonly status: ModuleStatus;
  /** Its commit, and where that stands. */
  readonly oid: string;
  readonly ref: string;
  readonly tree: string;
  readonly parent: string | null;
  /** What `refs/notes/checksum` says of it. */
  readonly checksumNote: string | null;
  /** Its files, in bytewise order of their paths; none where only a checksum was recorded. `bytes` is null where a file was redacted. */
  readonly files: readonly { readonly path: string; readonly mode: FileMode; readonly bytes: number | null }[];
  /** The journal's entries about it, oldest first, each with the events about it alone. */
  readonly entries: readonly JournalEntry[];
  /** The reports on it as a replacement of another version. */
  readonly reports: readonly ProvenReport[];
  /** Each time it became active by an activation or past the gate: what the gate says of that moment. */
  readonly activations: readonly JudgedActivation[];
  /** What the gate says of it today, as the successor of the version that it was made from. */
  readonly gate: Verdict;
  /** Where a rollback would lead, while it is the active version; else null. */
  readonly rollbackTarget: number | null;
  /** The journal's first entry, and the last one that was looked at. */
  readonly root: string;
  readonly position: JournalPosition;
}

/** Where a module stands now: what is active and why, what a rollback would lead to, and what waits. */
export interface ModuleSummary {
  readonly moduleId: string;
  /** The active version; null while there are only staged ones. */
  readonly active: number | null;
  /** The metadata `semver` of the active version; null where it has none. */
  readonly semver: string | null;
  /** How the active version became that: by whom, when and why. */
  readonly activation: Activation | null;
  /** The rollback target; null where there is none. */
  readonly stable: number | null;
  /** The highest number ever used. */
  readonly highest: number;
  /** Versions of status STAGED, ascending. */
  readonly staged: readonly number[];
  /** How many of its pairs wait for an operator. */
  readonly pending: number;
}

/** How a version stands to another: the same, an ancestor of it, a descendant, or on another line. */
export type VersionRelation = 'same' | 'ancestor' | 'descendant' | 'apart';

/** One file as a version has it; of a symbolic link, its target is the content. */
export interface FileState {
  readonly mode: FileMode;
  /** Null where the file was redacted. */
  readonly bytes: number | null;
  /** Of the content, in 64 hexadecimal digits. */
  readonly sha256: string;
}

/** A file of a version. */
export interface ListedFile extends FileState {
  readonly path: string;
}

/** A path at which two versions differ, in content or in mode. A file that was renamed is one removed and one added. */
export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Null where it was added. */
  readonly from: FileState | null;
  /** Null where it was removed. */
  readonly to: FileState | null;
}

/** The change between two versions of a module. */
export interface VersionDiff {
  readonly moduleId: string;
  readonly from: VersionCheckpoint;
  readonly to: VersionCheckpoint;
  /** Their commits. */
  readonly fromOid: string;
  readonly toOid: string;
  /** What `from` is to `to`. */
  readonly relation: VersionRelation;
  /** True where the checksums are equal. */
  readonly sameContent: boolean;
  /** In bytewise order of their paths; a version that was recorded without files has none. */
  readonly files: readonly FileChange[];
  readonly metadata: readonly { readonly key: string; readonly from: string | null; readonly to: string | null }[];
  readonly tags: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** How many reports there are on `to` as a replacement of `from`. */
  readonly reports: number;
  /** The level that they put in force; null where there is none. */
  readonly level: CompatibilityLevel | null;
  /** Whose approvals of the pair stand. */
  readonly approvers: readonly string[];
}

/** Why a file is redacted, and by whose signatures. */
export interface RedactOptions extends CountersignOptions {
  /** One printable line of up to 256 bytes, which the journal shows for good. */
  readonly reason: string;
  /** True: nothing is written and nothing removed; what would be is returned. */
  readonly dryRun?: boolean | undefined;
}

/** A file that was taken out of the ledger. */
export interface Redaction {
  /** The version that the entry names. */
  readonly moduleId: string;
  readonly version: number;
  /** The blob, as git names it. */
  readonly oid: string;
  /** SHA-256 of its content, in hex: whoever has the bytes can prove them. */
  readonly sha256: string;
  readonly reason: string;
  /** The entry that says so; null: none does yet. */
  readonly seq: number | null;
  /** Every version that held it: none of them is activated or gone back to any more. */
  readonly versions: readonly { readonly moduleId: string; readonly version: number }[];
}

/** Modules, their versions, and the files of a version. */
export interface LedgerVersions {
  /** Every module that has a version, staged ones included, in bytewise order. */
  modules(): Promise<readonly string[]>;
  /** One version, whatever its status. @throws `NOT_FOUND` */
  get(moduleId: string, version: number): Promise<VersionCheckpoint>;
  /** Every version of a module in ascending order, staged and abandoned ones included. */
  list(moduleId: string, options?: VersionsOptions): Promise<readonly VersionCheckpoint[]>;
  /** The versions of a module, newest first, each with its place in the lineage; empty for an unknown module. */
  log(moduleId: string, options?: LogOptions): Promise<readonly LoggedVersion[]>;
  /** Whether a version is STAGED, ACTIVE, ARCHIVED or REVERTED now. @throws `NOT_FOUND` */
  status(moduleId: string, version: number): Promise<ModuleStatus>;
  /** Where a module stands; what it costs grows with its staged versions alone. @throws `NOT_FOUND` */
  summary(moduleId: string): Promise<ModuleSummary>;
  /**
   * Everything that bears on one version: who made it, what was said of it, why it ran, what it would go back to.
   * @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `BAD_SIGNATURE`, `CORRUPT_OBJECT`
   */
  proof(moduleId: string, version: number): Promise<VersionProof>;
  /**
   * The files of a version by name and digest, those that were redacted too. In bytewise order of their paths.
   * @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`
   */
  listFiles(moduleId: string, version: number): Promise<readonly ListedFile[]>;
  /** The change from one version of a module to another. @throws `NOT_FOUND`, `CHECKSUM_MISMATCH` */
  diff(moduleId: string, fromVer: number, toVer: number): Promise<VersionDiff>;
  /** The newest version with a checksum that carries `reverted`, or null: its content is not to be tried again. */
  revertedLike(moduleId: string, checksum: string): Promise<number | null>;
  /**
   * Takes a file out of the ledger that must not stay: a secret, or what names a person. The journal says so for good, with its digest;
   * then its bytes are removed from this copy, and from every copy that takes the entry over. Every version that holds the same bytes is
   * redacted; none is activated or gone back to any more. Takes a key with the role admin, and countersignatures as `policy.set` does.
   * Repeated, it finishes what was cut short. Only the writer's own machine and copies that fetch are reached: backups and stock hosts are
   * their operators' to clean, and a short secret can be guessed from its digest, so change it anyway.
   * @throws `NOT_FOUND`, `INVALID_ARGUMENT`; `INVALID_VERSION` where an active version holds the file; `ROLE_REQUIRED`, `BAD_SIGNATURE`;
   * with `committed` what kept its bytes from being removed: `journal.doctor` finishes that
   */
  redact(moduleId: string, version: number, path: string, options: RedactOptions): Promise<Redaction>;
  /** What was taken out of the ledger, oldest first. */
  redactions(): Promise<readonly Redaction[]>;
}
