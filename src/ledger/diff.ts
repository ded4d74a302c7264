/** The change between two versions of a module: files, metadata, tags, how they are related, and what was said of the pair. */

import type { VersionCheckpoint } from '../model/checkpoint.js';
import { verdictOf } from '../model/level-in-force.js';
import { compareBytes } from '../model/printable.js';
import type { ObjectReader } from '../ports/repository.js';
import type { FileChange, FileState, VersionDiff, VersionRelation } from './ledger-versions.js';
import { type NamedFile, nameVersionFiles } from './read-files.js';
import type { Version, View } from './view.js';

type NamedFiles = ReadonlyMap<string, NamedFile>;

function stateOf(named: NamedFile | undefined): FileState | null {
  if (named === undefined) return null;
  return { mode: named.mode, bytes: named.file?.data.byteLength ?? null, sha256: named.sha256 };
}

function fileChanges(before: NamedFiles, after: NamedFiles): FileChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes);
  return paths.flatMap((path): FileChange[] => {
    const [from, to] = [stateOf(before.get(path)), stateOf(after.get(path))];
    if (from !== null && to !== null && from.mode === to.mode && from.sha256 === to.sha256) return [];
    return [{ path, change: from === null ? 'added' : to === null ? 'removed' : 'changed', from, to }];
  });
}

function metadataChanges(from: VersionCheckpoint, to: VersionCheckpoint): VersionDiff['metadata'] {
  const keys = [...new Set([...Object.keys(from.metadata), ...Object.keys(to.metadata)])].sort(compareBytes);
  const value = ({ metadata }: VersionCheckpoint, key: string) =>
    (Object.hasOwn(metadata, key) ? metadata[key] : null) ?? null;
  return keys
    .map((key) => ({ key, from: value(from, key), to: value(to, key) }))
    .filter((change) => change.from !== change.to);
}

/** Is `ancestor` on the way from `version` to the first one? */
function descends(view: View, { moduleId, version, parentVer }: Version, ancestor: Version): boolean {
  const { records } = view;
  // In the active lineage the earlier one is the ancestor: only what was abandoned is walked.
  const inLineage = records.isInLineage(moduleId, ancestor.version);
  let at: number | null = parentVer;
  for (
    let child = version;
    at !== null && at > ancestor.version;
    at = records.version(moduleId, at)?.parentVer ?? null
  ) {
    if (records.isInLineage(moduleId, child)) return inLineage;
    child = at;
  }
  return at === ancestor.version;
}

function relationOf(view: View, from: Version, to: Version): VersionRelation {
  if (from.version === to.version) return 'same';
  if (descends(view, to, from)) return 'ancestor';
  return descends(view, from, to) ? 'descendant' : 'apart';
}

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH` */
export function diffVersions(
  objects: ObjectReader,
  view: View,
  moduleId: string,
  fromVer: number,
  toVer: number,
): VersionDiff {
  const [before, after] = [view.require(moduleId, fromVer), view.require(moduleId, toVer)];
  const [from, to] = [view.checkpoint(before), view.checkpoint(after)];
  const filesOf = (version: Version) => nameVersionFiles(objects, view.records, version, view.contentOf(version).tree);
  const [old, now] = [filesOf(before), filesOf(after)];
  const verdict = verdictOf(view.judged({ moduleId, fromVer, toVer }), view.policy.approveCapabilities);
  return {
    moduleId,
    from,
    to,
    fromOid: before.oid,
    toOid: after.oid,
    relation: relationOf(view, before, after),
    sameContent: from.checksum === to.checksum,
    files: fileChanges(old, now),
    metadata: metadataChanges(from, to),
    tags: {
      added: [...to.tags].filter((tag) => !from.tags.has(tag)),
      removed: [...from.tags].filter((tag) => !to.tags.has(tag)),
    },
    reports: verdict.reports,
    level: verdict.reports === 0 ? null : verdict.level,
    approvers: verdict.approvers,
  };
}
