/** Files in the object folders that are no objects: what killed git commands, crashes and bad disks leave behind. */

import type { Finding } from '../ports/upkeep.js';

import { multiPackIndexPath, packsNamed } from './multi-pack-index.js';
import type { ObjectDatabase } from './object-database.js';
import { type SyncFiles, unlessFails } from './sync-files.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** As `gc.pruneExpire` does by default: so old a file belongs to no git that still runs. */
const EXPIRED_MS = 14 * DAY_MS;

/** What git calls a file that it is still writing (object-file.c, tmp-objdir.c, repack.c). */
const TEMPORARY = /^(tmp_|\.tmp-)/;

interface Garbage {
  readonly finding: Finding;
  /** Where it is, to be removed; null where that is not for us. */
  readonly path: string | null;
}

function found(where: string, detail: string, remedy: string, path: string | null): Garbage {
  return { finding: { kind: 'loose-garbage', where, detail, mendable: path !== null, remedy }, path };
}

const MENDED_BY = 'git-lineage doctor --restore removes it';

function temporaryFiles(files: SyncFiles, gitdir: string, now: number): Garbage[] {
  const garbage: Garbage[] = [];
  const folders = ['objects', 'objects/pack', 'objects/info'];
  folders.push(
    ...files
      .list(`${gitdir}/objects`)
      .filter((n) => /^[0-9a-f]{2}$/.test(n))
      .map((n) => `objects/${n}`),
  );
  for (const folder of folders) {
    for (const name of files.list(`${gitdir}/${folder}`).filter((n) => TEMPORARY.test(n))) {
      const where = `${folder}/${name}`;
      const stat = files.stat(`${gitdir}/${where}`);
      const age = now - Number(stat?.mtimeMs ?? now);
      // A younger one is most likely being written.
      if (stat === null || age < DAY_MS) continue;
      const detail = `a temporary file of git's, ${Math.floor(age / DAY_MS)} days old, ${stat.size} bytes`;
      if (age < EXPIRED_MS || !stat.isFile())
        garbage.push(found(where, detail, 'where no git command runs in the ledger: git prune --expire=now', null));
      else garbage.push(found(where, detail, MENDED_BY, `${gitdir}/${where}`));
    }
  }
  return garbage;
}

function packParts(files: SyncFiles, gitdir: string): Garbage[] {
  const folder = 'objects/pack';
  const names = new Set(files.list(`${gitdir}/${folder}`).filter((name) => name.startsWith('pack-')));
  const garbage: Garbage[] = [];
  for (const name of names) {
    const other = name.endsWith('.idx') ? name.replace(/idx$/, 'pack') : name.replace(/pack$/, 'idx');
    if (other === name || names.has(other)) continue;
    // Looked at again, because a list of names is not taken at one moment.
    const [mine, its] = [`${gitdir}/${folder}/${name}`, `${gitdir}/${folder}/${other}`];
    const age = Date.now() - Number(files.stat(mine)?.mtimeMs ?? Date.now());
    if (files.stat(mine) === null || files.stat(its) !== null) continue;
    if (name.endsWith('.idx'))
      garbage.push(found(`${folder}/${name}`, 'the index of a pack that is not there', MENDED_BY, mine));
    else if (age >= DAY_MS) {
      const remedy = `git -C ${gitdir} index-pack ${folder}/${name} makes its objects readable; they may be needed`;
      garbage.push(found(`${folder}/${name}`, 'a pack without an index, which nothing can read', remedy, null));
    }
  }
  return garbage;
}

/** A multi-pack-index that names a pack which is not there: git clone, gc and fsck fail on it. */
function brokenMultiPackIndex(files: SyncFiles, gitdir: string): Garbage[] {
  const folder = `${gitdir}/objects/pack`;
  const missing = [...(packsNamed(files, folder) ?? [])].filter(
    (pack) => files.stat(`${folder}/${pack}.pack`) === null,
  );
  if (missing.length === 0) return [];
  const path = multiPackIndexPath(folder);
  // Looked at again, because git replaces packs and this file one after the other.
  if (![...(packsNamed(files, folder) ?? [])].some((pack) => missing.includes(pack))) return [];
  return [
    found('objects/pack/multi-pack-index', `it names ${missing.length} packs that are not there`, MENDED_BY, path),
  ];
}

/** Loose files that are not what their names say, where the object itself is intact elsewhere or nobody needs it. */
function damagedFiles(
  database: ObjectDatabase,
  files: SyncFiles,
  gitdir: string,
  needed: ReadonlySet<string>,
): Garbage[] {
  const garbage: Garbage[] = [];
  for (const oid of database.damagedLoose()) {
    if (needed.has(oid)) continue;
    const where = `objects/${oid.slice(0, 2)}/${oid.slice(2)}`;
    const stat = files.stat(`${gitdir}/${where}`);
    if (stat === null) continue;
    const detail = `${stat.size} bytes that are not the object ${oid}, which is intact elsewhere or needed by nothing`;
    garbage.push(found(where, detail, MENDED_BY, `${gitdir}/${where}`));
  }
  return garbage;
}

/** Half-made copies of a ledger that stand beside this one: named, never touched. */
function unfinishedCopies(files: SyncFiles, gitdir: string, now: number): Garbage[] {
  const cut = gitdir.lastIndexOf('/');
  const [above, name] = [gitdir.slice(0, cut) || '/', gitdir.slice(cut + 1)];
  const garbage: Garbage[] = [];
  for (const other of unlessFails(() => files.list(above), [])) {
    if (!other.startsWith(`${name}.init-`) && !other.startsWith(`${name}.clone-`)) continue;
    const path = `${above}/${other}`;
    const stat = unlessFails(() => files.stat(path), null);
    if (stat === null || now - Number(stat.mtimeMs) < DAY_MS) continue;
    garbage.push(found(path, 'an init or a clone that was not finished', `where none is running: rm -r ${path}`, null));
  }
  return garbage;
}

/**
 * What is in the object folders and is no object; with `mend`, removes what is safe to: temporary files older than git
 * itself keeps them, indexes without a pack, damaged files whose object is not in
 * `needed`, the oids that nothing here can give back. Where that is not known (null), they are not looked for.
 */
export function looseGarbage(
  database: ObjectDatabase,
  files: SyncFiles,
  gitdir: string,
  needed: ReadonlySet<string> | null,
  mend: boolean,
): Finding[] {
  const now = Date.now();
  const garbage = [
    ...temporaryFiles(files, gitdir, now),
    ...packParts(files, gitdir),
    ...brokenMultiPackIndex(files, gitdir),
    ...(needed === null ? [] : damagedFiles(database, files, gitdir, needed)),
    ...unfinishedCopies(files, gitdir, now),
  ];
  if (mend) for (const { path } of garbage) if (path !== null) files.remove(path);
  return garbage.map(({ finding }) => finding);
}
