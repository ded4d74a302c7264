/** The ledger: every call of its interface, each put together from one use case. */

import { invalidInput, quoted } from '../errors.js';
import {
  assertVersion,
  assertVersionOrNull,
  type ModuleStatus,
  type NewCheckpoint,
  type VersionCheckpoint,
} from '../model/checkpoint.js';
import { sha256Hex } from '../model/content-digest.js';
import type { Verdict } from '../model/gate.js';
import type { ModuleFiles, NormalizedFiles } from '../model/module-files.js';
import { assertModuleId } from '../model/module-id.js';
import { changePolicy, formatPolicy, type Policy, type PolicyChange } from '../model/policy.js';
import { compareBytes } from '../model/printable.js';
import { versionRef } from '../model/ref-names.js';
import { type CompatibilityLevel, checkReport, type NewReport, type StoredReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import { assertTag, REVERTED } from '../model/tag-label.js';
import type { Signer, Store, Verifier } from '../store.js';
import { activateVersion } from './activate.js';
import { approve, assess, type PairDecision, withdraw } from './assess.js';
import { checkedSigner } from './checked-signer.js';
import type {
  CheckpointContent,
  DoctorReport,
  HistoryOptions,
  JournalEntry,
  JournalPosition,
  Ledger,
  LedgerNotice,
  LineageOptions,
  RationaleOptions,
  RollbackExplanation,
  RollbackOptions,
  TargetOptions,
  VersionManagerStats,
} from './contract.js';
import { describeDifference, isOurs, refDifferences } from './doctor.js';
import { history } from './history.js';
import { Journal } from './journal.js';
import { pendingReports } from './pending.js';
import { readVersionFiles } from './read-files.js';
import { Reader } from './reader.js';
import { record, recordAll, stage } from './record.js';
import { restoreForeign, rollback } from './rollback.js';
import { assertReason, checkTagFilter, findRollbackTarget } from './rollback-target.js';
import { stageRequest } from './stage.js';
import { addTag, removeTag } from './tag.js';
import { View } from './view.js';
import { type Operation, Writer } from './writer.js';

export interface LedgerParts {
  readonly store: Store;
  readonly verifier: Verifier;
  readonly signer: Signer | null;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
}

export class GitLedger implements Ledger {
  readonly gitdir: string;
  private readonly store: Store;
  private readonly journal: Journal;
  private readonly reader: Reader;
  private readonly writer: Writer;
  private closed = false;

  private readonly onClose: (ledger: GitLedger) => void;

  constructor(parts: LedgerParts, onClose: (ledger: GitLedger) => void = () => undefined) {
    this.onClose = onClose;
    const { store, verifier, now, notify } = parts;
    const signer = parts.signer === null ? null : checkedSigner(parts.signer, verifier);
    this.gitdir = store.location;
    this.store = store;
    this.journal = new Journal(store, verifier);
    this.reader = new Reader(store);
    this.writer = new Writer({ store, journal: this.journal, reader: this.reader, signer, now, notify });
  }

  private read<T>(body: (view: View) => Promise<T>): Promise<T> {
    this.assertOpen();
    return this.journal.read((state) => body(new View(state, this.reader)));
  }

  private write<T>(needs: Parameters<Writer['run']>[0], operation: Operation<T>): Promise<T> {
    this.assertOpen();
    return this.writer.run(needs, operation);
  }

  private assertOpen(): void {
    if (!this.closed) return;
    const issue = { path: 'ledger', expected: 'an open ledger', actual: 'one that was closed' };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'open it again with openLedger');
  }

  async recordCheckpoint(cp: NewCheckpoint, content?: CheckpointContent): Promise<VersionCheckpoint> {
    const request = stageRequest(cp, content);
    return this.write(['stage', 'activate'], (draft, context) => record(draft, request, context));
  }

  async recordCheckpoints(
    list: readonly { readonly checkpoint: NewCheckpoint; readonly files?: ModuleFiles | undefined }[],
  ): Promise<readonly VersionCheckpoint[]> {
    if (!Array.isArray(list)) {
      const issue = { path: 'list', expected: 'an array of { checkpoint, files? }', actual: quoted(list) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'for a single version use recordCheckpoint');
    }
    const requests = list.map((item) => stageRequest(item?.checkpoint, { files: item?.files }));
    if (requests.length === 0) return [];
    return this.write(['stage', 'activate'], (draft, context) => recordAll(draft, requests, context));
  }

  async stage(cp: NewCheckpoint, content?: CheckpointContent): Promise<VersionCheckpoint> {
    const request = stageRequest(cp, content);
    return this.write(['stage'], (draft, context) => stage(draft, request, context));
  }

  async activate(moduleId: string, version: number): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.write(['activate'], async (draft, context) => {
      const commit = await draft.require(moduleId, version);
      await activateVersion(draft, commit, context);
      return draft.checkpoint(commit);
    });
  }

  async tag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.write(['tag'], async (draft) => addTag(draft, await draft.require(moduleId, version), tag));
  }

  async untag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.write(['untag'], async (draft) => removeTag(draft, await draft.require(moduleId, version), tag));
  }

  async assessCompatibility(report: NewReport): Promise<CompatibilityLevel> {
    const checked = checkReport(report);
    return this.write(['report'], (draft, context) => assess(draft, checked, context));
  }

  /** A pair as given to approve or withdraw. The rules of a report's fields are those of `checkReport`. */
  private static pairOf(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: RationaleOptions,
  ): PairDecision {
    const { rationale } = checkReport({ moduleId, fromVer, toVer, level: 'UNKNOWN', rationale: options?.rationale });
    return { moduleId, fromVer, toVer, rationale };
  }

  async approve(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: RationaleOptions,
  ): Promise<StoredReport> {
    const pair = GitLedger.pairOf(moduleId, fromVer, toVer, options);
    return this.write(['approve'], (draft, context) => approve(draft, pair, context));
  }

  async withdraw(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: RationaleOptions,
  ): Promise<StoredReport> {
    const pair = GitLedger.pairOf(moduleId, fromVer, toVer, options);
    return this.write(['withdraw'], (draft, context) => withdraw(draft, pair, context));
  }

  async rollback(moduleId: string, reason: RollbackReason, options?: RollbackOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    const to = options?.to === undefined ? undefined : assertVersion(options.to, 'to');
    const request = { moduleId, reason: assertReason(reason), to, filter: checkTagFilter(options?.tagFilter) };
    return this.write(['rollback'], (draft) => rollback(draft, request));
  }

  async setPolicy(change: PolicyChange): Promise<Policy> {
    return this.write(['policy'], async (draft) => {
      const policy = changePolicy(draft.policy, change);
      const [before, files] = [formatPolicy(draft.policy), formatPolicy(policy)];
      if (before.policyJson === files.policyJson && before.allowedSigners === files.allowedSigners) return policy;
      draft.newPolicy = policy;
      // One entry states one policy: the hashes of an earlier change in the same transaction give way to these.
      draft.events.push({
        type: 'policy',
        policySha256: sha256Hex(files.policyJson),
        signersSha256: sha256Hex(files.allowedSigners),
      });
      return policy;
    });
  }

  async getLineage(moduleId: string, options?: LineageOptions): Promise<readonly VersionCheckpoint[]> {
    assertModuleId(moduleId);
    return this.read(async (view) => {
      const limit = options?.full === true ? Number.POSITIVE_INFINITY : view.policy.maxCheckpoints;
      const found: VersionCheckpoint[] = [];
      for await (const version of view.lineage(moduleId)) {
        if (found.push(await view.checkpoint(version)) >= limit) break;
      }
      return found.reverse();
    });
  }

  async latestCheckpoint(moduleId: string): Promise<VersionCheckpoint | null> {
    assertModuleId(moduleId);
    return this.read(async (view) => {
      for await (const version of view.lineage(moduleId)) return view.checkpoint(version);
      return null;
    });
  }

  async explainRollback(moduleId: string, options?: TargetOptions): Promise<RollbackExplanation> {
    assertModuleId(moduleId);
    const filter = checkTagFilter(options?.tagFilter);
    return this.read(async (view) => {
      const { target, skipped } = await findRollbackTarget(view, moduleId, filter);
      return { target: target === null ? null : await view.checkpoint(target), skipped };
    });
  }

  async rollbackTarget(
    moduleId: string,
    reason: RollbackReason,
    options?: TargetOptions,
  ): Promise<VersionCheckpoint | null> {
    assertReason(reason);
    return (await this.explainRollback(moduleId, options)).target;
  }

  async gate(moduleId: string, fromVer: number | null, toVer: number): Promise<Verdict> {
    assertModuleId(moduleId);
    assertVersionOrNull(fromVer, 'fromVer');
    assertVersion(toVer, 'toVer');
    return this.read((view) => view.gate(moduleId, fromVer, toVer));
  }

  async pendingApprovals(): Promise<readonly StoredReport[]> {
    return this.read(pendingReports);
  }

  async stats(): Promise<VersionManagerStats> {
    return this.read(async (view) => {
      const modules = [...view.projection.modules.values()];
      return {
        trackedModules: modules.filter((m) => m.active !== null).length,
        totalCheckpoints: modules.reduce((sum, m) => sum + m.everActive.size, 0),
        compatibilityRecords: view.projection.pairs.size,
        pendingApprovals: (await pendingReports(view)).length,
      };
    });
  }

  async modules(): Promise<readonly string[]> {
    return this.read(async (view) => [...view.moduleIds()].sort(compareBytes));
  }

  async getVersion(moduleId: string, version: number): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.read(async (view) => view.checkpoint(await view.require(moduleId, version)));
  }

  async versions(moduleId: string): Promise<readonly VersionCheckpoint[]> {
    assertModuleId(moduleId);
    return this.read(async (view) => {
      const found: VersionCheckpoint[] = [];
      const highest = view.module(moduleId)?.highest ?? 0;
      for (const version of numbersOf(view, moduleId, highest))
        found.push(await view.checkpoint(await view.require(moduleId, version)));
      return found;
    });
  }

  async statusOf(moduleId: string, version: number): Promise<ModuleStatus> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.read(async (view) => {
      const commit = await view.require(moduleId, version);
      const state = view.projection.modules.get(moduleId);
      if (state?.active === version) return 'ACTIVE';
      if ((await view.tagsOf(commit.oid)).has(REVERTED)) return 'REVERTED';
      return state?.everActive.has(version) === true ? 'ARCHIVED' : 'STAGED';
    });
  }

  async readFiles(moduleId: string, version?: number): Promise<NormalizedFiles> {
    assertModuleId(moduleId);
    if (version !== undefined) assertVersion(version);
    const commit = await this.read((view) =>
      version === undefined ? view.requireActive(moduleId) : view.require(moduleId, version),
    );
    return readVersionFiles(this.store, commit);
  }

  async reports(moduleId: string, fromVer?: number | null, toVer?: number): Promise<readonly StoredReport[]> {
    assertModuleId(moduleId);
    if (fromVer !== undefined) assertVersionOrNull(fromVer, 'fromVer');
    if (toVer !== undefined) assertVersion(toVer, 'toVer');
    return this.read(async (view) => {
      const pairs = [...view.projection.pairs.values()].filter(
        (p) =>
          p.moduleId === moduleId &&
          (fromVer === undefined || p.fromVer === fromVer) &&
          (toVer === undefined || p.toVer === toVer),
      );
      const found: StoredReport[] = [];
      for (const pair of pairs) found.push(...(await view.reports(moduleId, pair.fromVer, pair.toVer)));
      return found;
    });
  }

  history(given?: HistoryOptions): AsyncIterable<JournalEntry> {
    this.assertOpen();
    const options = given ?? {};
    if (options.moduleId !== undefined) assertModuleId(options.moduleId);
    for (const name of ['since', 'limit'] as const) {
      const value = options[name];
      if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
      throw invalidInput(
        'INVALID_ARGUMENT',
        [{ path: name, expected: 'an integer from 0 on', actual: quoted(value) }],
        'see HistoryOptions',
      );
    }
    const start = () => this.journal.read(async ({ projection }) => projection.tip);
    return history(this.journal, start, options);
  }

  async position(): Promise<JournalPosition> {
    return this.read(async ({ projection }) => ({ seq: projection.seq, oid: projection.tip }));
  }

  async policy(): Promise<Policy> {
    return this.read(async (view) => view.policy);
  }

  async doctor(options?: { readonly restore?: boolean }): Promise<DoctorReport> {
    this.assertOpen();
    const mend = options?.restore === true;
    const findings = await this.store.inspect({ mend });
    const foreign = await this.read((view) => refDifferences(this.store, view.projection));
    // What the last entry has not moved yet is unfinished, not foreign.
    const unfinished = new Set(findings.filter((f) => f.kind === 'unfinished-entry').map((f) => f.where));
    const others = foreign.filter(({ ref }) => !unfinished.has(ref));
    const ours = others.filter(isOurs).map(({ ref }) => ref);
    if (mend && ours.length > 0) await this.write(['restored'], (draft) => restoreForeign(draft, ours));
    return { findings: [...findings, ...others.map(describeDifference)], restored: mend };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.onClose(this);
    await this.writer.settle();
    await this.store.close();
  }
}

/** The numbers of a module's versions in ascending order. Numbers may have gaps, never more of them than the journal has stages. */
function* numbersOf(view: View, moduleId: string, highest: number): Generator<number> {
  const prefix = versionRef(moduleId, 1).slice(0, -1);
  if (highest <= view.projection.refs.size) {
    for (let n = 1; n <= highest; n++) if (view.ref(versionRef(moduleId, n)) !== null) yield n;
    return;
  }
  const refs = [...view.projection.refs.keys()].filter((ref) => ref.startsWith(prefix));
  yield* refs.map((ref) => Number(ref.slice(prefix.length))).sort((a, b) => a - b);
}
