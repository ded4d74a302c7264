/** The ledger at one moment, as every question and every decision sees it. */

import type { ModuleStatus, VersionCheckpoint } from '../model/checkpoint.js';
import { decideGate, type Verdict } from '../model/gate.js';
import type { Policy } from '../model/policy.js';
import type { Projection } from '../model/projection.js';
import { branchRef, versionRef } from '../model/ref-names.js';
import { type StoredReport, verdictOf } from '../model/report.js';
import { REVERTED } from '../model/tag-label.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { JournalState } from './journal.js';
import { checkpointOf, type Reader, type VersionCommit, versionNotFound } from './reader.js';

export interface ModuleNumbers {
  readonly active: number | null;
  readonly highest: number;
}

export class View {
  protected readonly state: JournalState;
  protected readonly reader: Reader;

  constructor(state: JournalState, reader: Reader) {
    this.state = state;
    this.reader = reader;
  }

  get projection(): Projection {
    return this.state.projection;
  }

  get policy(): Policy {
    return this.state.policy;
  }

  /** Where a ref is, by the journal. */
  ref(name: RefName): Oid | null {
    return this.projection.refs.get(name) ?? null;
  }

  /** The numbers of a module, or null for an unknown one. */
  module(moduleId: string): ModuleNumbers | null {
    return this.projection.modules.get(moduleId) ?? null;
  }

  *moduleIds(): Generator<string> {
    yield* this.projection.modules.keys();
  }

  /** Every name that is taken: of modules, and of those that only have reports so far. */
  *takenNames(): Generator<string> {
    yield* this.moduleIds();
    for (const pair of this.projection.pairs.values()) yield pair.moduleId;
  }

  async version(oid: Oid): Promise<VersionCommit> {
    return this.reader.version(oid);
  }

  async tagsOf(oid: Oid): Promise<ReadonlySet<string>> {
    return this.reader.tagsOf(this.projection, oid);
  }

  /** The reports of a pair in the order they came. */
  async reports(moduleId: string, fromVer: number | null, toVer: number): Promise<readonly StoredReport[]> {
    return this.reader.reports(this.state, moduleId, fromVer, toVer);
  }

  /** A version by number, or null. */
  async find(moduleId: string, version: number): Promise<VersionCommit | null> {
    const oid = this.ref(versionRef(moduleId, version));
    return oid === null ? null : this.version(oid);
  }

  /** A version by number. @throws `NOT_FOUND` */
  async require(moduleId: string, version: number): Promise<VersionCommit> {
    const found = await this.find(moduleId, version);
    if (found === null) throw versionNotFound(this.projection, moduleId, version);
    return found;
  }

  /** The active version. @throws `NOT_FOUND` */
  async requireActive(moduleId: string): Promise<VersionCommit> {
    const oid = this.ref(branchRef(moduleId));
    if (oid === null) throw versionNotFound(this.projection, moduleId, null);
    return this.version(oid);
  }

  /** The active version and its ancestors, newest first, read as they are asked for. */
  async *lineage(moduleId: string): AsyncGenerator<VersionCommit> {
    for (let oid = this.ref(branchRef(moduleId)); oid !== null; ) {
      const version = await this.version(oid);
      yield version;
      oid = version.parent;
    }
  }

  async checkpoint(version: VersionCommit): Promise<VersionCheckpoint> {
    return checkpointOf(version.sealed, await this.tagsOf(version.oid));
  }

  /** Whether a version runs, ran, was rolled back, or never was active. */
  async statusOf({ oid, sealed }: VersionCommit): Promise<ModuleStatus> {
    const state = this.projection.modules.get(sealed.moduleId);
    if (state?.active === sealed.version) return 'ACTIVE';
    if ((await this.tagsOf(oid)).has(REVERTED)) return 'REVERTED';
    return state?.everActive.has(sealed.version) === true ? 'ARCHIVED' : 'STAGED';
  }

  /** The gate's answer for a pair. */
  async gate(moduleId: string, fromVer: number | null, toVer: number): Promise<Verdict> {
    const candidate = await this.find(moduleId, toVer);
    const reverted = candidate !== null && (await this.tagsOf(candidate.oid)).has(REVERTED);
    return decideGate({
      moduleId,
      fromVer,
      toVer,
      pair: verdictOf(await this.reports(moduleId, fromVer, toVer)),
      settings: this.policy,
      active: this.module(moduleId)?.active ?? null,
      candidate: candidate === null ? null : { reverted, parentVer: candidate.sealed.parentVer },
    });
  }
}
