/** What the calls of a ledger may be told besides their subject. */

import type { AuditQuestion } from '../audit/audit-question.js';
import { type KnownOptions, optionsCheck } from '../options-check.js';
import type {
  AssessOptions,
  ExpectOptions,
  RationaleOptions,
  RollbackOptions,
  StageOptions,
  WithdrawOptions,
} from './ledger.js';
import type { DoctorOptions, HistoryOptions } from './ledger-journal.js';
import type { BreakGlassOptions, MarkFailedOptions } from './ledger-live.js';
import type { CountersignOptions, UpgradeOptions } from './ledger-policy.js';
import type { PreviewOptions } from './ledger-reports.js';
import type { LogOptions, RedactOptions, VersionsOptions } from './ledger-versions.js';
import type { CheckpointContent, LineageOptions, TargetOptions, VersionToRecord } from './version-manager.js';

export const checkContent = optionsCheck<CheckpointContent>('CheckpointContent', { files: 'value' });

export const checkVersionToRecord = optionsCheck<VersionToRecord>('VersionToRecord', {
  checkpoint: 'value',
  files: 'value',
});

export const checkStageOptions = optionsCheck<StageOptions>('StageOptions', { reuse: 'flag' });

export const checkExpectOptions = optionsCheck<ExpectOptions>('ExpectOptions', { expect: 'value' });

export const checkAssessOptions = optionsCheck<AssessOptions>('AssessOptions', {
  level: 'value',
  rationale: 'value',
  signal: 'value',
});

export const checkRationaleOptions = optionsCheck<RationaleOptions>('RationaleOptions', { rationale: 'value' });

export const checkWithdrawOptions = optionsCheck<WithdrawOptions>('WithdrawOptions', {
  rationale: 'value',
  reports: 'flag',
});

export const checkRollbackOptions = optionsCheck<RollbackOptions>('RollbackOptions', {
  expect: 'value',
  to: 'value',
  tagFilter: 'value',
});

export const checkLineageOptions = optionsCheck<LineageOptions>('LineageOptions', { full: 'flag' });

export const checkTargetOptions = optionsCheck<TargetOptions>('TargetOptions', { tagFilter: 'value' });

export const checkHistoryOptions = optionsCheck<HistoryOptions>('HistoryOptions', {
  moduleId: 'value',
  since: 'value',
  before: 'value',
  limit: 'value',
});

export const AUDIT_QUESTION: KnownOptions<AuditQuestion> = {
  trust: 'value',
  pin: 'value',
  witnesses: 'value',
  since: 'value',
  remeasure: 'value',
  onProgress: 'value',
};

export const checkAuditQuestion = optionsCheck<AuditQuestion>('AuditQuestion', AUDIT_QUESTION);

export const checkVersionsOptions = optionsCheck<VersionsOptions>('VersionsOptions', { reverted: 'flag' });

export const checkLogOptions = optionsCheck<LogOptions>('LogOptions', { before: 'value', limit: 'value' });

export const checkRedactOptions = optionsCheck<RedactOptions>('RedactOptions', {
  reason: 'value',
  dryRun: 'flag',
  countersignatures: 'value',
});

export const checkPreviewOptions = optionsCheck<PreviewOptions>('PreviewOptions', { signal: 'value' });

export const checkMarkFailedOptions = optionsCheck<MarkFailedOptions>('MarkFailedOptions', { since: 'value' });

export const checkBreakGlassOptions = optionsCheck<BreakGlassOptions>('BreakGlassOptions', { reason: 'value' });

export const checkCountersignOptions = optionsCheck<CountersignOptions>('CountersignOptions', {
  countersignatures: 'value',
});

export const checkUpgradeOptions = optionsCheck<UpgradeOptions>('UpgradeOptions', { onProgress: 'value' });

export const checkDoctorOptions = optionsCheck<DoctorOptions>('DoctorOptions', {
  restore: 'flag',
  breakLock: 'value',
  onProgress: 'value',
});
