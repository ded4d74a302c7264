/** The public surface of git-lineage: named here, and nowhere else. */

/// <reference types="node" preserve="true" />

export {
  type AssessOptions as AssessFilesOptions,
  type AssessorLimits,
  type AssessorOptions,
  createAssessor,
  type FileAssessor,
} from './assess/assessor.js';
export type { CapabilityReport, CapabilityUse, Place as CapabilityPlace } from './assess/capabilities/contract.js';
export type {
  Assessment,
  AssessmentInput,
  AssessmentLimit,
  Caller as AssessmentCaller,
  Finding as AssessmentFinding,
} from './assess/contract.js';
export { findCapabilities } from './assess/find-capabilities.js';
export { skillIssues } from './assess/skill/skill-issues.js';
export type { PinRelation } from './audit/compare-pins.js';
export {
  AUDIT_STEPS,
  type AuditedRedaction,
  type AuditOutcome,
  type AuditProblem,
  type AuditProgress,
  type AuditQuestion,
  type AuditReport,
  type AuditStep,
  type AuditStepName,
  type DifferentLevel,
  type JudgedActivation,
  type Pin,
  type Remeasured,
  type Taint,
} from './audit/contract.js';
export { formatPin, parsePin } from './audit/pin-text.js';
export { type Cloned, type CloneOptions, cloneLedger } from './clone.js';
export { comparePins, currentPin, type PinOptions } from './compare-pins.js';
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorData,
  type ErrorFamily,
  GateRefusalCode,
  type InputIssue,
  isLedgerError,
  LedgerError,
  type NotFoundKind,
  type ObjectFault,
  type Reason,
  type WitnessFault,
} from './errors.js';
export { fetchLedger, type Refreshed, type RefreshOptions } from './fetch.js';
export type { FileSystem } from './git/file-system.js';
export type { GuardHook, GuardState } from './git/guards.js';
export type { FetchLimits } from './git/remote/fetch-limits.js';
export type { FetchOptions } from './git/remote/fetch-objects.js';
export type { CredentialRequest, OnAuth, RemoteCredentials } from './git/remote/http-exchange.js';
export { type LedgerServer, type ServedRequest, type ServeOptions, serveLedger } from './git/serve-ledger.js';
export { guardHooks, installGuards, removeGuards } from './guard.js';
export type { MeasureLimits } from './lazy-measurer.js';
export type {
  Activation,
  AdminAct,
  AssessOptions,
  BreakGlassOptions,
  CheckpointContent,
  CountersignOptions,
  DoctorOptions,
  DoctorProgress,
  DoctorReport,
  Epoch,
  ExpectOptions,
  FileChange,
  FileState,
  ForeignRef,
  HistoryOptions,
  JournalEntry,
  JournalPosition,
  LastAudit,
  LastWitnessed,
  Ledger,
  LedgerMoment,
  LedgerNotice,
  LedgerTotals,
  LedgerWarningCode,
  LineageOptions,
  ListedFile,
  LoggedVersion,
  LogOptions,
  MarkFailedOptions,
  MeasureOptions,
  ModuleMoment,
  ModuleStanding,
  ModuleTotals,
  Moment,
  NewContent,
  Permit,
  PermitRefusalCode,
  ProvenReport,
  RationaleOptions,
  Redaction,
  RedactOptions,
  Replication,
  ReplicationResult,
  RollbackExplanation,
  RollbackOptions,
  StageOptions,
  TargetOptions,
  VersionDiff,
  VersionManager,
  VersionManagerStats,
  VersionProof,
  VersionRelation,
  VersionsOptions,
  WithdrawOptions,
} from './ledger/contract.js';
export type { ItemKind } from './mcp/canonical-form.js';
export type {
  GuardCallCode,
  GuardEnd,
  GuardNotice,
  GuardOptions,
  ServerCommand,
  ServerUrl,
} from './mcp/contract.js';
export { guardToolServer } from './mcp/guard.js';
export type { FileObjections } from './mcp/ledger-tools.js';
export { type LedgerToolsOptions, serveLedgerTools } from './mcp/serve-ledger-tools.js';
export { type MetricsHandler, type MetricsHandlerOptions, metricsHandler } from './metrics/metrics-handler.js';
export { CAPABILITIES, type Capability, type CapabilityChange, type Reach, type ReachOf } from './model/capability.js';
export { ModuleStatus, type NewCheckpoint, type VersionCheckpoint } from './model/checkpoint.js';
export type { MisdatedEntries } from './model/clock.js';
export { contentDigest } from './model/content-digest.js';
export { FINDING_CODES, type FindingCode } from './model/finding-codes.js';
export { approvalNeeded, type GateNote, GateNoteCode, type GateRefusal, type Verdict } from './model/gate.js';
export type { LedgerEvent, LedgerFormat, RefUpdate } from './model/journal-entry.js';
export {
  type FileContent,
  type FileMode,
  type ModuleFile,
  type ModuleFiles,
  type NormalizedFiles,
  normalizeFiles,
} from './model/module-files.js';
export type {
  MeasuredBy,
  Policy,
  PolicyChange,
  PolicySettings,
  PolicySigner,
  SignerRoles,
  VersionManagerConfig,
} from './model/policy.js';
export { Role, settingNames } from './model/policy.js';
export { isPrincipal } from './model/principal.js';
export type { KeyType, PublicKey } from './model/public-key.js';
export {
  CompatibilityLevel,
  type CompatibilityReport,
  type FindingStanding,
  type NewReport,
  returnLevelOf,
  type StoredReport,
} from './model/report.js';
export type { KeyRevocation } from './model/revocation.js';
export { RollbackReason, SkipCode, type SkippedVersion, type TagFilter } from './model/rollback-target.js';
export {
  type AuditOptions,
  auditLedger,
  type InitOptions,
  initLedger,
  type LedgerOptions,
  makeVersionManager,
  openLedger,
  type RemoteOptions,
} from './open.js';
export { type LedgersHandlerOptions, ledgersHandler, type ShownLedger } from './page/ledgers-handler.js';
export {
  type PageHandler,
  type PageHandlerOptions,
  type ProcessReport,
  pageHandler,
} from './page/page-handler.js';
export { processesByMetrics } from './page/processes-by-metrics.js';
export { type PageAddress, type PageServer, type ServePageOptions, servePage } from './page/serve-page.js';
export { type WriteReportOptions, type WrittenReport, writeReport } from './page/write-report.js';
export type { Gap } from './ports/evidence.js';
export type { Signer } from './ports/keys.js';
export type { Measurement } from './ports/measuring.js';
export type { OnTransfer, TransferPhase, TransferProgress } from './ports/progress.js';
export type { BrokenLock, Finding, FindingKind } from './ports/upkeep.js';
export {
  generateLogKey,
  type PublishCheckpointOptions,
  type PublishedCheckpoint,
  publishCheckpoint,
  type WitnessAddress,
} from './publish-checkpoint.js';
export { type ApplyPushOptions, applyReceived, type CheckPushOptions, checkReceived } from './receive.js';
export { type AgentSignerOptions, agentSigner } from './signing/agent.js';
export { parsePublicKeyLine } from './signing/public-key.js';
export { ephemeralSigner, generateKey, type SshSignerOptions, sshSigner } from './signing/signer.js';
export type { CanaryPlan } from './swap/canary/canary-plan.js';
export type {
  ActivateContext,
  ActivateReason,
  Assessor,
  AssessRequest,
  CheckAnswer,
  DeactivateContext,
  DeactivateReason,
  HealthCheck,
  HealthRequest,
  Lifecycle,
  LoadedModule,
  Loader,
  LoadRequest,
  ResumedModule,
  RollbackContext,
  RunEvent,
  StayReason,
  SwapContext,
  SwapNotice,
  SwapRequest,
  SwapResolver,
  SwapResult,
  SwapStep,
  ValidateRequest,
  Validator,
  VersionKey,
} from './swap/contract.js';
export { SwapPhase } from './swap/contract.js';
export type { DependencyVersion } from './swap/depend/dependency-declaration.js';
export { type Resolution, ResolutionStatus } from './swap/depend/dependency-resolution.js';
export {
  type DependencyContext,
  DependencyResolver,
  type DependencyResolverOptions,
} from './swap/depend/dependency-resolver.js';
export { type BatchContext, type BatchResult, type BatchSwapper, swapBatch } from './swap/depend/swap-batch.js';
export type { CallStatistics } from './swap/health/call-counts.js';
export type { LiveHealthOptions } from './swap/health/call-judge.js';
export { type ImportLoaderOptions, importLoader } from './swap/load/import-loader.js';
export type { CallOptions, Lease, ModuleHandle } from './swap/module/module-handle.js';
export {
  ModuleRegistry,
  type RegisteredVersion,
  type Registration,
  type RegistryStats,
} from './swap/module-registry.js';
export type { SwapObserver } from './swap/observe/observers.js';
export type { HotSwapperOptions } from './swap/options.js';
export {
  type Outcome,
  type OutcomeRecorder,
  type OutcomeRecorderOptions,
  outcomeRecorder,
  type SickVersion,
} from './swap/outcomes/outcomes.js';
export { type GrantRequest, type ProcessLoaderOptions, processLoader } from './swap/process/process-loader.js';
export {
  type BatchRefusalCode,
  type LoadWarningCode,
  SwapRefusalCode,
  type SwapWarningCode,
} from './swap/swap/swap-codes.js';
export { HotSwapper } from './swap/swapper.js';
export { TimeLimitError } from './swap/time-limit.js';
export type { Remote } from './swap/worker/remote.js';
export { transfer } from './swap/worker/transfer.js';
export { type WorkerLoaderOptions, workerLoader } from './swap/worker/worker-loader.js';
export {
  type FollowedLedger,
  type FollowOptions,
  type WebhookEvent,
  WebhookEventType,
  type WebhookOptions,
  type WebhookPayload,
  type WebhookProblem,
  type WebhookStatus,
  type Webhooks,
} from './webhooks/contract.js';
export { type AlertmanagerAlert, alertmanagerAlerts, type SlackMessage, slackMessage } from './webhooks/payload.js';
export { webhooks } from './webhooks/webhooks.js';
export type { WitnessDemand, Witnessed } from './witness/format/check-witnesses.js';
export {
  type ServeWitnessOptions,
  serveWitness,
  type WitnessedRequest,
  type WitnessServer,
} from './witness/server/serve-witness.js';
export { initWitness, type WitnessPlace } from './witness/server/witness-state.js';
