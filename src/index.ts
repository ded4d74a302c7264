/** The front door: a ledger, who signs what is written to it, and what can go wrong. */

/// <reference types="node" preserve="true" />

export { type CloneOptions, cloneLedger } from './clone.js';
export { ERROR_CODES, type ErrorCode, GateRefusalCode, isLedgerError, LedgerError } from './errors.js';
export { fetchLedger, type RefreshOptions } from './fetch.js';
export { initLedger } from './init.js';
export type { Ledger, LedgerNotice } from './ledger/ledger.js';
export type { CheckpointContent, VersionManager } from './ledger/version-manager.js';
export type { InitOptions, LedgerOptions } from './ledger-options.js';
export { ModuleStatus, type NewCheckpoint, type VersionCheckpoint } from './model/checkpoint.js';
export { contentDigest } from './model/content-digest.js';
export { GateNoteCode, type Verdict } from './model/gate.js';
export { type ModuleFiles, type NormalizedFiles, normalizeFiles } from './model/module-files.js';
export type { Policy } from './model/policy.js';
export { CompatibilityLevel, type CompatibilityReport, type NewReport, type StoredReport } from './model/report.js';
export { RollbackReason, SkipCode } from './model/rollback-target.js';
export { Role } from './model/signer-roles.js';
export { openLedger } from './open.js';
export type { Signer } from './ports/keys.js';
export { agentSigner } from './signing/agent.js';
export { generateKey, type SshSignerOptions, sshSigner } from './signing/signer.js';
export { parsePublicKeyLine } from './signing/ssh-public-key.js';
