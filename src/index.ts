/** The public surface of git-lineage: named here, and nowhere else. */

export {
  type AssessOptions as AssessFilesOptions,
  type AssessorLimits,
  type AssessorOptions,
  createAssessor,
  type FileAssessor,
} from './assess/assessor.js';
export type { Assessment, AssessmentInput, AssessmentLimit, Finding as AssessmentFinding } from './assess/contract.js';
export { FINDING_CODES, type FindingCode } from './assess/finding-codes.js';
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorData,
  type ErrorFamily,
  type InputIssue,
  isLedgerError,
  LedgerError,
} from './errors.js';
export type { FileSystem } from './git/file-system.js';
export type {
  AssessOptions,
  BreakGlassOptions,
  CheckpointContent,
  DoctorReport,
  ForeignRef,
  HistoryOptions,
  JournalEntry,
  JournalPosition,
  Ledger,
  LedgerNotice,
  LineageOptions,
  MeasureOptions,
  NewContent,
  RationaleOptions,
  RollbackExplanation,
  RollbackOptions,
  TargetOptions,
  VersionManager,
  VersionManagerStats,
  VersionsOptions,
} from './ledger/contract.js';
export { ModuleStatus, type NewCheckpoint, type VersionCheckpoint } from './model/checkpoint.js';
export { contentDigest } from './model/content-digest.js';
export type { Verdict } from './model/gate.js';
export type { LedgerEvent } from './model/journal-entry.js';
export {
  type FileContent,
  type FileMode,
  type ModuleFile,
  type ModuleFiles,
  type NormalizedFiles,
  normalizeFiles,
} from './model/module-files.js';
export type { Policy, PolicyChange, PolicySettings, PolicySigner, VersionManagerConfig } from './model/policy.js';
export { Role } from './model/policy.js';
export { isPrincipal } from './model/principal.js';
export type { PublicKey } from './model/public-key.js';
export { CompatibilityLevel, type CompatibilityReport, type NewReport, type StoredReport } from './model/report.js';
export { RollbackReason, type SkippedVersion, type TagFilter } from './model/rollback-target.js';
export {
  type InitOptions,
  initLedger,
  type LedgerOptions,
  type MeasureLimits,
  makeVersionManager,
  openLedger,
} from './open.js';
export { parsePublicKeyLine } from './signing/public-key.js';
export { ephemeralSigner, generateKey, type SshSignerOptions, sshSigner } from './signing/signer.js';
export type { Finding, Measurement, Signer } from './store.js';
export type {
  Assessor,
  AssessRequest,
  HealthCheck,
  HealthRequest,
  LoadedModule,
  Loader,
  LoadRequest,
  RollbackContext,
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
export type { DependencyVersion } from './swap/dependency-declaration.js';
export { type Resolution, ResolutionStatus } from './swap/dependency-resolution.js';
export {
  type DependencyContext,
  DependencyResolver,
  type DependencyResolverOptions,
} from './swap/dependency-resolver.js';
export { HotSwapper } from './swap/hot-swapper.js';
export { type ImportLoaderOptions, importLoader } from './swap/import-loader.js';
export type { Lease, ModuleHandle } from './swap/module-handle.js';
export {
  ModuleRegistry,
  type RegisteredVersion,
  type Registration,
  type RegistryStats,
} from './swap/module-registry.js';
export type { ResumedModule } from './swap/resume.js';
export { type BatchContext, type BatchResult, type BatchSwapper, swapBatch } from './swap/swap-batch.js';
export type { HotSwapperOptions } from './swap/swapper-options.js';
export { TimeLimitError } from './swap/time-limit.js';
export { type WorkerLoaderOptions, workerLoader } from './swap/worker-loader.js';
