/** What changes between two versions of a module, found from their files alone. */

/// <reference types="node" preserve="true" />

export {
  type AssessOptions as AssessFilesOptions,
  type AssessorOptions,
  createAssessor,
  type FileAssessor,
} from '../assess/assessor.js';
export type {
  CapabilityReport,
  CapabilityUse,
  Place as CapabilityPlace,
} from '../assess/capabilities/capability-report.js';
export { findCapabilities } from '../assess/find-capabilities.js';
export { skillIssues } from '../assess/skill/skill-issues.js';
export type {
  Assessment,
  AssessmentInput,
  AssessmentLimit,
  AssessorLimits,
  Caller as AssessmentCaller,
  Finding as AssessmentFinding,
} from '../model/assessment.js';
export { CAPABILITIES, type Capability, type CapabilityChange, type Reach, type ReachOf } from '../model/capability.js';
export { FINDING_CODES, type FindingCode } from '../model/finding-codes.js';
export { approvalNeeded } from '../model/gate.js';
export { returnLevelOf } from '../model/level-in-force.js';
