/** One transaction in the making: the journal's state with what the transaction would add, nothing written yet. */

import type { LedgerEvent } from '../model/journal-entry.js';
import type { Policy } from '../model/policy.js';
import { branchRef, pairName, versionRef } from '../model/ref-names.js';
import type { StoredReport } from '../model/report.js';
import type { SealedVersion } from '../model/version-commit.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { Transaction } from '../ports/publishing.js';
import type { JournalState } from './journal.js';
import type { Reader, VersionCommit } from './reader.js';
import { type ModuleNumbers, View } from './view.js';

/** Changes over another draft, or over the journal's state. Merged when its operation succeeds, dropped when it fails. */
export class Draft extends View {
  readonly events: LedgerEvent[] = [];
  /** Where refs go; a ref that is not in it stays. */
  readonly moves = new Map<RefName, Oid | null>();
  readonly checksums = new Map<Oid, string>();
  readonly tags = new Map<Oid, ReadonlySet<string>>();
  private readonly versions = new Map<Oid, VersionCommit>();
  private readonly modules = new Map<string, ModuleNumbers>();
  private readonly pairs = new Map<string, readonly StoredReport[]>();
  /** Refs whose foreign value this transaction replaces. */
  readonly restored = new Map<RefName, Oid | null>();
  newPolicy: Policy | null = null;

  readonly transaction: Transaction;
  private readonly parent: Draft | null;

  constructor(base: { transaction: Transaction; state: JournalState; reader: Reader }, parent: Draft | null = null) {
    super(base.state, base.reader);
    this.transaction = base.transaction;
    this.parent = parent;
  }

  fork(): Draft {
    const { transaction, state, reader } = this;
    return new Draft({ transaction, state, reader }, this);
  }

  /** Takes over everything from a fork. */
  merge(fork: Draft): void {
    this.events.push(...fork.events);
    for (const name of ['moves', 'checksums', 'tags', 'versions', 'modules', 'pairs', 'restored'] as const) {
      const mine = this[name] as Map<string, unknown>;
      for (const [key, value] of fork[name]) mine.set(key, value);
    }
    this.newPolicy = fork.newPolicy ?? this.newPolicy;
  }

  override get policy(): Policy {
    return this.newPolicy ?? this.parent?.policy ?? super.policy;
  }

  private *layers(): Generator<Draft> {
    for (let layer: Draft | null = this; layer !== null; layer = layer.parent) yield layer;
  }

  override ref(name: RefName): Oid | null {
    for (const layer of this.layers()) {
      const moved = layer.moves.get(name);
      if (moved !== undefined) return moved;
    }
    return super.ref(name);
  }

  override module(moduleId: string): ModuleNumbers | null {
    for (const layer of this.layers()) {
      const changed = layer.modules.get(moduleId);
      if (changed !== undefined) return changed;
    }
    return super.module(moduleId);
  }

  /** Every module, those that this transaction adds included. */
  override *moduleIds(): Generator<string> {
    for (const layer of this.layers()) yield* layer.modules.keys();
    yield* super.moduleIds();
  }

  override *takenNames(): Generator<string> {
    for (const layer of this.layers()) for (const [report] of layer.pairs.values()) if (report) yield report.moduleId;
    yield* super.takenNames();
  }

  override async version(oid: Oid): Promise<VersionCommit> {
    for (const layer of this.layers()) {
      const staged = layer.versions.get(oid);
      if (staged !== undefined) return staged;
    }
    return super.version(oid);
  }

  override async tagsOf(oid: Oid): Promise<ReadonlySet<string>> {
    for (const layer of this.layers()) {
      const changed = layer.tags.get(oid);
      if (changed !== undefined) return changed;
    }
    return super.tagsOf(oid);
  }

  override async reports(moduleId: string, fromVer: number | null, toVer: number): Promise<readonly StoredReport[]> {
    const name = pairName(moduleId, fromVer, toVer);
    for (const layer of this.layers()) {
      const changed = layer.pairs.get(name);
      if (changed !== undefined) return changed;
    }
    return super.reports(moduleId, fromVer, toVer);
  }

  addVersion(commit: VersionCommit): void {
    const { moduleId, version, parentVer, checksum } = commit.sealed;
    this.versions.set(commit.oid, commit);
    this.moves.set(versionRef(moduleId, version), commit.oid);
    this.checksums.set(commit.oid, checksum);
    this.modules.set(moduleId, { active: this.module(moduleId)?.active ?? null, highest: version });
    this.events.push({ type: 'stage', moduleId, version, parentVer, checksum });
  }

  setActive(sealed: SealedVersion, oid: Oid): void {
    this.moves.set(branchRef(sealed.moduleId), oid);
    const highest = this.module(sealed.moduleId)?.highest ?? sealed.version;
    this.modules.set(sealed.moduleId, { active: sealed.version, highest });
  }

  async addReport(report: StoredReport, event: LedgerEvent): Promise<void> {
    const { moduleId, fromVer, toVer } = report;
    const reports = await this.reports(moduleId, fromVer, toVer);
    this.pairs.set(pairName(moduleId, fromVer, toVer), [...reports, report]);
    this.events.push(event);
  }
}
