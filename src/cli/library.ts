/**
 * The library as the verbs see it: what they need of the public doors, and what only they do. What serves others
 * (`api/server.ts`, `api/mcp.ts`) is loaded by the verbs that serve, and what few verbs take is in `rare-library.ts`, keys and
 * agents in `signing-library.ts`.
 */

export type { CapabilityReport, CapabilityUse } from '../assess/capabilities/capability-report.js';
export { findCapabilities } from '../assess/find-capabilities.js';
export { skillIssues } from '../assess/skill/skill-issues.js';
export type { AuditQuestion } from '../audit/audit-question.js';
export type { AuditReport, AuditStep, JudgedActivation, Pin } from '../audit/audit-report.js';
export type { PinRelation } from '../audit/compare-pins.js';
export { formatPin, parsePin } from '../audit/pin-text.js';
export { auditLedger } from '../audit-copy.js';
export type { Cloned } from '../clone.js';
export {
  type ErrorCode,
  type ErrorData,
  type ErrorFamily,
  GateRefusalCode,
  type InputIssue,
  isLedgerError,
  LedgerError,
  type Reason,
} from '../errors.js';
export type { OnAuth } from '../git/remote/http-exchange.js';
export type { Ledger, LedgerNotice } from '../ledger/ledger.js';
export type {
  Activation,
  DoctorOptions,
  DoctorProgress,
  DoctorReport,
  JournalEntry,
  JournalPosition,
  LedgerMoment,
  ModuleMoment,
  Moment,
} from '../ledger/ledger-journal.js';
export type { RollbackExplanation } from '../ledger/ledger-live.js';
export type { AdminAct, CountersignOptions } from '../ledger/ledger-policy.js';
export type { Replication, ReplicationResult } from '../ledger/ledger-replicas.js';
export type { FileChange, ModuleSummary, Redaction, VersionDiff, VersionProof } from '../ledger/ledger-versions.js';
export type { CheckpointContent } from '../ledger/version-manager.js';
export type { Assessment } from '../model/assessment.js';
export type { Capability } from '../model/capability.js';
export { checkCheckpoint, ModuleStatus, type NewCheckpoint, type VersionCheckpoint } from '../model/checkpoint.js';
export { contentDigest } from '../model/content-digest.js';
export { approvalNeeded, GateNoteCode, type GateRefusal, type Verdict } from '../model/gate.js';
export type { LedgerEvent } from '../model/ledger-event.js';
export { returnLevelOf } from '../model/level-in-force.js';
export { type FileMode, type ModuleFile, type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
export { assertModuleId } from '../model/module-id.js';
export { formatOf, SHA1 } from '../model/object-id.js';
export type { Policy, PolicyChange, PolicySigner } from '../model/policy.js';
export { type PolicySettings, settingNames } from '../model/policy-settings.js';
export { isPrincipal } from '../model/principal.js';
export type { PublicKey } from '../model/public-key.js';
export { CompatibilityLevel, type CompatibilityReport, type StoredReport } from '../model/report.js';
export { RollbackReason, type TagFilter } from '../model/rollback-target.js';
export { Role } from '../model/signer-roles.js';
export { assertTag } from '../model/tag-label.js';
export { openLedger } from '../open.js';
export { notInstalled } from '../optional-package.js';
export type { Signer } from '../ports/keys.js';
export type { TransferPhase, TransferProgress } from '../ports/progress.js';
export type { BrokenLock, FindingKind } from '../ports/upkeep.js';
export type { PublishedCheckpoint, WitnessAddress } from '../publish-checkpoint.js';
export { parsePublicKeyLine } from '../signing/ssh-public-key.js';
export type { WitnessDemand, Witnessed } from '../witness/format/check-witnesses.js';
