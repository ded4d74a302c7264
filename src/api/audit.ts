/** Proof: the check of a whole ledger, pins, and the checkpoints that witnesses see. */

/// <reference types="node" preserve="true" />

export type { AuditProgress, AuditQuestion } from '../audit/audit-question.js';
export {
  AUDIT_STEPS,
  type AuditedRedaction,
  type AuditOutcome,
  type AuditProblem,
  type AuditReport,
  type AuditStep,
  type AuditStepName,
  type DifferentLevel,
  type JudgedActivation,
  type Pin,
  type Remeasured,
  type Taint,
} from '../audit/audit-report.js';
export type { PinRelation } from '../audit/compare-pins.js';
export { formatPin, parsePin } from '../audit/pin-text.js';
export { type AuditOptions, auditLedger } from '../audit-copy.js';
export { comparePins, currentPin, type PinOptions } from '../journal-pins.js';
export type { Gap } from '../ports/evidence.js';
export {
  generateLogKey,
  type PublishCheckpointOptions,
  type PublishedCheckpoint,
  publishCheckpoint,
  type WitnessAddress,
} from '../publish-checkpoint.js';
export type { WitnessDemand, Witnessed } from '../witness/format/check-witnesses.js';
