/**
 * Every ref of a repository as it is on disk at this moment: read anew each time, loose over packed, nothing left out
 * because it cannot be read.
 */

import type { Oid, RefName } from '../../store.js';
import type { Files } from '../file-system.js';
import { parsePackedRefs } from '../refs.js';

/** What git takes for white space, and nothing else that Unicode does. */
const OID_LINE = /^([0-9a-f]{40})[ \t\n\r]*$/;

/** A ref is 41 bytes; more than this is not read. */
const MAX_REF_BYTES = 4096;

const AT_ONCE = 64;

/** What stands in one loose file: an oid, '' for anything else (empty, symbolic, a link), null where it is gone. */
async function readLoose(files: Files, path: string, isRegular: boolean, size: number): Promise<Oid | '' | null> {
  if (!isRegular || size > MAX_REF_BYTES) return '';
  const text = await files.readText(path);
  return text === null ? null : (OID_LINE.exec(text)?.[1] ?? '');
}

/** The loose refs below `folder` (`refs/heads/`) into `found`. */
async function walk(files: Files, gitdir: string, folder: string, found: Map<RefName, Oid>): Promise<void> {
  const names = (await files.list(`${gitdir}/${folder}`)).filter((name) => !name.endsWith('.lock'));
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE).map(async (name): Promise<RefName | null> => {
      const path = `${gitdir}/${folder}${name}`;
      const stat = await files.stat(path);
      if (stat === null) return null;
      if (stat.isDirectory()) return `${folder}${name}/`;
      const value = await readLoose(files, path, stat.isFile(), Number(stat.size));
      if (value !== null) found.set(`${folder}${name}`, value);
      return null;
    });
    for (const below of await Promise.all(some)) if (below !== null) await walk(files, gitdir, below, found);
  }
}

/** The refs below `prefix` (`refs/`, ending in "/") with their values; '' where there is none to read. */
export async function listRefs(files: Files, gitdir: string, prefix: string): Promise<Map<RefName, Oid>> {
  const found = new Map<RefName, Oid>();
  await walk(files, gitdir, prefix, found);
  // After the loose ones: `git pack-refs` writes the packed file first and removes the loose ones then.
  const packed = parsePackedRefs((await files.readText(`${gitdir}/packed-refs`)) ?? '');
  for (const [ref, oid] of packed) if (ref.startsWith(prefix) && !found.has(ref)) found.set(ref, oid);
  return found;
}
