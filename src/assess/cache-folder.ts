/** A cache's folder on disk: files whole or not there, the oldest removed. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '../make-folders.js';
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

/** A folder, made with its first file. `most` files stay, and up to `spare` more for a while. */
export function cacheFolder(path: string, most = MAX_FILES, spare = SPARE): CacheFolder {
  return {
    async read(name) {
      return readFile(join(path, name)).catch(() => null);
    },
    async write(name, bytes) {
      await makeFolders(path);
      const draft = join(path, `${name}.${randomBytes(6).toString('hex')}.tmp`);
      try {
        await writeFile(draft, bytes, { flag: 'wx' });
        await rename(draft, join(path, name));
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      await removeOldest(path, most, spare);
    },
  };
}
