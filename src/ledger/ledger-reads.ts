/** Every question to a ledger: answered from one moment of the journal, without a lock. */

import { invalidInput, quoted } from '../errors.js';
import { assertVersion, assertVersionOrNull, type ModuleStatus, type VersionCheckpoint } from '../model/checkpoint.js';
import type { Verdict } from '../model/gate.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { assertModuleId } from '../model/module-id.js';
import type { Policy } from '../model/policy.js';
import { compareBytes } from '../model/printable.js';
import { versionRef } from '../model/ref-names.js';
import type { StoredReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import type { Verifier } from '../ports/keys.js';
import type { Store } from '../ports/publishing.js';
import { checkMoment, ledgerAt } from './at.js';
import type {
  HistoryOptions,
  JournalEntry,
  JournalPosition,
  LedgerMoment,
  LineageOptions,
  Moment,
  RollbackExplanation,
  TargetOptions,
  VersionDiff,
  VersionManagerStats,
  VersionProof,
  VersionsOptions,
} from './contract.js';
import { diffVersions } from './diff.js';
import { history } from './history.js';
import { Journal } from './journal.js';
import { pendingReports } from './pending.js';
import { proofOf } from './proof.js';
import { readVersionFiles } from './read-files.js';
import { Reader } from './reader.js';
import { assertReason, checkTagFilter, findRollbackTarget } from './rollback-target.js';
import { View } from './view.js';

export class LedgerReads {
  readonly gitdir: string;
  protected readonly store: Store;
  private readonly verifier: Verifier;
  protected readonly journal: Journal;
  protected readonly reader: Reader;
  protected closed = false;

  constructor(store: Store, verifier: Verifier) {
    this.gitdir = store.location;
    this.store = store;
    this.verifier = verifier;
    this.journal = new Journal(store, verifier);
    this.reader = new Reader(store);
  }

  protected read<T>(body: (view: View) => Promise<T>): Promise<T> {
    this.assertOpen();
    return this.journal.read((state) => body(new View(state, this.reader)));
  }

  protected assertOpen(): void {
    if (!this.closed) return;
    const issue = { path: 'ledger', expected: 'an open ledger', actual: 'one that was closed' };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'open it again with openLedger');
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

  async versions(moduleId: string, options?: VersionsOptions): Promise<readonly VersionCheckpoint[]> {
    assertModuleId(moduleId);
    return this.read(async (view) => {
      const found: VersionCheckpoint[] = [];
      const highest = view.module(moduleId)?.highest ?? 0;
      const reverted = view.projection.modules.get(moduleId)?.reverted ?? new Set<number>();
      const wanted =
        options?.reverted === true ? [...reverted].sort((a, b) => a - b) : numbersOf(view, moduleId, highest);
      for (const version of wanted) found.push(await view.checkpoint(await view.require(moduleId, version)));
      return found;
    });
  }

  async statusOf(moduleId: string, version: number): Promise<ModuleStatus> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.read(async (view) => view.statusOf(await view.require(moduleId, version)));
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

  async at(moment: Moment): Promise<LedgerMoment> {
    const checked = checkMoment(moment);
    const { store, journal, reader } = this;
    // Nothing of this is about the present, so writers and readers need not wait for it.
    const { oid } = await this.position();
    return ledgerAt({ store, journal, reader }, oid, checked);
  }

  async diff(moduleId: string, fromVer: number, toVer: number): Promise<VersionDiff> {
    assertModuleId(moduleId);
    assertVersion(fromVer, 'fromVer');
    assertVersion(toVer, 'toVer');
    return this.read((view) => diffVersions(this.store, view, moduleId, fromVer, toVer));
  }

  async position(): Promise<JournalPosition> {
    return this.read(async ({ projection }) => ({ seq: projection.seq, oid: projection.tip }));
  }

  async proof(moduleId: string, version: number): Promise<VersionProof> {
    assertModuleId(moduleId);
    assertVersion(version);
    const { store, verifier, journal } = this;
    return this.read((view) => proofOf({ store, verifier, journal }, view, moduleId, version));
  }

  async root(): Promise<string> {
    return this.read(async ({ projection }) => projection.root);
  }

  async policy(): Promise<Policy> {
    return this.read(async (view) => view.policy);
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
