/** The ledger at one moment, as every question and every decision sees it: look-ups in the index, no walk over git objects. */

import { LedgerError, quoted } from '../errors.js';
import type { ModuleStatus, VersionCheckpoint } from '../model/checkpoint.js';
import { decideGate, type Verdict } from '../model/gate.js';
import { type OwnResult, rechecked, verdictOf } from '../model/level-in-force.js';
import { reportsOf } from '../model/pending-pairs.js';
import type { Policy } from '../model/policy.js';
import type { ModuleRecord, PairKey, VersionContent, VersionRecord } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import type { JudgedReport, StoredReport } from '../model/report.js';
import { frozenSet, REVERTED, STABLE } from '../model/tag-label.js';
import type { ObjectReader } from '../ports/repository.js';
import type { JournalState } from './journal.js';
import { notAsWritten, readReports } from './read-reports.js';
import { versionContent } from './version-content.js';

/** A version of the ledger. */
export interface Version extends VersionRecord {
  readonly moduleId: string;
  readonly version: number;
}

/** So many versions are named in a hint, the newest. */
const MAX_NAMED = 10;

/** The error for a version that is not in the ledger; `version` null: the module has no active one. */
export function versionNotFound(records: Records, moduleId: string, version: number | null): LedgerError<'NOT_FOUND'> {
  if (records.module(moduleId) === null) {
    const [first] = records.moduleIds();
    const hint =
      first === undefined ? 'the ledger is empty: record a version first' : 'git-lineage status lists the modules';
    const data = { kind: 'MODULE', what: moduleId } as const;
    return new LedgerError('NOT_FOUND', `there is no module ${quoted(moduleId)}`, data, { hint });
  }
  const what = version === null ? `an active version of ${moduleId}` : `${moduleId}@${version}`;
  const message = version === null ? `${moduleId} has no active version` : `${moduleId} has no version ${version}`;
  const newest: string[] = [];
  for (const [number] of records.versions(moduleId, { newestFirst: true })) {
    newest.unshift(newest.length < MAX_NAMED ? `v${number}` : '…');
    if (newest.length > MAX_NAMED) break;
  }
  const hint = `it has ${newest.join(', ')}: git-lineage log ${moduleId} --all tells of them`;
  return new LedgerError('NOT_FOUND', message, { kind: 'VERSION', what }, { hint });
}

export class View {
  readonly records: Records;
  protected readonly objects: ObjectReader;
  private readonly stated: Policy;

  constructor({ records, policy }: JournalState, objects: ObjectReader) {
    this.records = records;
    this.stated = policy;
    this.objects = objects;
  }

  get policy(): Policy {
    return this.stated;
  }

  /** The numbers of a module, or null for an unknown one. */
  module(moduleId: string): ModuleRecord | null {
    return this.records.module(moduleId);
  }

  /** A version by number, or null. */
  find(moduleId: string, version: number): Version | null {
    const record = this.records.version(moduleId, version);
    return record === null ? null : { moduleId, version, ...record };
  }

  /** A version by number. @throws `NOT_FOUND` */
  require(moduleId: string, version: number): Version {
    const found = this.find(moduleId, version);
    if (found === null) throw versionNotFound(this.records, moduleId, version);
    return found;
  }

  /** The active version, or null. */
  active(moduleId: string): Version | null {
    const active = this.module(moduleId)?.active ?? null;
    return active === null ? null : this.require(moduleId, active);
  }

  /** The active version. @throws `NOT_FOUND` */
  requireActive(moduleId: string): Version {
    const active = this.active(moduleId);
    if (active === null) throw versionNotFound(this.records, moduleId, null);
    return active;
  }

  /** What a version's commit says. @throws `CORRUPT_OBJECT` where it cannot be read, or is not written as a version */
  contentOf({ oid, content }: VersionRecord): VersionContent {
    if (content !== null) return content;
    const read = versionContent(this.objects, oid);
    if (read !== null) return read;
    this.objects.readCommit(oid);
    throw notAsWritten(oid, 'a version');
  }

  /** @throws `CORRUPT_OBJECT` as `contentOf` */
  checkpoint(version: Version): VersionCheckpoint {
    const { moduleId, version: number, checksum, parentVer, tags } = version;
    const { timestamp, metadata } = this.contentOf(version);
    return Object.freeze({
      moduleId,
      version: number,
      checksum,
      timestamp,
      parentVer,
      tags: frozenSet(tags),
      metadata: Object.freeze(metadata),
    });
  }

  /** Whether a version runs, ran, was rolled back, or never was active. */
  statusOf({ moduleId, version, tags, ever }: Version): ModuleStatus {
    if (this.module(moduleId)?.active === version) return 'ACTIVE';
    if (tags.includes(REVERTED)) return 'REVERTED';
    return ever ? 'ARCHIVED' : 'STAGED';
  }

  /** The reports of a pair as far as the gate needs them. */
  judged(pair: PairKey): readonly JudgedReport[] {
    return reportsOf(this.records, this.policy, pair, this.records.reportLines(pair));
  }

  /** The reports of a pair in the order they came, read from their signed tags. @throws `CORRUPT_OBJECT` */
  reports(pair: PairKey): readonly StoredReport[] {
    return readReports(this.objects, this.records, this.policy, pair);
  }

  /**
   * The version that was reverted and has the content of this one: null where there is none, or this one was called stable itself. What
   * was bad is bad under another number.
   */
  revertedTwin(moduleId: string, version: number): number | null {
    const candidate = this.records.version(moduleId, version);
    if (candidate === null || candidate.tags.includes(STABLE)) return null;
    const twin = this.records.revertedLike(moduleId, candidate.checksum);
    return twin === version ? null : twin;
  }

  /** The gate's answer for a pair; with `own`, by what this machine has measured of it. */
  gate(moduleId: string, fromVer: number | null, toVer: number, own: OwnResult | null = null): Verdict {
    const pair = { moduleId, fromVer, toVer };
    const reports = this.judged(pair);
    const candidate = this.records.version(moduleId, toVer);
    const verdict = decideGate({
      ...pair,
      pair: verdictOf(own === null ? reports : rechecked(reports, pair, own), this.policy.approveCapabilities),
      settings: this.policy,
      active: this.module(moduleId)?.active ?? null,
      candidate:
        candidate === null
          ? null
          : {
              reverted: candidate.tags.includes(REVERTED),
              redacted: candidate.redacted !== undefined,
              parentVer: candidate.parentVer,
            },
    });
    // What is active has passed, and what is reverted itself is refused already.
    if (this.module(moduleId)?.active === toVer || candidate?.tags.includes(REVERTED) === true) return verdict;
    const twin = this.revertedTwin(moduleId, toVer);
    if (twin === null) return verdict;
    const refusal = { code: 'REVERTED', message: `v${toVer} has the content of v${twin}, which was reverted` } as const;
    return { level: verdict.level, allow: false, reasons: [refusal, ...(verdict.allow ? [] : verdict.reasons)] };
  }
}
