/** A version's files as a folder: whole, or not there at all. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolders } from '../../make-folders.js';
import { errnoOf, invalidArgument, ioComplaint, quoted } from '../complaint.js';
import type { NormalizedFiles } from '../library.js';

const HINT = 'name a folder that does not exist yet, or an empty one';

/** The folder to fill, links to it followed. Throws `INVALID_ARGUMENT` where something is in it already. */
async function targetFolder(cwd: string, given: string): Promise<string> {
  const path = resolve(cwd, given);
  const real = await realpath(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw ioComplaint('open', path, error);
  });
  if (real === null) return path;
  const names = await readdir(real).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOTDIR') return ['it'];
    throw ioComplaint('open', path, error);
  });
  if (names.length > 0) throw invalidArgument('DIR', 'a new or an empty folder', quoted(given), HINT);
  // Renaming over it would leave the caller's shell in a folder that is no longer there.
  if (real === (await realpath(cwd).catch(() => cwd))) {
    throw invalidArgument('DIR', 'a folder other than the current one', quoted(given), HINT);
  }
  return real;
}

/** Files first and links last, so that no file is ever written through a link. */
export async function fillFolder(folder: string, files: NormalizedFiles): Promise<void> {
  for (const path of files.keys()) await makeFolders(join(folder, dirname(path)));
  for (const [path, { data, mode }] of files) {
    if (mode === '120000') continue;
    await writeFile(join(folder, path), data, { flag: 'wx', mode: mode === '100755' ? 0o777 : 0o666 });
  }
  for (const [path, { data, mode }] of files) {
    if (mode === '120000') await symlink(Buffer.from(data), join(folder, path));
  }
}

/**
 * Writes checked files into a new or empty folder, built beside it and renamed into place; returns its real path.
 * @throws `INVALID_ARGUMENT`, `IO`
 */
export async function writeFolder(cwd: string, given: string, files: NormalizedFiles): Promise<string> {
  const target = await targetFolder(cwd, given);
  const building = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await makeFolders(dirname(target));
    await mkdir(building);
    await fillFolder(building, files);
    await rename(building, target);
    return target;
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') {
      throw invalidArgument('DIR', 'a folder that stays empty', quoted(given), HINT);
    }
    throw ioComplaint('write', target, error);
  }
}
