/** What a ledger can do: the interfaces that callers see. */

import type { AuditQuestion } from '../audit/audit-question.js';
import type { AuditReport } from '../audit/audit-report.js';
import type { ErrorCode, LedgerError } from '../errors.js';
import type { NewCheckpoint, VersionCheckpoint } from '../model/checkpoint.js';
import type { GateNoteCode, Verdict } from '../model/gate.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { CompatibilityLevel, StoredReport } from '../model/report.js';
import type { RollbackReason, TagFilter } from '../model/rollback-target.js';
import type { HistoryOptions, JournalEntry, LedgerJournal } from './ledger-journal.js';
import type { Epoch, LedgerLive } from './ledger-live.js';
import type { LedgerPolicy } from './ledger-policy.js';
import type { LedgerReplicas } from './ledger-replicas.js';
import type { LedgerReports, PreviewOptions } from './ledger-reports.js';
import type { LedgerVersions } from './ledger-versions.js';
import type { CheckpointContent, VersionManager, VersionToRecord } from './version-manager.js';

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

/** What a person adds to an assessment before it is stored as a report. */
export interface AssessOptions extends PreviewOptions {
  /** A level given by hand: it stands beside the one that is measured, and can only raise it. To lower it is to approve. */
  readonly level?: CompatibilityLevel | undefined;
  /** Why, in the words of who gave the level, at most 65,536 bytes; what was measured follows it. */
  readonly rationale?: string | undefined;
}

/**
 * What a warning is about: a note of the gate, (`REF_REPLACED`) a ref changed by hand that a pull put back, or (`CLOCK_BEHIND`) this machine's
 * clock, which is behind the last entry.
 */
export type LedgerWarningCode = GateNoteCode | 'REF_REPLACED' | 'CLOCK_BEHIND';

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
  /** What was read, or came from a copy elsewhere, did not verify; the error goes to the caller, too. */
  | { readonly type: 'unverified'; readonly code: ErrorCode; readonly error: LedgerError }
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
  /** What it says of modules and their versions. */
  readonly versions: LedgerVersions;
  /** What was reported of pairs of versions, and what would be. */
  readonly reports: LedgerReports;
  /** What is active and may become active, and what machines say of it. */
  readonly live: LedgerLive;
  /** The policy in force, and the acts of admins. */
  readonly policy: LedgerPolicy;
  /** Its copies elsewhere. */
  readonly replicas: LedgerReplicas;
  /** The journal as a whole. */
  readonly journal: LedgerJournal;
  /** As of a version manager, with all that the ledger says of each report. */
  pendingApprovals(): Promise<readonly StoredReport[]>;
  /** Records several versions, in order, in one transaction: all or none. */
  recordCheckpoints(list: readonly VersionToRecord[]): Promise<readonly VersionCheckpoint[]>;
  /** Puts a version into the ledger without making it active. Its parent defaults to the active version. */
  stage(cp: NewCheckpoint, content?: CheckpointContent, options?: StageOptions): Promise<VersionCheckpoint>;
  /**
   * Makes a staged version active, through the gate. Its parent must be the active version. Under `requireApproval` or
   * `approveCapabilities` a pair that
   * nobody assessed is measured and its report stored first, as `assess` does.
   * @throws `NOT_ACTIVE`, `APPROVAL_REQUIRED`, `VERSION_REVERTED`, `HOOK_REFUSED`
   */
  activate(moduleId: string, version: number, options?: ExpectOptions): Promise<VersionCheckpoint>;
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
   * Makes an earlier version active again and tags the abandoned one `reverted`, without `stable`. Never asks for
   * approval; puts back what somebody changed behind the ledger's back, and says so in the journal.
   * @throws `NOT_FOUND` where there is no target, `NOT_ACTIVE` where the expected epoch is over
   */
  rollback(moduleId: string, reason: RollbackReason, options?: RollbackOptions): Promise<VersionCheckpoint>;
  /** The files of a version (the active one by default), checked against its checksum. */
  readFiles(moduleId: string, version?: number): Promise<NormalizedFiles>;
  /** The journal, newest entry first. */
  history(options?: HistoryOptions): AsyncIterable<JournalEntry>;
  /**
   * Reads the whole ledger from its objects up and says, step by step, what holds. Answers with a report whatever is wrong.
   * @throws `INVALID_ARGUMENT` for a question that is none
   */
  audit(question?: AuditQuestion): Promise<AuditReport>;
  /** Waits for writes under way and lets go of the ledger. */
  close(): Promise<void>;
}
