/** The change between two versions of a module: files, metadata, tags, how they are related, and what was said of the pair. */

import type { VersionCheckpoint } from '../model/checkpoint.js';
import { sha256Hex } from '../model/content-digest.js';
import type { ModuleFile, NormalizedFiles } from '../model/module-files.js';
import { compareBytes } from '../model/printable.js';
import { verdictOf } from '../model/report.js';
import type { Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';
import type { FileChange, FileState, VersionDiff, VersionRelation } from './contract.js';
import { readVersionFiles } from './read-files.js';
import type { View } from './view.js';

function stateOf(file: ModuleFile | undefined): FileState | null {
  if (file === undefined) return null;
  return { mode: file.mode, bytes: file.data.byteLength, sha256: sha256Hex(file.data) };
}

function fileChanges(before: NormalizedFiles, after: NormalizedFiles): FileChange[] {
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

/** Is `ancestor` on the way from `oid` to the first version? */
async function descends(view: View, oid: Oid, ancestor: Oid): Promise<boolean> {
  for (let at: Oid | null = oid; at !== null; at = (await view.version(at)).parent) if (at === ancestor) return true;
  return false;
}

async function relationOf(view: View, from: Oid, to: Oid): Promise<VersionRelation> {
  if (from === to) return 'same';
  if (await descends(view, to, from)) return 'ancestor';
  return (await descends(view, from, to)) ? 'descendant' : 'apart';
}

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH` */
export async function diffVersions(
  store: Store,
  view: View,
  moduleId: string,
  fromVer: number,
  toVer: number,
): Promise<VersionDiff> {
  const [before, after] = [await view.require(moduleId, fromVer), await view.require(moduleId, toVer)];
  const [from, to] = [await view.checkpoint(before), await view.checkpoint(after)];
  const [old, now] = [await readVersionFiles(store, before), await readVersionFiles(store, after)];
  const verdict = verdictOf(await view.reports(moduleId, fromVer, toVer));
  return {
    moduleId,
    from,
    to,
    fromOid: before.oid,
    toOid: after.oid,
    relation: await relationOf(view, before.oid, after.oid),
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
