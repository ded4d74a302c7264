/** Every question to a ledger: answered from the index at one moment of the journal, without a lock. */

import { invalidInput, quoted } from '../errors.js';
import { redactedVersions } from '../model/apply-event.js';
import { assertVersion, assertVersionOrNull, type ModuleStatus, type VersionCheckpoint } from '../model/checkpoint.js';
import type { Verdict } from '../model/gate.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { assertModuleId } from '../model/module-id.js';
import type { Policy } from '../model/policy.js';
import type { StoredReport } from '../model/report.js';
import { DEFAULT_TAG_FILTER, type RollbackReason } from '../model/rollback-target.js';
import { REVERTED } from '../model/tag-label.js';
import { activationBy } from './activations.js';
import { checkMoment, ledgerAt } from './at.js';
import { diffVersions } from './diff.js';
import { epochOf } from './epoch.js';
import { assertReason, checkTagFilter, explainRollbackTarget, findRollbackTarget } from './find-rollback-target.js';
import { history } from './history.js';
import type { LedgerAccess } from './ledger-access.js';
import type {
  HistoryOptions,
  JournalEntry,
  JournalPosition,
  LedgerMoment,
  LedgerTotals,
  Moment,
} from './ledger-journal.js';
import type { Epoch, RollbackExplanation } from './ledger-live.js';
import type {
  ListedFile,
  LoggedVersion,
  LogOptions,
  ModuleSummary,
  Redaction,
  VersionDiff,
  VersionProof,
  VersionsOptions,
} from './ledger-versions.js';
import { logOf } from './log.js';
import { byFirstReport, pendingReports } from './pending.js';
import { proofOf } from './proof.js';
import { nameVersionFiles, readVersionFiles } from './read-files.js';
import { totalsOf } from './totals.js';
import type { LineageOptions, TargetOptions, VersionManagerStats } from './version-manager.js';
import { versionNotFound } from './view.js';

/** @throws `INVALID_ARGUMENT` where one of them is given and counts nothing */
function assertCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(counts)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    const issue = { path, expected: 'an integer from 0 on', actual: quoted(value) };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'see HistoryOptions and LogOptions');
  }
}

export class LedgerReads {
  readonly gitdir: string;
  protected readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.gitdir = access.parts.location;
    this.access = access;
  }

  async getLineage(moduleId: string, options?: LineageOptions): Promise<readonly VersionCheckpoint[]> {
    assertModuleId(moduleId);
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

  async explainRollback(moduleId: string, options?: TargetOptions): Promise<RollbackExplanation> {
    assertModuleId(moduleId);
    const filter = checkTagFilter(options?.tagFilter);
    return this.access.read((view) => {
      const { target, skipped, passedOver } = explainRollbackTarget(view, moduleId, filter);
      return { target: target === null ? null : view.checkpoint(target), skipped, passedOver };
    });
  }

  async rollbackTarget(
    moduleId: string,
    reason: RollbackReason,
    options?: TargetOptions,
  ): Promise<VersionCheckpoint | null> {
    assertReason(reason);
    assertModuleId(moduleId);
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

  async totals(): Promise<LedgerTotals> {
    return this.access.read(totalsOf);
  }

  async modules(): Promise<readonly string[]> {
    return this.access.read(({ records }) => [...records.moduleIds()]);
  }

  async getVersion(moduleId: string, version: number): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.access.read((view) => view.checkpoint(view.require(moduleId, version)));
  }

  async versions(moduleId: string, options?: VersionsOptions): Promise<readonly VersionCheckpoint[]> {
    assertModuleId(moduleId);
    return this.access.read((view) => {
      const found: VersionCheckpoint[] = [];
      for (const [version, record] of view.records.versions(moduleId)) {
        if (options?.reverted === true && !record.tags.includes(REVERTED)) continue;
        found.push(view.checkpoint({ moduleId, version, ...record }));
      }
      return found;
    });
  }

  async log(moduleId: string, options: LogOptions = {}): Promise<readonly LoggedVersion[]> {
    assertModuleId(moduleId);
    const { before, limit } = options;
    if (before !== undefined) assertVersion(before, 'before');
    assertCounts({ limit });
    return this.access.read((view) => logOf(view, moduleId, { before, limit }));
  }

  async revertedLike(moduleId: string, checksum: string): Promise<number | null> {
    assertModuleId(moduleId);
    return this.access.read(({ records }) => records.revertedLike(moduleId, checksum));
  }

  async statusOf(moduleId: string, version: number): Promise<ModuleStatus> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.access.read((view) => view.statusOf(view.require(moduleId, version)));
  }

  async summary(moduleId: string): Promise<ModuleSummary> {
    assertModuleId(moduleId);
    return this.access.read((view) => {
      const { records } = view;
      const module = view.module(moduleId);
      if (module === null) throw versionNotFound(records, moduleId, null);
      const staged = [...records.staged(moduleId)].map((version) => view.require(moduleId, version));
      return {
        moduleId,
        active: module.active,
        semver: view.active(moduleId)?.content?.metadata['semver'] ?? null,
        activation: module.activation === null ? null : activationBy(records, moduleId, module.activation),
        stable: findRollbackTarget(view, moduleId, DEFAULT_TAG_FILTER)?.version ?? null,
        highest: module.highest,
        // One that was tagged `reverted` by hand is of another status.
        staged: staged.filter((version) => view.statusOf(version) === 'STAGED').map(({ version }) => version),
        pending: [...records.pending(moduleId)].length,
      };
    });
  }

  async epoch(moduleId: string): Promise<Epoch | null> {
    assertModuleId(moduleId);
    return this.access.read(({ records }) => epochOf(records, moduleId));
  }

  async readFiles(moduleId: string, version?: number): Promise<NormalizedFiles> {
    assertModuleId(moduleId);
    if (version !== undefined) assertVersion(version);
    return this.access.read((view) => {
      const found = version === undefined ? view.requireActive(moduleId) : view.require(moduleId, version);
      return readVersionFiles(this.access.parts.objects, found, view.contentOf(found).tree);
    });
  }

  async listFiles(moduleId: string, version: number): Promise<readonly ListedFile[]> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.access.read((view) => {
      const found = view.require(moduleId, version);
      const named = nameVersionFiles(this.access.parts.objects, view.records, found, view.contentOf(found).tree);
      return [...named].map(([path, { mode, sha256, file }]) => ({
        path,
        mode,
        bytes: file?.data.byteLength ?? null,
        sha256,
      }));
    });
  }

  async redactions(): Promise<readonly Redaction[]> {
    return this.access.read(({ records }) =>
      [...records.redactions()]
        .map(([oid, redaction]) => ({
          ...redaction,
          oid,
          versions: redactedVersions(records, oid).flatMap(({ moduleId, versions }) =>
            versions.map((version) => ({ moduleId, version })),
          ),
        }))
        .sort((a, b) => a.seq - b.seq),
    );
  }

  async reports(moduleId: string, fromVer?: number | null, toVer?: number): Promise<readonly StoredReport[]> {
    assertModuleId(moduleId);
    if (fromVer !== undefined) assertVersionOrNull(fromVer, 'fromVer');
    if (toVer !== undefined) assertVersion(toVer, 'toVer');
    return this.access.read((view) =>
      [...view.records.pairs(moduleId, toVer)]
        .filter(([pair]) => fromVer === undefined || pair.fromVer === fromVer)
        .sort(([, a], [, b]) => byFirstReport(a, b))
        .flatMap(([pair]) => view.reports(pair)),
    );
  }

  history(given?: HistoryOptions): AsyncIterable<JournalEntry> {
    this.access.assertOpen();
    const options = given ?? {};
    if (options.moduleId !== undefined) assertModuleId(options.moduleId);
    const { since, before, limit } = options;
    assertCounts({ since, before, limit });
    return history((question) => this.access.read(({ records }) => question(records)), options);
  }

  async at(moment: Moment): Promise<LedgerMoment> {
    const checked = checkMoment(moment);
    return this.access.read((view) => ledgerAt(view, checked));
  }

  async diff(moduleId: string, fromVer: number, toVer: number): Promise<VersionDiff> {
    assertModuleId(moduleId);
    assertVersion(fromVer, 'fromVer');
    assertVersion(toVer, 'toVer');
    return this.access.read((view) => diffVersions(this.access.parts.objects, view, moduleId, fromVer, toVer));
  }

  async position(): Promise<JournalPosition> {
    return this.access.read(({ records }) => {
      const head = records.head();
      return { seq: head?.seq ?? -1, oid: head?.tip ?? '' };
    });
  }

  async proof(moduleId: string, version: number): Promise<VersionProof> {
    assertModuleId(moduleId);
    assertVersion(version);
    const { objects, verifier } = this.access.parts;
    return this.access.read((view) => proofOf({ objects, verifier }, view, moduleId, version));
  }

  async root(): Promise<string> {
    return this.access.read(({ records }) => records.head()?.root ?? '');
  }

  async policy(): Promise<Policy> {
    return this.access.read((view) => view.policy);
  }
}
