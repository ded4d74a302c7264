/** Questions about modules and their versions, and taking a file out of them. */

import { redactedVersions } from '../model/blob-holders.js';
import { assertVersion, type ModuleStatus, type VersionCheckpoint } from '../model/checkpoint.js';
import { assertModuleId } from '../model/module-id.js';
import { DEFAULT_TAG_FILTER } from '../model/rollback-target.js';
import { REVERTED } from '../model/tag-label.js';
import { activationBy } from './activations.js';
import { assertCounts } from './assert-counts.js';
import { newDecision } from './decide.js';
import { diffVersions } from './diff.js';
import { findRollbackTarget } from './find-rollback-target.js';
import { checkLogOptions, checkRedactOptions, checkVersionsOptions } from './known-options.js';
import type { LedgerAccess } from './ledger-access.js';
import type {
  LedgerVersions,
  ListedFile,
  LoggedVersion,
  LogOptions,
  ModuleSummary,
  Redaction,
  RedactOptions,
  VersionDiff,
  VersionProof,
  VersionsOptions,
} from './ledger-versions.js';
import { logOf } from './log.js';
import { proofOf } from './proof.js';
import { nameVersionFiles } from './read-files.js';
import { checkRedactRequest, notRemoved, plannedRedaction, redact } from './redact.js';
import { versionNotFound } from './view.js';

export class GitVersions implements LedgerVersions {
  private readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.access = access;
  }

  async modules(): Promise<readonly string[]> {
    return this.access.read(({ records }) => [...records.moduleIds()]);
  }

  async get(moduleId: string, version: number): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.access.read((view) => view.checkpoint(view.require(moduleId, version)));
  }

  async list(moduleId: string, options?: VersionsOptions): Promise<readonly VersionCheckpoint[]> {
    assertModuleId(moduleId);
    checkVersionsOptions(options);
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
    checkLogOptions(options);
    const { before, limit } = options;
    if (before !== undefined) assertVersion(before, 'before');
    assertCounts({ limit });
    return this.access.read((view) => logOf(view, moduleId, { before, limit }));
  }

  async status(moduleId: string, version: number): Promise<ModuleStatus> {
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

  async proof(moduleId: string, version: number): Promise<VersionProof> {
    assertModuleId(moduleId);
    assertVersion(version);
    const { objects, verifier } = this.access.parts;
    return this.access.read((view) => proofOf({ objects, verifier }, view, moduleId, version));
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

  async diff(moduleId: string, fromVer: number, toVer: number): Promise<VersionDiff> {
    assertModuleId(moduleId);
    assertVersion(fromVer, 'fromVer');
    assertVersion(toVer, 'toVer');
    return this.access.read((view) => diffVersions(this.access.parts.objects, view, moduleId, fromVer, toVer));
  }

  async revertedLike(moduleId: string, checksum: string): Promise<number | null> {
    assertModuleId(moduleId);
    return this.access.read(({ records }) => records.revertedLike(moduleId, checksum));
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

  async redact(moduleId: string, version: number, path: string, options: RedactOptions): Promise<Redaction> {
    assertModuleId(moduleId);
    assertVersion(version);
    checkRedactOptions(options);
    const request = checkRedactRequest(moduleId, version, path, options?.reason);
    this.access.assertOpen();
    const { parts, journal } = this.access;
    if (options.dryRun === true) return plannedRedaction(newDecision(journal.state(), parts, parts.drafts()), request);
    const redaction = await this.access.write(['redact'], (decision) => redact(decision, request, options, parts));
    await this.access.finishRedactions().catch((error: unknown) => {
      throw notRemoved(error);
    });
    return redaction;
  }
}
