/** What a ledger can do: the interfaces that callers see. */

import type { AuditOutcome, AuditQuestion, AuditReport, JudgedActivation } from '../audit/audit-report.js';
import type { ErrorCode, GateRefusalCode, LedgerError, Reason } from '../errors.js';
import type { ModuleStatus, NewCheckpoint, VersionCheckpoint } from '../model/checkpoint.js';
import type { MisdatedEntries } from '../model/clock.js';
import type { GateNote, GateNoteCode, Verdict } from '../model/gate.js';
import type { LedgerEvent } from '../model/journal-entry.js';
import type { FileMode, ModuleFiles, NormalizedFiles } from '../model/module-files.js';
import type { Policy, PolicyChange } from '../model/policy.js';
import type { CompatibilityLevel, CompatibilityReport, NewReport, StoredReport } from '../model/report.js';
import type { RollbackReason, SkipCode, SkippedVersion, TagFilter } from '../model/rollback-target.js';
import type { Measurement } from '../ports/measuring.js';
import type { BrokenLock, Finding } from '../ports/upkeep.js';

/** The content of a version beside its description. */
export interface CheckpointContent {
  /** The module's files; the checksum is computed from them, and must match one that is given as well. */
  readonly files?: ModuleFiles | undefined;
}

/** What `stage` does with content that is in the ledger already. */
export interface StageOptions {
  /**
   * True: where the active version, or a staged one that was made from it, has this content already, and this metadata
   * if any is given, that version is the answer, and no number is spent. Of no effect where the checkpoint names a
   * version. False by default.
   */
  readonly reuse?: boolean | undefined;
}

/** How much of a lineage: the newest `maxCheckpoints` versions, or (`full`) every one. */
export interface LineageOptions {
  readonly full?: boolean | undefined;
}

/** Which ancestors count: those with a tag (default `stable`), or (null) all not assessed BREAKING towards the active version. */
export interface TargetOptions {
  readonly tagFilter?: TagFilter | undefined;
}

/** A version's time as the active one. The version alone is not enough: reverted, cleared and active again it is another time. */
export interface Epoch {
  readonly version: number;
  /** The number of the entry that made it active. */
  readonly since: number;
}

/** What the caller of a write takes to be active: where something else is, nothing is written. */
export interface ExpectOptions {
  /** The epoch that must still be the active one; else the call throws `NOT_ACTIVE`, with what is, and writes nothing. */
  readonly expect?: Epoch | undefined;
}

/** Where a rollback leads: by default to the nearest ancestor that is tagged `stable`. */
export interface RollbackOptions extends ExpectOptions {
  /**
   * The version to go back to, instead of the rollback target. It must be an ancestor of the active version (else
   * `INVALID_VERSION`), not tagged `reverted` (else `VERSION_REVERTED`).
   */
  readonly to?: number | undefined;
  /** Which ancestors count, as in `TargetOptions`; of no effect beside `to`. */
  readonly tagFilter?: TagFilter | undefined;
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

/** What an operator says to an approval, or to its withdrawal; it is part of the signed report. */
export interface RationaleOptions {
  /** Printable text of at most 65,536 bytes, its lines ended by LF; empty by default. */
  readonly rationale?: string | undefined;
}

/** What is taken back: the approvals of a pair, or reports of it. */
export interface WithdrawOptions extends RationaleOptions {
  /**
   * True: instead of approvals, the reports that were made before the version was in the ledger, and those whose key is revoked, once
   * somebody else has assessed the pair. They count no more. Format 2.
   */
  readonly reports?: boolean | undefined;
}

/** Content that may not be in the ledger yet. */
export interface NewContent {
  readonly files: ModuleFiles;
  /** What would be its metadata: `semver` and `entry` are read. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** How long a caller waits for a measurement. Its own limits are the ledger's (`LedgerOptions.assessor`). */
export interface MeasureOptions {
  /** Ends the wait: the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a person adds to a measurement before it is stored as a report. */
export interface AssessOptions extends MeasureOptions {
  /** A level given by hand: it stands beside the one that is measured, and can only raise it. To lower it is to approve. */
  readonly level?: CompatibilityLevel | undefined;
  /** Why, in the words of who gave the level, at most 65,536 bytes; what was measured follows it. */
  readonly rationale?: string | undefined;
}

/** What `breakGlass` asks of whoever passes the gate by. */
export interface BreakGlassOptions {
  /** Why it could not wait, in one printable line of 1 to 256 bytes: the journal shows it for good. */
  readonly reason: string;
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

/** What the journal says of a module, counted from its first entry on. */
export interface ModuleTotals {
  readonly moduleId: string;
  /** The active version; null while there are only staged ones, or only reports. */
  readonly active: number | null;
  /** The metadata `semver` of the active version; null where it has none. */
  readonly semver: string | null;
  /** Versions of the active lineage, up to the policy's `maxCheckpoints`. */
  readonly lineageDepth: number;
  /** How often a version became active otherwise than by a rollback. */
  readonly activations: number;
  readonly rollbacks: Readonly<Record<RollbackReason, number>>;
  /** Pairs with a BREAKING report. */
  readonly breakingChanges: number;
  /** Versions that became active past the gate. */
  readonly brokenGlass: number;
}

/** What the journal adds up to: the same in every process, whoever wrote it. */
export interface LedgerTotals {
  /** The first entry of the journal: which ledger it is. */
  readonly root: string;
  /** Entries of the journal. */
  readonly entries: number;
  readonly modules: readonly ModuleTotals[];
  /** Pairs that wait for an operator. */
  readonly pendingApprovals: number;
  /** Since when the one that has waited longest waits, in seconds since the Unix epoch; null where none waits. */
  readonly oldestPendingAt: number | null;
}

/** The rollback target, and what was passed over on the way to it. */
export interface RollbackExplanation {
  readonly target: VersionCheckpoint | null;
  /** The nearest hundred versions that were passed over, nearest first. */
  readonly skipped: readonly SkippedVersion[];
  /** How many were passed over, by reason; those in `skipped` included. */
  readonly passedOver: Readonly<Record<SkipCode, number>>;
}

/** Where the journal stands after a write: worth writing down outside the ledger, to catch a rewind later. */
export interface JournalPosition {
  readonly seq: number;
  readonly oid: string;
}

/** One entry of the journal. */
export interface JournalEntry extends JournalPosition {
  /** The principal whose key signed it. */
  readonly actor: string;
  /** The fingerprint of that key. */
  readonly fingerprint: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly events: readonly LedgerEvent[];
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

/** Which entries of the journal `history` tells; by default every one. */
export interface HistoryOptions {
  /** Only entries with an event of this module. */
  readonly moduleId?: string | undefined;
  /** Only entries after this `seq`. */
  readonly since?: number | undefined;
  /** Only entries before this `seq`: to read on where a listing ended. */
  readonly before?: number | undefined;
  /** At most so many, the newest; no limit by default. */
  readonly limit?: number | undefined;
}

/** A moment of the journal: the entry with a number, or the newest one that is not after a time. Exactly one of both. */
export interface Moment {
  readonly seq?: number | undefined;
  /** Seconds since the Unix epoch. */
  readonly time?: number | undefined;
}

/** How a version became active, as the entry that made it so says, and the policy and reports of that moment. */
export interface Activation extends JournalPosition {
  readonly type: 'activate' | 'break-glass' | 'rollback';
  /** The principal whose key signed the entry. */
  readonly actor: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  /** The version that was active before. */
  readonly fromVer: number | null;
  readonly toVer: number;
  /** Why, of a rollback or of a gate passed by; null where the gate let it pass. */
  readonly reason: string | null;
  /** The gate's answer then; null for a rollback, which is never gated. Past the gate it may be a refusal. */
  readonly verdict: Verdict | null;
  /** Whose approvals of the pair stood then. */
  readonly approvers: readonly string[];
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

/** Where a module stood at an earlier entry of the journal. */
export interface ModuleMoment {
  readonly moduleId: string;
  /** The active version with the tags that it had then; null while there were only staged ones. */
  readonly active: VersionCheckpoint | null;
  /** The rollback target then; null where there was none. */
  readonly stable: VersionCheckpoint | null;
  /** How the active version became that; null where there was none. */
  readonly activation: Activation | null;
}

/** A ledger at one entry of its journal. */
export interface LedgerMoment extends JournalPosition {
  /** The time of that entry, in seconds since the Unix epoch. */
  readonly timestamp: number;
  /** Every module that had a version, staged ones included, in bytewise order. */
  readonly modules: readonly ModuleMoment[];
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

/** A ref that does not have its journaled value. */
export type ForeignRef = Finding & { readonly kind: 'foreign-ref' };

/** How far `doctor` is: it verifies the journal, reads the objects that the ledger needs, and compares refs and notes. */
export interface DoctorProgress {
  readonly step: 'journal' | 'objects' | 'refs';
  /** Objects that have been read; null in the other steps, which are told when they begin. */
  readonly done: number | null;
}

/** What `doctor` changes, by default nothing, and who is told how far it is. */
export interface DoctorOptions {
  /** Mends what is safe to mend, journaling what changes a ref. */
  readonly restore?: boolean | undefined;
  /** A ref or a lock file of the ledger: removes git's lock on it first. Only where its owner is known to be gone. */
  readonly breakLock?: string | undefined;
  /** Told how far it is; what it throws is ignored. */
  readonly onProgress?: ((progress: DoctorProgress) => void) | undefined;
}

/** What an exchange with a remote came to. */
export interface ReplicationResult {
  /** Its URL, without credentials. */
  readonly remote: string;
  /** Entries that are new here. */
  readonly adopted: number;
  /** Entries that are new there. */
  readonly pushed: number;
  /** Entries there that are not here: of a `push`, which brings nothing. */
  readonly behind: number;
  /** Entries here that are not there: of a `pull`, which sends nothing. */
  readonly ahead: number;
  /** Where the journal stands here now. */
  readonly position: JournalPosition;
}

/** How this ledger stands to the remote that every write goes through. */
export interface Replication {
  /** Its URL, without credentials; null: writes are this ledger's own. */
  readonly remote: string | null;
  /** When the remote last answered, in seconds since the Unix epoch; null: never, or it is not remembered. */
  readonly lastContact: number | null;
  /** Where its journal stood then; null: it had none. */
  readonly position: JournalPosition | null;
  /** Set where the last attempt to reach it failed. */
  readonly failure: { readonly at: number; readonly reason: string } | null;
}

/**
 * How the last whole audit of a ledger ended: one without `trust`, `pin` and `since`. Kept in `lineage/audit.json`, and
 * safe to lose.
 */
export interface LastAudit {
  /** When it ended, in seconds since the Unix epoch. */
  readonly at: number;
  readonly outcome: AuditOutcome;
}

/** When witnesses have seen the journal last, as the checkpoint at `refs/witness/checkpoint` says. */
export interface LastWitnessed {
  /** How many entries it is of. */
  readonly size: number;
  /** The time since which more than half of its cosignatures were made, in seconds since the Unix epoch. */
  readonly at: number;
  readonly cosignatures: number;
}

/** What `doctor` found, and whether it was or could be put right. */
export interface DoctorReport {
  readonly findings: readonly Finding[];
  /** True where the mendable findings have been mended. */
  readonly restored: boolean;
  /** The last entry that could be trusted before anything was mended, with its policy; null where none could. */
  readonly good: (JournalPosition & { readonly policy: Policy }) | null;
  /** The lock that was removed, where one was to be. */
  readonly brokenLock: BrokenLock | null;
}

/** What a warning is about: a note of the gate, or (`REF_REPLACED`) a ref changed by hand that a pull put back. */
export type LedgerWarningCode = GateNoteCode | 'REF_REPLACED';

/** Told to `onEvent` after a transaction is committed, or an operation refused. */
export type LedgerNotice =
  | {
      readonly type: 'committed';
      readonly seq: number;
      readonly oid: string;
      readonly events: readonly LedgerEvent[];
      /** From its first decision until it was written, in milliseconds; what the hook and the assessor took is no part of it. */
      readonly durationMs: number;
      /** How often it was decided again because somebody else was faster. */
      readonly retries: number;
    }
  /** An operation that came to nothing; the error goes to its caller, too. */
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly error: LedgerError }
  | { readonly type: 'breaking'; readonly moduleId: string; readonly fromVer: number | null; readonly toVer: number }
  | {
      readonly type: 'warning';
      readonly moduleId: string;
      readonly code: LedgerWarningCode;
      readonly message: string;
    };

/** What others have signed of a change. */
export interface CountersignOptions {
  /**
   * Armoured SSHSIG signatures as `countersign` returns them, or `ssh-keygen -Y sign -n countersign@git-lineage` makes them. They count until the policy
   * changes.
   */
  readonly countersignatures?: readonly string[] | undefined;
}

/** What takes countersignatures: a change of policy, the word that entries are misdated, or taking a file out of the ledger. */
export type AdminAct =
  | { readonly policy: PolicyChange }
  | { readonly misdated: true }
  | {
      readonly redact: {
        readonly moduleId: string;
        readonly version: number;
        readonly path: string;
        readonly reason: string;
      };
    };

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
   * approved, the latest by which the version gains one of `approveCapabilities`.
   */
  pendingApprovals(): Promise<readonly CompatibilityReport[]>;
  /** How many modules, versions, assessed pairs and waiting pairs there are: look-ups in the index. */
  stats(): Promise<VersionManagerStats>;
}

/** A version ledger. Reads take no lock; each write is one transaction; every method rejects with `LedgerError` only. */
export interface Ledger extends VersionManager {
  /** Where the ledger is. */
  readonly gitdir: string;
  /** As of a version manager, with all that the ledger says of each report. */
  pendingApprovals(): Promise<readonly StoredReport[]>;
  /** Records several versions, in order, in one transaction: all or none. */
  recordCheckpoints(
    list: readonly { readonly checkpoint: NewCheckpoint; readonly files?: ModuleFiles | undefined }[],
  ): Promise<readonly VersionCheckpoint[]>;
  /** Puts a version into the ledger without making it active. Its parent defaults to the active version. */
  stage(cp: NewCheckpoint, content?: CheckpointContent, options?: StageOptions): Promise<VersionCheckpoint>;
  /**
   * Makes a staged version active, through the gate. Its parent must be the active version. Under `requireApproval` or
   * `approveCapabilities` a pair that
   * nobody assessed is measured and its report stored first, as `assess` does.
   * @throws `NOT_ACTIVE`, `APPROVAL_REQUIRED`, `VERSION_REVERTED`, `HOOK_REFUSED`
   */
  activate(moduleId: string, version: number, options?: ExpectOptions): Promise<VersionCheckpoint>;
  /** The active version and the entry since which it is; null where there is none. Every write of a machine names one. */
  epoch(moduleId: string): Promise<Epoch | null>;
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
  /** Adds a tag. `stable` and `reverted` exclude each other: adding one removes the other. */
  tag(moduleId: string, version: number, tag: string): Promise<void>;
  /** Removes a tag; without effect where the version does not carry it. */
  untag(moduleId: string, version: number, tag: string): Promise<void>;
  /**
   * Measures a pair by the files of both versions, and stores what was found as a signed report; nothing of a module is
   * executed. Answers with the report as it is stored, or with the equal one that is there already.
   *
   * The report's level is what was measured, or the more severe `level` that is given by hand (then `measuredLevel` is
   * what was measured). A first version (`fromVer` null) is COMPATIBLE; a version without files is UNKNOWN, and so is a
   * pair that could not be judged within the assessor's limits. An assessor's UNKNOWN is in force only where none could tell.
   * @throws `NOT_FOUND` where a version is not in the ledger, `CHECKSUM_MISMATCH`, `INVALID_*`; the signal's reason
   */
  assess(moduleId: string, fromVer: number | null, toVer: number, options?: AssessOptions): Promise<StoredReport>;
  /**
   * What `assess` would measure, with each change and nothing stored; also of content that is not in the ledger yet.
   * @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `INVALID_*`; the signal's reason
   */
  measure(
    moduleId: string,
    fromVer: number | null,
    to: number | NewContent,
    options?: MeasureOptions,
  ): Promise<Measurement>;
  /**
   * Signs for a pair as an operator, at the level in force and for the capabilities that the version gains by the reports there are: the report's `approvedBy` is the principal of this ledger's key, which needs the role approver. Repeated,
   * it writes nothing, unless another rationale is given.
   */
  approve(moduleId: string, fromVer: number | null, toVer: number, options?: RationaleOptions): Promise<StoredReport>;
  /**
   * Takes back every approval of a pair, or with `reports` what was reported of it and is about no content. Takes a key with the role
   * approver.
   */
  withdraw(moduleId: string, fromVer: number | null, toVer: number, options?: WithdrawOptions): Promise<StoredReport>;
  /** May `toVer` replace `fromVer`? A value, never a throw (but for input that is no question). */
  gate(moduleId: string, fromVer: number | null, toVer: number): Promise<Verdict>;
  /**
   * May a version become active now? Everything that `activate` asks before it writes, and nothing written: the pair is measured
   * where an activation would have it measured, the gate decides, the operator's hook is asked. The active version may. A value, never
   * a throw for what an activation would refuse; a key is not needed. An activation asks all of it again.
   * @throws `REMOTE_UNREACHABLE`, `REMOTE_REFUSED` where writes go through a remote, which is looked at first
   */
  permit(moduleId: string, version: number): Promise<Permit>;
  /** The rollback target with the versions passed over, nearest first, each with its reason. */
  explainRollback(moduleId: string, options?: TargetOptions): Promise<RollbackExplanation>;
  /**
   * Makes an earlier version active again and tags the abandoned one `reverted`, without `stable`. Never asks for
   * approval; puts back what somebody changed behind the ledger's back, and says so in the journal.
   * @throws `NOT_FOUND` where there is no target, `NOT_ACTIVE` where the expected epoch is over
   */
  rollback(moduleId: string, reason: RollbackReason, options?: RollbackOptions): Promise<VersionCheckpoint>;
  /** What the journal adds up to, for metrics: look-ups in the index. */
  totals(): Promise<LedgerTotals>;
  /** Every module that has a version, staged ones included, in bytewise order. */
  modules(): Promise<readonly string[]>;
  /** One version, whatever its status. @throws `NOT_FOUND` */
  getVersion(moduleId: string, version: number): Promise<VersionCheckpoint>;
  /** Every version of a module in ascending order, staged and abandoned ones included. */
  versions(moduleId: string, options?: VersionsOptions): Promise<readonly VersionCheckpoint[]>;
  /** The versions of a module, newest first, each with its place in the lineage; empty for an unknown module. */
  log(moduleId: string, options?: LogOptions): Promise<readonly LoggedVersion[]>;
  /** The newest version with a checksum that carries `reverted`, or null: its content is not to be tried again. */
  revertedLike(moduleId: string, checksum: string): Promise<number | null>;
  /** Whether a version is STAGED, ACTIVE, ARCHIVED or REVERTED now. @throws `NOT_FOUND` */
  statusOf(moduleId: string, version: number): Promise<ModuleStatus>;
  /** Where a module stands; what it costs grows with its staged versions alone. @throws `NOT_FOUND` */
  summary(moduleId: string): Promise<ModuleSummary>;
  /**
   * Everything that bears on one version: who made it, what was said of it, why it ran, what it would go back to.
   * @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `BAD_SIGNATURE`, `CORRUPT_OBJECT`
   */
  proof(moduleId: string, version: number): Promise<VersionProof>;
  /** The files of a version (the active one by default), checked against its checksum. */
  readFiles(moduleId: string, version?: number): Promise<NormalizedFiles>;
  /**
   * The files of a version by name and digest, those that were redacted too. In bytewise order of their paths.
   * @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`
   */
  listFiles(moduleId: string, version: number): Promise<readonly ListedFile[]>;
  /** What was taken out of the ledger, oldest first. */
  redactions(): Promise<readonly Redaction[]>;
  /** The reports of a module, or of one pair, in the order they came. */
  reports(moduleId: string, fromVer?: number | null, toVer?: number): Promise<readonly StoredReport[]>;
  /** The journal, newest entry first. */
  history(options?: HistoryOptions): AsyncIterable<JournalEntry>;
  /**
   * What the ledger was at an earlier moment: replayed and verified from its first entry on.
   * @throws `NOT_FOUND` where the journal has no such entry, or begins later; `INVALID_ARGUMENT`
   */
  at(moment: Moment): Promise<LedgerMoment>;
  /** The change from one version of a module to another. @throws `NOT_FOUND`, `CHECKSUM_MISMATCH` */
  diff(moduleId: string, fromVer: number, toVer: number): Promise<VersionDiff>;
  /** Where the journal stands. */
  position(): Promise<JournalPosition>;
  /** The oid of the journal's first entry: it names the ledger, whatever copy of it this is. */
  root(): Promise<string>;
  /**
   * Brings entries from a remote (a URL, the name of one in the repository's config, or by default the remote that writes
   * go through). Each is verified before a ref moves here; they are adopted all or none.
   * @throws `JOURNAL_FORKED` where neither journal continues the other, `AUDIT_FAILED`, `BAD_SIGNATURE`,
   * `UNTRUSTED_SIGNER`: nothing has moved then; `REMOTE_UNREACHABLE`, `REMOTE_REFUSED`, `INVALID_ARGUMENT`
   */
  pull(remote?: string): Promise<ReplicationResult>;
  /**
   * Sends a remote the entries that it lacks, all or none; an empty repository gets the whole ledger.
   * @throws as `pull`, and `PIN_MISMATCH` where the remote has lost the journal that it had
   */
  push(remote?: string): Promise<ReplicationResult>;
  /** Pulls, and pushes what is left. @throws as `push` */
  sync(remote?: string): Promise<ReplicationResult>;
  /** The remote that writes go through, and how old the view of it is. Asks nobody. */
  replication(): Promise<Replication>;
  /**
   * Reads the whole ledger from its objects up and says, step by step, what holds. Answers with a report whatever is wrong.
   * @throws `INVALID_ARGUMENT` for a question that is none
   */
  audit(question?: AuditQuestion): Promise<AuditReport>;
  /** How the last audit ended that was made of the ledger where it lies, by any process; null where none is remembered. */
  lastAudit(): Promise<LastAudit | null>;
  /** What the checkpoint here says of itself: nobody's signature is verified. Null where there is none with a cosignature. */
  lastWitnessed(): Promise<LastWitnessed | null>;
  /** The settings and signers in force, as the last entry of the journal has them. */
  policy(): Promise<Policy>;
  /**
   * Changes settings or signers; takes a key with the role admin, or root for the root keys and the thresholds, and as many countersignatures as the policy's
   * thresholds ask for.
   * @throws `INVALID_CONFIG`, `ROLE_REQUIRED`, `BAD_SIGNATURE` for a countersignature of something else
   */
  setPolicy(change: PolicyChange, options?: CountersignOptions): Promise<Policy>;
  /**
   * Takes the ledger to format 2, which release 0.1.0 cannot read; takes a key with the role admin. Its entry seals every version so far by SHA-256, and the
   * admins of the first entry get the role root. Where entries are dated ahead of this machine's clock, it says that they are misdated. Returns the policy;
   * nothing is written where the ledger is of format 2 already.
   */
  upgrade(options?: { readonly onProgress?: ((done: number, total: number) => void) | undefined }): Promise<Policy>;
  /**
   * Says that the last entries are misdated, from the first that is dated ahead of this machine's clock by more than the policy's `clockTolerance`: then the
   * ledger can be written and copied again. Takes a key with the role admin, and countersignatures as `setPolicy` does.
   * @throws `INVALID_ARGUMENT` where no entry is; `ROLE_REQUIRED`, `BAD_SIGNATURE`
   */
  declareMisdated(options?: CountersignOptions): Promise<MisdatedEntries>;
  /**
   * Takes a file out of the ledger that must not stay: a secret, or what names a person. The journal says so for good, with its digest;
   * then its bytes are removed from this copy, and from every copy that takes the entry over. Every version that holds the same bytes is
   * redacted; none is activated or gone back to any more. Takes a key with the role admin, and countersignatures as `setPolicy` does.
   * Repeated, it finishes what was cut short. Only the writer's own machine and copies that fetch are reached: backups and stock hosts are
   * their operators' to clean, and a short secret can be guessed from its digest, so change it anyway.
   * @throws `NOT_FOUND`, `INVALID_ARGUMENT`; `INVALID_VERSION` where an active version holds the file; `ROLE_REQUIRED`, `BAD_SIGNATURE`;
   * with `committed` what kept its bytes from being removed: `doctor` finishes that
   */
  redact(moduleId: string, version: number, path: string, options: RedactOptions): Promise<Redaction>;
  /**
   * Signs what another admin is about to do, with the key that this ledger was opened with: the armoured signature is one of their `countersignatures`. Writes
   * nothing. It counts until the policy changes.
   * @throws `INVALID_CONFIG`, `INVALID_ARGUMENT` where the act is none, or the ledger of format 1
   */
  countersign(act: AdminAct): Promise<string>;
  /**
   * Looks for what a crash or a person left behind; with `restore`, mends what is safe to mend, journaling it. It answers on a
   * ledger whose journal does not verify, too: the finding `journal` names the last entry that does.
   * @throws `NOT_FOUND` and `REF_LOCKED` for a lock to be broken; with `restore`, what writes throw
   */
  doctor(options?: DoctorOptions): Promise<DoctorReport>;
  /** Waits for writes under way and lets go of the ledger. */
  close(): Promise<void>;
}
