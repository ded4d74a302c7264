/** What a ledger can do: the interfaces that callers see. */

import type { AuditQuestion, AuditReport } from '../audit/audit-report.js';
import type { ErrorCode, LedgerError } from '../errors.js';
import type { ModuleStatus, NewCheckpoint, VersionCheckpoint } from '../model/checkpoint.js';
import type { MisdatedEntries } from '../model/clock.js';
import type { GateNoteCode, Verdict } from '../model/gate.js';
import type { LedgerEvent } from '../model/journal-entry.js';
import type { ModuleFiles, NormalizedFiles } from '../model/module-files.js';
import type { Policy, PolicyChange } from '../model/policy.js';
import type { CompatibilityLevel, StoredReport } from '../model/report.js';
import type { RollbackReason, TagFilter } from '../model/rollback-target.js';
import type { Measurement } from '../ports/measuring.js';
import type {
  DoctorOptions,
  DoctorReport,
  HistoryOptions,
  JournalEntry,
  JournalPosition,
  LastAudit,
  LastWitnessed,
  LedgerMoment,
  LedgerTotals,
  Moment,
} from './ledger-journal.js';
import type { BreakGlassOptions, Epoch, MarkFailedOptions, Permit, RollbackExplanation } from './ledger-live.js';
import type { AdminAct, CountersignOptions } from './ledger-policy.js';
import type { Replication, ReplicationResult } from './ledger-replicas.js';
import type { MeasureOptions, NewContent } from './ledger-reports.js';
import type {
  ListedFile,
  LoggedVersion,
  LogOptions,
  ModuleSummary,
  Redaction,
  RedactOptions,
  VersionDiff,
  VersionProof,
  VersionsOptions,
} from './ledger-versions.js';
import type { CheckpointContent, TargetOptions, VersionManager } from './version-manager.js';

/** What `stage` does with content that is in the ledger already. */
export interface StageOptions {
  /**
   * True: where the active version, or a staged one that was made from it, has this content already, and this metadata
   * if any is given, that version is the answer, and no number is spent. Of no effect where the checkpoint names a
   * version. False by default.
   */
  readonly reuse?: boolean | undefined;
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

/** What a person adds to a measurement before it is stored as a report. */
export interface AssessOptions extends MeasureOptions {
  /** A level given by hand: it stands beside the one that is measured, and can only raise it. To lower it is to approve. */
  readonly level?: CompatibilityLevel | undefined;
  /** Why, in the words of who gave the level, at most 65,536 bytes; what was measured follows it. */
  readonly rationale?: string | undefined;
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
