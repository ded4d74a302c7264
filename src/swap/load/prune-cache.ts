/** Removing from a cache what no process uses any more. Several processes may share the folder. */

import { randomBytes } from 'node:crypto';
import { chmod, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './read-only-tree.js';
import { isUsed } from './used-entries.js';

/** So many of the entries of a module that were used last are kept, however long ago that was. */
const KEPT_ENTRIES = 20;

/** Others are kept for so long after their last use, in milliseconds: processes sign what they use each day. */
const KEPT_MS = 7 * 24 * 3600_000;

/** What was not finished for so long never will be, in milliseconds: a load takes seconds. */
const UNFINISHED_MS = 3600_000;

/** The beginning of the name of a folder that is being written or removed. */
const UNFINISHED = '.unfinished-';

/** A name for a folder of the cache that is no entry yet, or no longer. */
export function unfinishedName(): string {
  return `${UNFINISHED}${randomBytes(8).toString('hex')}`;
}

interface Found {
  readonly path: string;
  readonly ageMs: number;
}

/** The folders in a folder, those first that were used last. */
async function foldersIn(folder: string): Promise<Found[]> {
  const now = Date.now();
  const found: Found[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const stats = entry.isDirectory() ? await stat(path).catch(() => null) : null;
    if (stats !== null) found.push({ path, ageMs: now - stats.mtimeMs });
  }
  return found.sort((a, b) => a.ageMs - b.ageMs);
}

/** Takes an entry out of the cache at once, so that nobody finds half of it. */
async function removeEntry(path: string, cacheDir: string): Promise<void> {
  const away = join(cacheDir, unfinishedName());
  await chmod(path, 0o755);
  await rename(path, away);
  await removeTree(away);
}

/**
 * Removes the entries in a module's folder that are not among those used last, that no process has used for a week, and that this process has never used;
 * and what writers that died left in the cache.
 * @throws what the disk does
 */
export async function pruneCache(cacheDir: string, moduleDir: string): Promise<void> {
  for (const { path, ageMs } of await foldersIn(cacheDir))
    if (path.startsWith(join(cacheDir, UNFINISHED)) && ageMs > UNFINISHED_MS) await removeTree(path);
  for (const { path, ageMs } of (await foldersIn(moduleDir)).slice(KEPT_ENTRIES))
    if (ageMs > KEPT_MS && !isUsed(path)) await removeEntry(path, cacheDir);
}
