/**
 * A cache's folder on disk: files whole or not there, the oldest removed. A verdict lets versions pass, so that nothing is read but what this user
 * wrote, where nobody else can write.
 */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '../make-folders.js';
import { isOursAlone } from '../own-file.js';
import type { CacheFolder } from './cache.js';

/** So many files are kept. */
const MAX_FILES = 1_000;

/** And so many beyond that are removed at once, so that not each write has to look for the oldest. */
const SPARE = 100;

async function ageOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? 0;
}

/** Removes the oldest files, those that a dead writer left behind among them. */
async function removeOldest(folder: string, most: number, spare: number): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= most + spare) return;
  const aged = await Promise.all(names.map(async (name) => ({ name, age: await ageOf(join(folder, name)) })));
  const oldest = aged.sort((a, b) => a.age - b.age).slice(0, names.length - most);
  for (const { name } of oldest) await rm(join(folder, name), { force: true });
}

const MODE = { folder: 0o755, file: 0o644 } as const;

/** The folder where only this user can write, made or yet to be: the one that is named, or else one beside it; null where there is neither. */
async function ownFolder(path: string): Promise<string | null> {
  for (const folder of [path, `${path}-${process.geteuid?.()}`]) {
    // A link leads to what may be anybody's.
    const stats = await lstat(folder).catch(() => null);
    if (stats === null || (stats.isDirectory() && isOursAlone(stats))) return folder;
  }
  return null;
}

async function readOwn(path: string): Promise<Buffer | null> {
  // Neither through a link, nor waiting for the other end of a FIFO.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    return stats.isFile() && isOursAlone(stats) ? await file.readFile() : null;
  } finally {
    await file.close();
  }
}

/** A folder, made with its first file. `most` files stay, and up to `spare` more for a while. */
export function cacheFolder(path: string, most = MAX_FILES, spare = SPARE): CacheFolder {
  return {
    async read(name) {
      const folder = await ownFolder(path);
      return folder === null ? null : readOwn(join(folder, name)).catch(() => null);
    },
    async write(name, bytes) {
      const folder = await ownFolder(path);
      if (folder === null) return;
      await makeFolders(folder, MODE.folder);
      const draft = join(folder, `${name}.${randomBytes(6).toString('hex')}.tmp`);
      try {
        await writeFile(draft, bytes, { flag: 'wx', mode: MODE.file });
        await rename(draft, join(folder, name));
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      await removeOldest(folder, most, spare);
    },
  };
}
