/**
 * Every ref of a repository as it is on disk at this moment: read anew each time, loose over packed, nothing left out
 * because it cannot be read.
 */

import type { Dirent } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { Files } from '../file-system.js';
import { parsePackedRefs } from '../packed-refs.js';
import { MAX_REF_BYTES, oidInRefFile } from '../refs.js';

/** A repository, and the format of the ids in its refs. */
interface RefPlace {
  readonly gitdir: string;
  readonly format: ObjectFormat;
}

const AT_ONCE = 64;

/** So many files are read before others get a turn. */
const FILES_A_TURN = 512;

/**
 * Reading without a wait for each file: tens of thousands of loose refs take a tenth of the time. node:fs and memfs have
 * these; a double that has only promises is read by them.
 */
interface AtOnce {
  readdirSync(path: string, options: { withFileTypes: true }): Dirent[];
  lstatSync(path: string): { readonly size: number | bigint };
  readFileSync(path: string): Uint8Array;
}

function atOnce({ fs }: Files): AtOnce | null {
  const { readdirSync, lstatSync, readFileSync } = fs as Partial<AtOnce>;
  return readdirSync && lstatSync && readFileSync ? (fs as unknown as AtOnce) : null;
}

/** What `read` returns, or `otherwise` where the file or folder is gone. */
function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ENOTDIR') return otherwise;
    throw error;
  }
}

/** The loose refs below `folder` (`refs/heads/`) into `found`. */
async function walkAtOnce(
  fs: AtOnce,
  { gitdir, format }: RefPlace,
  folder: string,
  found: Map<RefName, Oid>,
): Promise<void> {
  const below: string[] = [];
  for (const [i, entry] of unlessGone(
    () => fs.readdirSync(`${gitdir}/${folder}`, { withFileTypes: true }),
    [],
  ).entries()) {
    const name = String(entry.name);
    if (i % FILES_A_TURN === FILES_A_TURN - 1) await turn();
    if (name.endsWith('.lock')) continue;
    const ref = `${folder}${name}`;
    const path = `${gitdir}/${ref}`;
    if (entry.isDirectory()) below.push(`${ref}/`);
    else {
      const read = () =>
        Number(fs.lstatSync(path).size) > MAX_REF_BYTES
          ? ''
          : (oidInRefFile(Buffer.from(fs.readFileSync(path)).toString('latin1'), format) ?? '');
      const value = entry.isFile() ? unlessGone<Oid | null>(read, null) : '';
      if (value !== null) found.set(ref, value);
    }
  }
  for (const inner of below) await walkAtOnce(fs, { gitdir, format }, inner, found);
}

/** What stands in one loose file: an oid, '' for anything else (empty, symbolic, a link), null where it is gone. */
async function readLoose(files: Files, path: string, format: ObjectFormat): Promise<Oid | '' | null> {
  const stat = await files.stat(path);
  if (stat === null) return null;
  if (!stat.isFile() || Number(stat.size) > MAX_REF_BYTES) return '';
  const text = await files.readText(path);
  return text === null ? null : (oidInRefFile(text, format) ?? '');
}

/** The same, a wait for each file. */
async function walk(files: Files, place: RefPlace, folder: string, found: Map<RefName, Oid>): Promise<void> {
  const { gitdir, format } = place;
  const names = (await files.list(`${gitdir}/${folder}`)).filter((name) => !name.endsWith('.lock'));
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE).map(async (name): Promise<RefName | null> => {
      const path = `${gitdir}/${folder}${name}`;
      if ((await files.stat(path))?.isDirectory() === true) return `${folder}${name}/`;
      const value = await readLoose(files, path, format);
      if (value !== null) found.set(`${folder}${name}`, value);
      return null;
    });
    for (const below of await Promise.all(some)) if (below !== null) await walk(files, place, below, found);
  }
}

async function readPacked(files: Files, { gitdir, format }: RefPlace): Promise<ReadonlyMap<RefName, Oid>> {
  return parsePackedRefs((await files.readText(`${gitdir}/packed-refs`)) ?? '', format);
}

/** The refs below `prefix` (`refs/`, ending in "/") with their values; '' where there is none to read. */
export async function listRefs(files: Files, place: RefPlace, prefix: string): Promise<Map<RefName, Oid>> {
  const found = new Map<RefName, Oid>();
  const fs = atOnce(files);
  try {
    await (fs === null ? walk(files, place, prefix, found) : walkAtOnce(fs, place, prefix, found));
  } catch (error) {
    if (fs === null) throw error;
    // What cannot be read is said in the words of all other files.
    found.clear();
    await walk(files, place, prefix, found);
  }
  // After the loose ones: `git pack-refs` writes the packed file first and removes the loose ones then.
  for (const [ref, oid] of await readPacked(files, place))
    if (ref.startsWith(prefix) && !found.has(ref)) found.set(ref, oid);
  return found;
}

/** One ref's value; '' where there is none to read. */
export async function readRef(files: Files, place: RefPlace, ref: RefName): Promise<Oid | ''> {
  const read = () => readLoose(files, `${place.gitdir}/${ref}`, place.format);
  const loose = await read();
  if (loose !== null) return loose;
  const packed = (await readPacked(files, place)).get(ref);
  // It may have been packed, or made loose again, between the two looks.
  return (await read()) ?? packed ?? (await readPacked(files, place)).get(ref) ?? '';
}
