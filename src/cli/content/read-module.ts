/** The content of a module from paths: one folder, or some files and folders. */

import { constants } from 'node:fs';
import { lstat, open, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { errnoOf, invalid, ioComplaint, quoted } from '../complaint.js';
import type { FileMode, InputIssue, ModuleFile } from '../library.js';
import { ModuleSelection } from '../options/module-selection.js';
import { readNamed, unreadable } from './named-file.js';
import { isTarball, readTarball } from './read-tarball.js';
import { secretIssues } from './secrets.js';

interface ReadOptions {
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Patterns as in .gitignore of what is left out, matched against paths within the module. */
  readonly exclude: readonly string[];
  /** Patterns of what is taken although a rule or a look at it speaks against it. */
  readonly include?: readonly string[];
  /** A folder that is never taken: the ledger itself. */
  readonly ledger: string;
  /** The private key that signs, which must not be among the files. */
  readonly key: string | null;
  /** False: nothing of it is stored, so that secrets do no harm. */
  readonly isKept?: boolean;
  /** Told how many files have been read. */
  readonly onProgress?: (files: number) => void;
}

const HINT = 'leave it out with --exclude PATTERN, or name the files to take';

const SECRET_HINT =
  'what is in a ledger stays there, in every clone: leave it out with --exclude PATTERN, or take it by its name, without wildcards: --include PATH';

interface Walk {
  readonly selection: ModuleSelection;
  readonly isKept: boolean;
  /** Paths within the module that were named themselves. */
  readonly named: Set<string>;
  /** The real path of the ledger. */
  readonly ledger: string;
  readonly files: Map<string, ModuleFile>;
  readonly issues: InputIssue[];
  readonly onProgress: (files: number) => void;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The names in a folder; one that is not UTF-8 cannot be in a ledger. */
async function namesIn(walk: Walk, folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const bytes of await readdir(folder, { encoding: 'buffer' })) {
    try {
      names.push(STRICT_UTF8.decode(bytes));
    } catch {
      const actual = quoted(join(folder, bytes.toString('latin1')));
      walk.issues.push({ path: 'PATH', expected: 'a name in UTF-8', actual });
    }
  }
  return names.sort();
}

/** Reads a regular file without following a link that took its place meanwhile. */
async function readRegular(path: string): Promise<ModuleFile> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { mode } = await file.stat();
    const executable = (mode & constants.S_IXUSR) !== 0;
    return { data: await file.readFile(), mode: (executable ? '100755' : '100644') satisfies FileMode };
  } finally {
    await file.close();
  }
}

/** The text of a regular file; null where there is none. */
async function textAt(path: string): Promise<string | null> {
  try {
    return Buffer.from((await readRegular(path)).data).toString('utf8');
  } catch (error) {
    // A link is not followed, and none of these may be a folder.
    if (['ENOENT', 'ELOOP', 'EISDIR'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}

/** A file that was named is taken unless a pattern of the command line says otherwise, and so is a folder, for what is in it to be asked. */
function isWanted({ selection, named }: Walk, name: string, isFolder: boolean): boolean {
  if (name === '') return true;
  if (named.has(name)) return !selection.excludes(isFolder ? `${name}/` : name);
  return isFolder ? selection.looksInto(name) : selection.takes(name);
}

/** Takes what is at `path` into the module as `name`; the empty name is the module's root. */
async function take(walk: Walk, path: string, name: string): Promise<void> {
  const stats = await lstat(path);
  const { selection } = walk;
  walk.onProgress(walk.files.size);
  if (!isWanted(walk, name, stats.isDirectory())) return;
  if (stats.isDirectory()) {
    if ((await realpath(path)) === walk.ledger) return;
    const children = await namesIn(walk, path);
    const read = async (file: string) =>
      children.includes(basename(file)) ? textAt(join(path, basename(file))) : null;
    await selection.enter(name, read);
    for (const child of children) {
      await take(walk, join(path, child), name === '' ? child : `${name}/${child}`);
    }
  } else if (stats.isSymbolicLink()) {
    walk.files.set(name, { data: await readlink(path, { encoding: 'buffer' }), mode: '120000' });
  } else if (stats.isFile()) {
    walk.files.set(name, await readRegular(path));
  } else {
    const actual = `${quoted(path)}, a socket, pipe or device`;
    walk.issues.push({ path: 'PATH', expected: 'files, folders and symbolic links', actual });
  }
}

/** `take`, with every failure of the file system named for the path it is about. */
async function takeAt(walk: Walk, path: string, name: string): Promise<void> {
  try {
    await take(walk, path, name);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    throw ioComplaint('read', (error as NodeJS.ErrnoException).path ?? path, error);
  }
}

async function statOf(path: string, given: string): Promise<Awaited<ReturnType<typeof lstat>>> {
  try {
    return await lstat(path);
  } catch (error) {
    throw unreadable(given, error, undefined, `file or folder ${quoted(given)}`);
  }
}

/** The folder that all paths have in common. */
function commonFolder(paths: readonly string[]): string {
  const [first = sep, ...others] = paths.map((path) => dirname(path));
  let common = first;
  for (const other of others) {
    while (common !== dirname(common) && other !== common && !other.startsWith(common + sep)) common = dirname(common);
  }
  return common;
}

/** One folder is the module; so is one that a single PATH links to, because it was named and not merely found. */
async function rootFolder(path: string): Promise<string | null> {
  const real = await realpath(path).catch((error: unknown) => {
    throw ioComplaint('read', path, error);
  });
  return (await stat(real)).isDirectory() ? real : null;
}

/** The key that signs must not be among the files. @throws `INVALID_FILES` */
export async function assertNoKey(files: ReadonlyMap<string, ModuleFile>, keyPath: string | null): Promise<void> {
  const key = keyPath === null ? null : await readFile(keyPath).catch(() => null);
  if (key === null) return;
  const issues = [...files]
    .filter(([, file]) => key.equals(file.data))
    .map(([path]) => ({ path: quoted(path), expected: 'no private key', actual: 'the key that signs' }));
  if (issues.length > 0) throw invalid('INVALID_FILES', issues, HINT);
}

/** The one file of a module, or all of an npm tarball. */
async function takeFile(walk: Walk, path: string): Promise<void> {
  const name = basename(path);
  walk.named.add(name);
  await takeAt(walk, path, name);
  const data = walk.files.get(name)?.data ?? '';
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (!isTarball(bytes)) return;
  walk.files.delete(name);
  for (const [inside, file] of await readTarball(bytes, name))
    if (!walk.selection.excludes(inside)) walk.files.set(inside, file);
}

/** Nobody puts a secret into a ledger without a word: who wants to, names the file. @throws `INVALID_FILES` */
export function assertNoSecrets(files: ReadonlyMap<string, ModuleFile>, isNamed: (path: string) => boolean): void {
  const issues = secretIssues([...files].filter(([path]) => !isNamed(path)));
  if (issues.length > 0) throw invalid('INVALID_FILES', issues, SECRET_HINT);
}

async function takeOnly(walk: Walk, path: string, given: string): Promise<void> {
  const stats = await statOf(path, given);
  const folder = await rootFolder(path);
  if (folder !== null) return takeAt(walk, folder, '');
  if (!stats.isSymbolicLink()) return takeFile(walk, path);
  if (!walk.isKept) return takeFile(walk, await realpath(path));
  const issue = { path: 'PATH', expected: 'a file or a folder', actual: `${quoted(given)}, a link to a file` };
  throw invalid('INVALID_FILES', [issue], 'name the file that the link leads to');
}

/**
 * The files of a module.
 *
 * One folder: what is in it. One file: that, under its base name. Several paths: each relative to the folder that they
 * have in common. Links within are kept as links. `.git`, the ledger, `node_modules`, what ignore files and `exclude` match, and
 * what the `files` of package.json do not name, are left out of folders; keys, tokens and environments in them are refused. A file that is
 * named itself is taken.
 * Throws `INVALID_FILES`, `NOT_FOUND` and `IO`; which paths a ledger can hold is for the library to say.
 */
export async function readModule(
  paths: readonly string[],
  options: ReadOptions,
): Promise<ReadonlyMap<string, ModuleFile>> {
  const { exclude, include = [] } = options;
  const selection = await ModuleSelection.of({ exclude, include });
  const isKept = options.isKept !== false;
  const walk: Walk = {
    selection,
    isKept,
    ledger: await realpath(options.ledger).catch(() => options.ledger),
    named: new Set(),
    files: new Map(),
    issues: [],
    onProgress: options.onProgress ?? (() => undefined),
  };
  const found = paths.map((path) => ({ given: path, path: resolve(options.cwd, path) }));
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    await takeOnly(walk, only.path, only.given);
  } else {
    const common = commonFolder(found.map(({ path }) => path));
    for (const { path, given } of found) {
      await statOf(path, given);
      const name = relative(common, path).split(sep).join('/');
      walk.named.add(name);
      await takeAt(walk, path, name);
    }
  }
  if (walk.issues.length > 0) throw invalid('INVALID_FILES', walk.issues, HINT);
  await assertNoKey(walk.files, options.key);
  if (isKept) assertNoSecrets(walk.files, (path) => walk.named.has(path) || selection.isNamed(path));
  return walk.files;
}

/** The patterns of `--exclude` and of the file of `--exclude-from`, in this order. */
export async function excludePatterns(
  cwd: string,
  patterns: readonly string[],
  file: string | undefined,
): Promise<readonly string[]> {
  if (file === undefined) return patterns;
  const text = (await readNamed({ cwd }, file)).toString();
  return [...patterns, ...text.split(/\r?\n/)];
}
