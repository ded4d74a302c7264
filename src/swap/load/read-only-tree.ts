/** Folders of files that nobody writes to: written read-only, and removed all the same. */

import { chmod, lstat, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../../make-folders.js';
import type { ModuleFile, NormalizedFiles } from '../../model/module-files.js';

async function writeOne(path: string, file: ModuleFile): Promise<void> {
  if (file.mode === '120000') return symlink(Buffer.from(file.data).toString('utf8'), path);
  await writeFile(path, file.data, { flag: 'wx' });
  await chmod(path, file.mode === '100755' ? 0o555 : 0o444);
}

/** Every folder on the way to files, those within others last. */
function foldersOf(files: NormalizedFiles): readonly string[] {
  const found = new Set<string>();
  for (const path of files.keys())
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) found.add(path.slice(0, at));
  return [...found];
}

/**
 * Writes files into a folder that is made for them, modes and links included: files are 0444, or 0555 where they are executable, and folders 0555.
 * Root writes to them all the same.
 */
export async function writeReadOnly(folder: string, files: NormalizedFiles): Promise<void> {
  const folders = foldersOf(files);
  await makeFolders(folder);
  for (const path of folders) await mkdir(join(folder, path));
  for (const [path, file] of files) await writeOne(join(folder, path), file);
  for (const path of folders.toReversed()) await chmod(join(folder, path), 0o555);
  await chmod(folder, 0o555);
}

/** Lets its owner write to every folder of a tree, so that it can be removed; what goes meanwhile is gone. */
async function unlock(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => null);
  if (stat?.isDirectory() !== true) return;
  await chmod(path, 0o755).catch(() => undefined);
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await unlock(join(path, entry.name));
}

/** Removes a tree, read-only or not; nothing where there is none. */
export async function removeTree(path: string): Promise<void> {
  await unlock(path);
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Moves a tree to `<place>-<n>`, the first that is free, and unlocks it; null where somebody else has moved it meanwhile. */
export async function setAside(path: string, place: string): Promise<string | null> {
  await makeFolders(dirname(place));
  for (let n = 1; ; n++) {
    try {
      await chmod(path, 0o755);
      await rename(path, `${place}-${n}`);
      await unlock(`${place}-${n}`);
      return `${place}-${n}`;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return null;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }
}
