/** The live side: what replaces modules while a program runs, and takes them back. */

/// <reference types="node" preserve="true" />

export type { CanaryPlan } from '../swap/canary/canary-plan.js';
export type { DependencyVersion } from '../swap/depend/dependency-declaration.js';
export { type Resolution, ResolutionStatus } from '../swap/depend/dependency-resolution.js';
export {
  type DependencyContext,
  DependencyResolver,
  type DependencyResolverOptions,
} from '../swap/depend/dependency-resolver.js';
export { type BatchContext, type BatchResult, type BatchSwapper, swapBatch } from '../swap/depend/swap-batch.js';
export type { CallStatistics } from '../swap/health/call-counts.js';
export type { LiveHealthOptions } from '../swap/health/call-judge.js';
export { type ImportLoaderOptions, importLoader } from '../swap/load/import-loader.js';
export type { CallOptions, Lease, ModuleHandle } from '../swap/module/module-handle.js';
export {
  ModuleRegistry,
  type RegisteredVersion,
  type Registration,
  type RegistryStats,
} from '../swap/module-registry.js';
export type { SwapObserver } from '../swap/observe/observers.js';
export {
  type Outcome,
  type OutcomeRecorder,
  type OutcomeRecorderOptions,
  outcomeRecorder,
  type SickVersion,
} from '../swap/outcomes/outcomes.js';
export { approvedGrants } from '../swap/process/approved-grants.js';
export { type GrantRequest, type ProcessLoaderOptions, processLoader } from '../swap/process/process-loader.js';
export {
  type BatchRefusalCode,
  type LoadWarningCode,
  SwapRefusalCode,
  type SwapWarningCode,
} from '../swap/swap/swap-codes.js';
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
  RunEvent,
  ValidateRequest,
  Validator,
  VersionKey,
} from '../swap/swap-ports.js';
export {
  type ResumedModule,
  type RollbackContext,
  type StayReason,
  type SwapContext,
  type SwapNotice,
  SwapPhase,
  type SwapRequest,
  type SwapResolver,
  type SwapResult,
  type SwapStep,
} from '../swap/swap-types.js';
export { HotSwapper } from '../swap/swapper.js';
export type { HotSwapperOptions } from '../swap/swapper-options.js';
export type { Remote } from '../swap/worker/remote-exports.js';
export { transfer } from '../swap/worker/transfer.js';
export { type WorkerLoaderOptions, workerLoader } from '../swap/worker/worker-loader.js';
