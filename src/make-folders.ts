/** Makes a folder and those above it, and ends wherever it cannot. */

import { mkdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

type Options = { readonly recursive?: boolean; readonly mode?: number | undefined };

interface Maker {
  mkdirSync(path: string, options: Options): unknown;
}

function isNoEntry(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/**
 * `mkdir` with `recursive`, which returns the first folder that it made, or undefined where all were there. Node's own never returns
 * where the folder above is there and `mkdir` answers `ENOENT` all the same, as in /proc: so Node is asked for one folder at a
 * time, and recursively only for one that is there, to be told whether it is a folder.
 *
 * @throws what the file system throws
 */
export async function makeFolders(path: string, mode?: number): Promise<string | undefined> {
  // Most are there, and a look costs less than an attempt by another thread.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
  const make = (options: Options): Promise<string | undefined> => mkdir(path, { ...options, mode });
  try {
    await make({});
    return path;
  } catch (error) {
    if (!isNoEntry(error)) return make({ recursive: true });
    if (dirname(path) === path) throw error;
  }
  const first = await makeFolders(dirname(path), mode);
  try {
    await make({});
    return first ?? path;
  } catch (error) {
    if (isNoEntry(error)) throw error;
    await make({ recursive: true });
    return first;
  }
}

/** The same at once, by a file system that need not be the machine's. */
export function makeFoldersSync(path: string, mode?: number, fs: Maker = { mkdirSync }): string | undefined {
  const make = (options: Options): string | undefined => {
    const first = fs.mkdirSync(path, { ...options, mode });
    return typeof first === 'string' ? first : undefined;
  };
  try {
    make({});
    return path;
  } catch (error) {
    if (!isNoEntry(error)) return make({ recursive: true });
    if (dirname(path) === path) throw error;
  }
  const first = makeFoldersSync(dirname(path), mode, fs);
  try {
    make({});
    return first ?? path;
  } catch (error) {
    if (isNoEntry(error)) throw error;
    make({ recursive: true });
    return first;
  }
}
