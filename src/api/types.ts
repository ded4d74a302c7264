/** The types that a ledger takes and gives, for programs that name them. There is no value in it. */

/// <reference types="node" preserve="true" />

export type { Cloned } from '../clone.js';
export type { ErrorData, ErrorFamily, InputIssue, NotFoundKind, ObjectFault, Reason, WitnessFault } from '../errors.js';
export type { Refreshed } from '../fetch.js';
export type { FileSystem } from '../git/file-system.js';
export type { FetchLimits } from '../git/remote/fetch-limits.js';
export type { FetchOptions } from '../git/remote/fetch-objects.js';
export type { CredentialRequest, OnAuth, RemoteCredentials } from '../git/remote/http-exchange.js';
export type {
  AssessOptions,
  ExpectOptions,
  LedgerWarningCode,
  RationaleOptions,
  RollbackOptions,
  StageOptions,
  WithdrawOptions,
} from '../ledger/ledger.js';
export type {
  Activation,
  DoctorOptions,
  DoctorProgress,
  DoctorReport,
  ForeignRef,
  HistoryOptions,
  JournalEntry,
  JournalPosition,
  LastAudit,
  LastWitnessed,
  LedgerJournal,
  LedgerMoment,
  LedgerTotals,
  ModuleMoment,
  ModuleTotals,
  Moment,
} from '../ledger/ledger-journal.js';
export type {
  BreakGlassOptions,
  Epoch,
  LedgerLive,
  MarkFailedOptions,
  Permit,
  PermitRefusalCode,
  RollbackExplanation,
} from '../ledger/ledger-live.js';
export type { AdminAct, CountersignOptions, LedgerPolicy, UpgradeOptions } from '../ledger/ledger-policy.js';
export type { LedgerReplicas, Replication, ReplicationResult } from '../ledger/ledger-replicas.js';
export type { LedgerReports, NewContent, PreviewOptions } from '../ledger/ledger-reports.js';
export type {
  FileChange,
  FileState,
  LedgerVersions,
  ListedFile,
  LoggedVersion,
  LogOptions,
  ModuleSummary,
  ProvenReport,
  Redaction,
  RedactOptions,
  VersionDiff,
  VersionProof,
  VersionRelation,
  VersionsOptions,
} from '../ledger/ledger-versions.js';
export type { LineageOptions, TargetOptions, VersionManagerStats, VersionToRecord } from '../ledger/version-manager.js';
export type { RemoteOptions } from '../ledger-options.js';
export type { MisdatedEntries } from '../model/clock.js';
export type { GateNote, GateRefusal } from '../model/gate.js';
export type { RefUpdate } from '../model/journal-entry.js';
export type { LedgerEvent, LedgerFormat } from '../model/ledger-event.js';
export type { FileContent, FileMode, ModuleFile } from '../model/module-files.js';
export type { ObjectFormatName } from '../model/object-id.js';
export type { PolicyChange, PolicySigner, SignerRoles } from '../model/policy.js';
export type { MeasuredBy, PolicySettings, VersionManagerConfig } from '../model/policy-settings.js';
export type { KeyType, PublicKey } from '../model/public-key.js';
export type { FindingStatus } from '../model/report.js';
export type { KeyRevocation } from '../model/revocation.js';
export type { SkippedVersion, TagFilter } from '../model/rollback-target.js';
export type { OnTransfer, TransferPhase, TransferProgress } from '../ports/progress.js';
export type { BrokenLock, Finding, FindingKind } from '../ports/upkeep.js';
export type { AgentSignerOptions } from '../signing/agent.js';
