/** Reading versions and reports as of one moment of the journal. */

import { LedgerError, quoted } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import { sha256Hex } from '../model/content-digest.js';
import type { Policy } from '../model/policy.js';
import type { Projection } from '../model/projection.js';
import { pairName, reportRef, reportTagName, TAG_NOTES_REF, versionRef } from '../model/ref-names.js';
import { parseReport, type ReportText, type StoredReport } from '../model/report.js';
import { isTainted } from '../model/revocation.js';
import { parseTags } from '../model/tag-label.js';
import { parseVersion, type SealedVersion } from '../model/version-commit.js';
import type { Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';

/** A version commit, read: what it seals, and where its content is. */
export interface VersionCommit {
  readonly oid: Oid;
  readonly sealed: SealedVersion;
  readonly tree: Oid;
  readonly parent: Oid | null;
}

const MAX_REMEMBERED = 4096;

/** The oldest entries of a map make room for new ones. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): V {
  if (map.size >= MAX_REMEMBERED)
    for (const oldest of map.keys()) {
      map.delete(oldest);
      if (map.size < MAX_REMEMBERED) break;
    }
  map.set(key, value);
  return value;
}

function notAsWritten(oid: Oid, what: string): LedgerError<'CORRUPT_OBJECT'> {
  const reason = `it is not ${what} as the ledger writes one`;
  return new LedgerError(
    'CORRUPT_OBJECT',
    `object ${oid}: ${reason}`,
    { oid, fault: 'NOT_AS_WRITTEN', reason },
    { hint: 'compare the ledger with a clone' },
  );
}

/** The error for a version that is not in the ledger. */
export function versionNotFound(
  projection: Projection,
  moduleId: string,
  version: number | null,
): LedgerError<'NOT_FOUND'> {
  const state = projection.modules.get(moduleId);
  if (state === undefined) {
    const hint =
      projection.modules.size === 0
        ? 'the ledger is empty: record a version first'
        : 'git-lineage status lists the modules';
    const data = { kind: 'MODULE', what: moduleId } as const;
    return new LedgerError('NOT_FOUND', `there is no module ${quoted(moduleId)}`, data, { hint });
  }
  const what = version === null ? `an active version of ${moduleId}` : `${moduleId}@${version}`;
  const message = version === null ? `${moduleId} has no active version` : `${moduleId} has no version ${version}`;
  return new LedgerError(
    'NOT_FOUND',
    message,
    { kind: 'VERSION', what },
    { hint: `git-lineage log ${moduleId} --all lists its versions` },
  );
}

export class Reader {
  private readonly store: Store;
  private readonly versions = new Map<Oid, VersionCommit>();
  private readonly reportTexts = new Map<Oid, { text: ReportText; object: Oid }>();

  constructor(store: Store) {
    this.store = store;
  }

  async version(oid: Oid): Promise<VersionCommit> {
    const known = this.versions.get(oid);
    if (known !== undefined) return known;
    const commit = await this.store.readCommit(oid);
    const sealed = parseVersion(commit.message);
    if (sealed === null || commit.parents.length > 1) throw notAsWritten(oid, 'a version');
    return remember(
      this.versions,
      oid,
      Object.freeze({ oid, sealed, tree: commit.tree, parent: commit.parents[0] ?? null }),
    );
  }

  async tagsOf(projection: Projection, oid: Oid): Promise<ReadonlySet<string>> {
    const notes = projection.refs.get(TAG_NOTES_REF);
    return parseTags(notes === undefined ? null : await this.store.readNote(notes, oid));
  }

  /** The reports of a pair in their order, each read from its signed tag and held against the journal. */
  async reports(
    { projection, policy }: { readonly projection: Projection; readonly policy: Policy },
    moduleId: string,
    fromVer: number | null,
    toVer: number,
  ): Promise<StoredReport[]> {
    const pair = projection.pairs.get(pairName(moduleId, fromVer, toVer));
    const places = (pair?.reports ?? []).map((line, i) => ({
      seq: i + 1,
      sha256: line.payloadSha256,
      tainted: isTainted(policy, line.fingerprint, line.entry),
      oid: projection.refs.get(reportRef(moduleId, fromVer, toVer, i + 1)) ?? '',
    }));
    const root = projection.root;
    const version = projection.refs.get(versionRef(moduleId, toVer));
    return Promise.all(
      places.map(async ({ seq, sha256, oid, tainted }) => {
        const { text, object } = await this.reportText(oid, reportTagName(moduleId, fromVer, toVer, seq), sha256);
        const placed =
          text.moduleId === moduleId && text.fromVer === fromVer && text.toVer === toVer && text.ledger === root;
        if (!placed || (object !== version && object !== root)) throw notAsWritten(oid, 'a report of this pair');
        return storedReport(text, { seq, bound: object !== root, tainted });
      }),
    );
  }

  private async reportText(oid: Oid, name: string, sha256: string): Promise<{ text: ReportText; object: Oid }> {
    const known = this.reportTexts.get(oid);
    if (known !== undefined) return known;
    const tag = await this.store.readTag(oid);
    const text = parseReport(tag.message);
    if (text === null || tag.name !== name || tag.objectType !== 'commit') throw notAsWritten(oid, 'a report');
    // The journal entry is signed and names this hash, so the report is what its signer signed.
    if (sha256Hex(tag.payload) !== sha256) throw notAsWritten(oid, 'the report that the journal names');
    return remember(this.reportTexts, oid, { text, object: tag.object });
  }
}

/** A stored report from its text and its place. */
export function storedReport(
  text: ReportText,
  { seq, bound, tainted }: Pick<StoredReport, 'seq' | 'bound' | 'tainted'>,
): StoredReport {
  const { moduleId, fromVer, toVer, level, rationale, approvedBy, measuredLevel, assessor, withdraws } = text;
  return Object.freeze({
    moduleId,
    fromVer,
    toVer,
    level,
    rationale,
    approvedBy,
    seq,
    bound,
    measuredLevel,
    assessor,
    withdraws,
    tainted,
  });
}

/** A frozen checkpoint of what a commit seals and its tags. */
export function checkpointOf(sealed: SealedVersion, tags: ReadonlySet<string>): VersionCheckpoint {
  const { moduleId, version, checksum, timestamp, parentVer, metadata } = sealed;
  return Object.freeze({ moduleId, version, checksum, timestamp, parentVer, tags, metadata });
}
