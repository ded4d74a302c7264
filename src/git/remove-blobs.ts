/**
 * Taking blobs out of a repository beside readers and writers: packs that hold one are written anew without it, then removed; loose files
 * go. It can be killed at any point and is done again from the start: what is gone already is passed over.
 */

import { isLedgerError, LedgerError } from '../errors.js';
import { formatOf } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import type { RedactedObject } from '../ports/upkeep.js';
import { configEntries, mendConfig } from './config.js';
import { dropIndexOf } from './merge-packs.js';
import { multiPackIndexPath, packsNamed } from './multi-pack-index.js';
import { decodeTree, type GitObject, isFolder } from './object-codec.js';
import { ObjectDatabase } from './object-database.js';
import { openPack } from './open-pack.js';
import { deltified } from './pack-deltas.js';
import { FINISHED_INDEX, isPackName, removePackFiles } from './pack-store.js';
import {
  buildPack,
  indexedOids,
  MAX_PACK_BYTES,
  packEntry,
  readEntries,
  type StoredEntry,
  type WholeEntry,
} from './pack-writer.js';
import { hasMarker, MARKER_SETTINGS, PROMISOR_MARK } from './redaction-marker.js';
import type { SyncFiles } from './sync-files.js';
import type { WritePlace } from './write-place.js';

/** Where git keeps the objects of a push until it is let in (tmp-objdir.c, receive-pack.c). */
const QUARANTINE = /^(tmp_objdir-|incoming-)/;

/** A folder of objects: the ledger's own, or one of a push that a killed git has left. */
function objectFolders(files: SyncFiles, gitdir: string): string[] {
  const objects = `${gitdir}/objects`;
  return [objects, ...files.list(objects).flatMap((name) => (QUARANTINE.test(name) ? [`${objects}/${name}`] : []))];
}

function loosePath(folder: string, oid: Oid): string {
  return `${folder}/${oid.slice(0, 2)}/${oid.slice(2)}`;
}

/** The packs of a folder that hold one of the blobs, as `pack-<hash>`. */
function packsWith(files: SyncFiles, folder: string, oids: readonly Oid[]): string[] {
  return files.list(`${folder}/pack`).flatMap((name) => {
    if (!FINISHED_INDEX.test(name)) return [];
    const stem = name.slice(0, -'.idx'.length);
    const pack = openPack(files, `${folder}/pack/${stem}`, formatOf(oids[0] ?? ''));
    if (pack === null) return [];
    try {
      return oids.some((oid) => pack.offsetOf(oid) !== null) ? [stem] : [];
    } finally {
      pack.release();
    }
  });
}

/** Those of the blobs that are here still, packed, loose, or in what was left of a push. Takes no lock. */
export function blobsHere(files: SyncFiles, gitdir: string, oids: readonly Oid[]): Oid[] {
  const folders = objectFolders(files, gitdir);
  return oids.filter((oid) =>
    folders.some((folder) => files.stat(loosePath(folder, oid)) !== null || packsWith(files, folder, [oid]).length > 0),
  );
}

/** Refuses what could not be written anew in memory. @throws `UNSUPPORTED_REPOSITORY` */
export function refuseLargePacks(files: SyncFiles, gitdir: string, oids: readonly Oid[]): void {
  for (const stem of packsWith(files, `${gitdir}/objects`, oids)) {
    const size = Number(files.stat(`${gitdir}/objects/pack/${stem}.pack`)?.size ?? 0);
    if (size <= MAX_PACK_BYTES) continue;
    const feature = `a pack of ${size} bytes`;
    const hint = `make smaller ones first: git -C ${gitdir} repack -a -d --max-pack-size=1g`;
    throw new LedgerError(
      'UNSUPPORTED_REPOSITORY',
      `${gitdir} has ${feature}, out of which no file can be taken`,
      { gitdir, feature },
      { hint },
    );
  }
}

/** Says in the config that objects are missing on purpose. @throws `REF_LOCKED` where somebody else holds it */
function markRepository(files: SyncFiles, gitdir: string): void {
  mendConfig(files, gitdir, MARKER_SETTINGS);
  const config = `${gitdir}/config`;
  if (hasMarker(configEntries(files.readText(config) ?? ''))) return;
  const hint = 'wait for the git command that changes it, then run git-lineage doctor --restore';
  const data = { ref: 'config', lock: `${config}.lock` };
  throw new LedgerError('REF_LOCKED', 'the config is held by another process', data, { hint });
}

/** The folders that name one of the blobs themselves, below some trees. */
function namingTrees(database: ObjectDatabase, trees: Iterable<Oid>, oids: ReadonlySet<Oid>): Set<Oid> {
  const seen = new Set<Oid>();
  const naming = new Set<Oid>();
  const walk = (tree: Oid): void => {
    if (seen.has(tree)) return;
    seen.add(tree);
    for (const entry of decodeTree(tree, database.readTyped(tree, 'tree'))) {
      if (isFolder(entry)) walk(entry.oid);
      else if (oids.has(entry.oid)) naming.add(tree);
    }
  };
  for (const tree of trees) walk(tree);
  return naming;
}

/** An object, or null where it is missing or damaged: that is for `doctor` to say. */
function findSound(database: ObjectDatabase, oid: Oid): GitObject | null {
  try {
    return database.find(oid);
  } catch (error) {
    if (isLedgerError(error, 'CORRUPT_OBJECT')) return null;
    throw error;
  }
}

/** Folders and all that is below them, each object after those that it names. */
function* below(database: ObjectDatabase, roots: Iterable<Oid>): Generator<readonly [oid: Oid, object: GitObject]> {
  const seen = new Set<Oid>();
  function* walk(oid: Oid): Generator<readonly [Oid, GitObject]> {
    if (seen.has(oid)) return;
    seen.add(oid);
    const object = findSound(database, oid);
    if (object === null) return;
    if (object.type === 'tree') for (const entry of decodeTree(oid, object.data)) yield* walk(entry.oid);
    yield [oid, object];
  }
  for (const root of roots) yield* walk(root);
}

/** How the file beside a pack ends by which git knows a promisor's. */
const PROMISOR = '.promisor';

/** What is in promisor packs already. */
function inPromisorPacks({ files, packs }: WritePlace): Set<Oid> {
  const found = new Set<Oid>();
  for (const name of files.list(packs.folder)) {
    const stem = name.endsWith(PROMISOR) ? name.slice(0, -PROMISOR.length) : '';
    const index = isPackName(stem) ? files.read(`${packs.folder}/${stem}.idx`) : null;
    if (index !== null) for (const oid of indexedOids(index, packs.format)) found.add(oid);
  }
  return found;
}

/** So much of a promisor pack is in memory at once, deflated. */
const MAX_PROMISOR_BYTES = 64 * 1024 * 1024;

/**
 * Puts the folders that name the blobs into packs that tell git so, and all that is below them: git takes what such a folder names for
 * left out, so that `git repack -a -d` and `git gc` keep it in such packs only. What a folder names is there before the folder.
 */
function writePromisorPacks(place: WritePlace, database: ObjectDatabase, redacted: readonly RedactedObject[]): void {
  const { packs } = place;
  const oids = new Set(redacted.map(({ oid }) => oid));
  const naming = namingTrees(database, new Set(redacted.flatMap(({ trees }) => trees)), oids);
  if (naming.size === 0) return;
  const known = inPromisorPacks(place);
  let entries: WholeEntry[] = [];
  let bytes = 0;
  const install = (): void => {
    if (entries.length === 0) return;
    const built = buildPack(entries, packs.format);
    packs.install(built, PROMISOR_MARK);
    packs.release(built.name);
    [entries, bytes] = [[], 0];
  };
  for (const [oid, object] of below(database, [...naming].sort())) {
    if (known.has(oid) || oids.has(oid)) continue;
    const entry = packEntry(oid, object);
    entries.push(entry);
    bytes += entry.bytes.length;
    if (bytes >= MAX_PROMISOR_BYTES) install();
  }
  install();
}

/** What a pack holds beside the blobs, as it is stored; what was a difference of one of them is whole. */
function entriesWithout(
  database: ObjectDatabase,
  pack: Uint8Array,
  index: Uint8Array,
  oids: ReadonlySet<Oid>,
): StoredEntry[] {
  const whole = (oid: Oid): StoredEntry => packEntry(oid, database.read(oid));
  const stored = readEntries(pack, index, database.format);
  // Where differences name their bases by oid, or an index is of another kind, each object is read.
  if (stored === null) {
    const kept = indexedOids(index, database.format).filter((oid) => !oids.has(oid));
    return [...deltified(kept.map(whole))];
  }
  return stored
    .filter(({ oid }) => !oids.has(oid))
    .map((entry) => ('base' in entry && oids.has(entry.base) ? whole(entry.oid) : entry));
}

/** Writes a pack anew without the blobs, and removes the old one once the new one lasts. */
function rewrite(place: WritePlace, database: ObjectDatabase, stem: string, oids: ReadonlySet<Oid>): void {
  const { files, packs } = place;
  const path = `${packs.folder}/${stem}`;
  const [pack, index] = [files.read(`${path}.pack`), files.read(`${path}.idx`)];
  // Somebody else has replaced it meanwhile: what took its place is looked at again.
  if (pack === null || index === null) return;
  const entries = entriesWithout(database, pack, index, oids);
  if (entries.length > 0) {
    const built = buildPack(entries, packs.format);
    packs.install(built, files.stat(`${path}.promisor`) === null ? undefined : PROMISOR_MARK);
    packs.release(built.name);
  }
  // A multi-pack-index is a cache, and git fails where it names a pack that is gone.
  if (packsNamed(files, packs.folder) === null) files.remove(multiPackIndexPath(packs.folder));
  dropIndexOf(packs, [stem]);
  packs.replace([stem]);
  dropIndexOf(packs, [stem]);
}

/** So often packs are listed again, because git may be writing one with the blob meanwhile. */
const MAX_LOOKS = 5;

/** Removes the blobs. Only under the writer lock. @throws `REF_LOCKED`, `IO`, `CORRUPT_OBJECT` */
export function removeBlobs(place: WritePlace, redacted: readonly RedactedObject[]): void {
  const { files, gitdir, packs, reader } = place;
  const oids = redacted.map(({ oid }) => oid);
  const gone = new Set(oids);
  // What this process has read before is no witness of what is on disk now.
  const database = new ObjectDatabase(files, `${gitdir}/objects`, reader.format);
  try {
    markRepository(files, gitdir);
    writePromisorPacks(place, database, redacted);
    for (let look = 0; look < MAX_LOOKS; look++) {
      const holding = packsWith(files, `${gitdir}/objects`, oids);
      for (const stem of holding) rewrite(place, database, stem, gone);
      if (holding.length === 0) break;
    }
  } finally {
    database.close();
  }
  for (const folder of objectFolders(files, gitdir)) {
    for (const oid of oids) if (files.remove(loosePath(folder, oid))) files.syncFolder(`${folder}/${oid.slice(0, 2)}`);
    // Of a push that is not let in nothing is kept: it is sent again, or was killed.
    if (folder === `${gitdir}/objects`) continue;
    for (const stem of packsWith(files, folder, oids)) removePackFiles(files, `${folder}/pack`, stem);
  }
  files.syncFolder(packs.folder);
  reader.database.forget(oids);
}
