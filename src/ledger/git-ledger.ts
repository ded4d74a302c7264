/** The ledger: the calls on top, each put together from one use case; the others are in groups. */

import type { AuditQuestion } from '../audit/audit-question.js';
import type { AuditReport } from '../audit/audit-report.js';
import { invalidInput, quoted } from '../errors.js';
import { assertVersion, assertVersionOrNull, type NewCheckpoint, type VersionCheckpoint } from '../model/checkpoint.js';
import type { Verdict } from '../model/gate.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { assertModuleId } from '../model/module-id.js';
import { type CompatibilityLevel, checkReport, type NewReport, type StoredReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import { assertTag } from '../model/tag-label.js';
import { activateVersion } from './activate.js';
import { assertCounts } from './assert-counts.js';
import type { Decision } from './decision.js';
import { assertEpoch, requireEpoch } from './epoch.js';
import { assertReason, checkTagFilter, findRollbackTarget } from './find-rollback-target.js';
import { GitJournal } from './git-journal.js';
import { GitLive } from './git-live.js';
import { GitPolicy } from './git-policy.js';
import { GitReplicas } from './git-replicas.js';
import { GitReports } from './git-reports.js';
import { GitVersions } from './git-versions.js';
import { history } from './history.js';
import {
  checkAssessOptions,
  checkAuditQuestion,
  checkContent,
  checkExpectOptions,
  checkHistoryOptions,
  checkLineageOptions,
  checkRationaleOptions,
  checkRollbackOptions,
  checkStageOptions,
  checkTargetOptions,
  checkVersionToRecord,
  checkWithdrawOptions,
} from './known-options.js';
import type {
  AssessOptions,
  ExpectOptions,
  Ledger,
  RationaleOptions,
  RollbackOptions,
  StageOptions,
  WithdrawOptions,
} from './ledger.js';
import type { LedgerAccess } from './ledger-access.js';
import type { HistoryOptions, JournalEntry, LedgerJournal } from './ledger-journal.js';
import type { LedgerLive } from './ledger-live.js';
import type { LedgerPolicy } from './ledger-policy.js';
import type { LedgerReplicas } from './ledger-replicas.js';
import type { LedgerReports } from './ledger-reports.js';
import type { LedgerVersions } from './ledger-versions.js';
import { measuredReport } from './measure.js';
import { pendingReports } from './pending.js';
import { readVersionFiles } from './read-files.js';
import { record, stage } from './record.js';
import { addFinding, approve, assess, type PairDecision, withdraw, withdrawReports } from './reports.js';
import { rollback } from './rollback.js';
import { givenVersion, type StageRequest } from './stage.js';
import { addTag, removeTag } from './tag.js';
import type {
  CheckpointContent,
  LineageOptions,
  TargetOptions,
  VersionManagerStats,
  VersionToRecord,
} from './version-manager.js';
import { writeVersions } from './write-versions.js';

export class GitLedger implements Ledger {
  readonly gitdir: string;
  readonly versions: LedgerVersions;
  readonly reports: LedgerReports;
  readonly live: LedgerLive;
  readonly policy: LedgerPolicy;
  readonly replicas: LedgerReplicas;
  readonly journal: LedgerJournal;
  private readonly access: LedgerAccess;
  private readonly onClose: (ledger: GitLedger) => void;

  /** @param onClose told once, as soon as the ledger is to be closed */
  constructor(access: LedgerAccess, onClose: (ledger: GitLedger) => void = () => undefined) {
    this.gitdir = access.parts.location;
    this.versions = new GitVersions(access);
    this.reports = new GitReports(access);
    this.live = new GitLive(access);
    this.policy = new GitPolicy(access);
    this.replicas = new GitReplicas(access);
    this.journal = new GitJournal(access);
    this.access = access;
    this.onClose = onClose;
  }

  async recordCheckpoint(cp: NewCheckpoint, content?: CheckpointContent): Promise<VersionCheckpoint> {
    checkContent(content);
    const given = givenVersion(cp, content);
    const [recorded] = await writeVersions(this.access, ['stage', 'activate'], [given], recordAll);
    if (recorded === undefined) throw new TypeError('a record without a version');
    return recorded;
  }

  async recordCheckpoints(list: readonly VersionToRecord[]): Promise<readonly VersionCheckpoint[]> {
    if (!Array.isArray(list)) {
      const issue = { path: 'list', expected: 'an array of { checkpoint, files? }', actual: quoted(list) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'for a single version use recordCheckpoint');
    }
    const given = list.map((item) => {
      checkVersionToRecord(item);
      return givenVersion(item?.checkpoint, item);
    });
    if (given.length === 0) return [];
    return writeVersions(this.access, ['stage', 'activate'], given, recordAll);
  }

  async stage(cp: NewCheckpoint, content?: CheckpointContent, options?: StageOptions): Promise<VersionCheckpoint> {
    checkContent(content);
    checkStageOptions(options);
    const given = givenVersion(cp, content);
    const reuse = options?.reuse === true;
    const [staged] = await writeVersions(this.access, ['stage'], [given], (decision, requests) =>
      requests.map((request) => stage(decision, request, reuse)),
    );
    if (staged === undefined) throw new TypeError('a stage without a version');
    return staged;
  }

  async activate(moduleId: string, version: number, options?: ExpectOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    checkExpectOptions(options);
    const expect = options?.expect === undefined ? undefined : assertEpoch(options.expect);
    return this.access.write(['activate'], (decision) => {
      // Active already: an acknowledgement that was lost, or another process that was faster with the same.
      const done = decision.module(moduleId)?.active === version;
      if (expect !== undefined && !done) requireEpoch(decision, moduleId, expect);
      activateVersion(decision, decision.require(moduleId, version));
      return decision.checkpoint(decision.require(moduleId, version));
    });
  }

  async tag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.access.write(['tag'], (decision) => addTag(decision, moduleId, version, tag));
  }

  async untag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.access.write(['untag'], (decision) => removeTag(decision, moduleId, version, tag));
  }

  async assessCompatibility(report: NewReport): Promise<CompatibilityLevel> {
    const checked = checkReport(report);
    return this.access.write(['report'], (decision) => assess(decision, checked));
  }

  async assess(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: AssessOptions,
  ): Promise<StoredReport> {
    checkAssessOptions(options);
    const { level, rationale, signal } = options ?? {};
    checkReport({ moduleId, fromVer, toVer, level: level ?? 'UNKNOWN', rationale });
    const measured = await this.reports.preview(moduleId, fromVer, toVer, { signal });
    const { format } = await this.policy.get();
    const pair = { moduleId, fromVer, toVer };
    const report = checkReport(measuredReport(pair, measured, format, level ?? null, rationale));
    return this.access.write(['report'], (decision) => addFinding(decision, report));
  }

  async approve(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: RationaleOptions,
  ): Promise<StoredReport> {
    checkRationaleOptions(options);
    const pair = pairOf(moduleId, fromVer, toVer, options);
    return this.access.write(['approve'], (decision) => approve(decision, pair));
  }

  async withdraw(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: WithdrawOptions,
  ): Promise<StoredReport> {
    checkWithdrawOptions(options);
    const pair = pairOf(moduleId, fromVer, toVer, options);
    const act = options?.reports === true ? withdrawReports : withdraw;
    return this.access.write(['withdraw'], (decision) => act(decision, pair));
  }

  async rollback(moduleId: string, reason: RollbackReason, options?: RollbackOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    checkRollbackOptions(options);
    const to = options?.to === undefined ? undefined : assertVersion(options.to, 'to');
    const expect = options?.expect === undefined ? undefined : assertEpoch(options.expect);
    const filter = checkTagFilter(options?.tagFilter);
    const request = { moduleId, reason: assertReason(reason), to, filter, expect };
    return this.access.write(['rollback'], (decision) => rollback(decision, request));
  }

  async getLineage(moduleId: string, options?: LineageOptions): Promise<readonly VersionCheckpoint[]> {
    assertModuleId(moduleId);
    checkLineageOptions(options);
    return this.access.read((view) => {
      let left = options?.full === true ? Number.POSITIVE_INFINITY : view.policy.maxCheckpoints;
      const found: VersionCheckpoint[] = [];
      for (const version of view.records.lineage(moduleId)) {
        if (left-- <= 0) break;
        found.push(view.checkpoint(view.require(moduleId, version)));
      }
      return found.reverse();
    });
  }

  async latestCheckpoint(moduleId: string): Promise<VersionCheckpoint | null> {
    assertModuleId(moduleId);
    return this.access.read((view) => {
      const active = view.active(moduleId);
      return active === null ? null : view.checkpoint(active);
    });
  }

  async rollbackTarget(
    moduleId: string,
    reason: RollbackReason,
    options?: TargetOptions,
  ): Promise<VersionCheckpoint | null> {
    assertReason(reason);
    assertModuleId(moduleId);
    checkTargetOptions(options);
    const filter = checkTagFilter(options?.tagFilter);
    return this.access.read((view) => {
      const target = findRollbackTarget(view, moduleId, filter);
      return target === null ? null : view.checkpoint(target);
    });
  }

  async gate(moduleId: string, fromVer: number | null, toVer: number): Promise<Verdict> {
    assertModuleId(moduleId);
    assertVersionOrNull(fromVer, 'fromVer');
    assertVersion(toVer, 'toVer');
    return this.access.read((view) => view.gate(moduleId, fromVer, toVer));
  }

  async pendingApprovals(): Promise<readonly StoredReport[]> {
    return this.access.read(pendingReports);
  }

  async stats(): Promise<VersionManagerStats> {
    return this.access.read(({ records }) => {
      const head = records.head();
      return {
        trackedModules: head?.tracked ?? 0,
        totalCheckpoints: head?.checkpoints ?? 0,
        compatibilityRecords: head?.pairs ?? 0,
        pendingApprovals: [...records.pending()].length,
      };
    });
  }

  async readFiles(moduleId: string, version?: number): Promise<NormalizedFiles> {
    assertModuleId(moduleId);
    if (version !== undefined) assertVersion(version);
    return this.access.read((view) => {
      const found = version === undefined ? view.requireActive(moduleId) : view.require(moduleId, version);
      return readVersionFiles(this.access.parts.objects, found, view.contentOf(found).tree);
    });
  }

  history(given?: HistoryOptions): AsyncIterable<JournalEntry> {
    this.access.assertOpen();
    checkHistoryOptions(given);
    const options = given ?? {};
    if (options.moduleId !== undefined) assertModuleId(options.moduleId);
    const { since, before, limit } = options;
    assertCounts({ since, before, limit });
    return history((question) => this.access.read(({ records }) => question(records)), options);
  }

  async audit(question?: AuditQuestion): Promise<AuditReport> {
    this.access.assertOpen();
    checkAuditQuestion(question);
    return this.access.parts.audit(question ?? {});
  }

  async close(): Promise<void> {
    if (this.access.isClosed) return;
    this.onClose(this);
    await this.access.close();
  }
}

/** Records versions in order, all or none. */
function recordAll(decision: Decision, requests: readonly StageRequest[]): VersionCheckpoint[] {
  return requests.map((request) => record(decision, request));
}

/** A pair as given to approve or withdraw. The rules of a report's fields are those of `checkReport`. */
function pairOf(moduleId: string, fromVer: number | null, toVer: number, options?: RationaleOptions): PairDecision {
  const { rationale } = checkReport({ moduleId, fromVer, toVer, level: 'UNKNOWN', rationale: options?.rationale });
  return { moduleId, fromVer, toVer, rationale };
}
