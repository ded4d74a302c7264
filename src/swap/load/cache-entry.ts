/** What a folder of the cache holds, beside what it is to hold. */

import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileMode, ModuleFile, NormalizedFiles } from '../../model/module-files.js';
import type { ModuleType } from './entry-point.js';

/** The exact content of an entry. */
export interface EntryContent {
  readonly files: NormalizedFiles;
  /** What a `.js` file is where the module has no package.json that says so. */
  readonly type: ModuleType;
}

/** What was found in an entry. */
export interface FoundEntry {
  /** True where it holds each byte and each mode, and nothing more. */
  readonly whole: boolean;
  /** The paths of files that are not the version's, or not as the version has them: replacing the entry would lose them. */
  readonly changed: readonly string[];
}

/** The package.json above the files of an entry. */
export function packageJson(type: ModuleType): string {
  return `${JSON.stringify({ type })}\n`;
}

async function readOne(path: string): Promise<ModuleFile> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return { data: Buffer.from(await readlink(path)), mode: '120000' };
  const mode: FileMode = (stat.mode & 0o100) === 0 ? '100644' : '100755';
  return { data: await readFile(path), mode };
}

async function isAsGiven(path: string, expected: ModuleFile | undefined): Promise<boolean> {
  if (expected === undefined) return false;
  const actual = await readOne(path).catch(() => null);
  return actual?.mode === expected.mode && Buffer.compare(actual.data, expected.data) === 0;
}

/**
 * Everything below a folder that is not itself a folder, by its path from there; nothing where there is none. A folder below it that is
 * empty, or cannot be listed, is something, with a slash at its end: others may fill it, and Node finds files in it by their names.
 */
async function pathsBelow(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => []);
  if (entries.length === 0 && prefix !== '') return [`${prefix}/`];
  const found: string[] = [];
  for (const entry of entries) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await pathsBelow(folder, path)));
    else found.push(path);
  }
  return found;
}

/** The folders that a path leads through, each with a slash at its end. */
function foldersOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1));
}

/** Holds an entry against its content: `package.json`, and the files in `files/`. */
export async function findEntry(entry: string, { files, type }: EntryContent): Promise<FoundEntry> {
  const expected = new Map<string, ModuleFile>([
    ['package.json', { data: Buffer.from(packageJson(type)), mode: '100644' }],
    ...[...files].map(([path, file]) => [`files/${path}`, file] as const),
  ]);
  const changed: string[] = [];
  const own = new Set([...expected.keys()].flatMap((path) => foldersOf(path)));
  // Of a folder of the version that is empty here, its files are missing: there is nothing to keep.
  const paths = (await pathsBelow(entry)).filter((path) => !own.has(path));
  for (const path of paths) if (!(await isAsGiven(join(entry, path), expected.get(path)))) changed.push(path);
  return { whole: changed.length === 0 && paths.length === expected.size, changed };
}
