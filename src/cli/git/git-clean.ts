/**
 * Content as git takes it from a work tree into its index: through the filters that attributes and configuration name (line ends,
 * `$Id$`, encodings, clean commands). A version recorded from a work tree has the bytes before them, a commit those after.
 */

import { mkdir } from 'node:fs/promises';
import { join, posix, resolve } from 'node:path';
import { fillFolder } from '../content/write-folder.js';
import type { NormalizedFiles } from '../library.js';
import { withTemporaryFolder } from '../temporary-folder.js';
import type { Io } from '../verb.js';
import { type Entry, listEntries, nulEnded, type WorkTreeFolder } from './git-index.js';
import { gitOutput, runGit } from './run-git.js';

const ATTRIBUTES = ['text', 'crlf', 'eol', 'ident', 'filter', 'working-tree-encoding'] as const;
type Attributes = Partial<Record<(typeof ATTRIBUTES)[number], string>>;

/** What git's index has under a path, to be compared with versions of a ledger. */
export interface IndexedModule {
  readonly io: Io;
  readonly folder: WorkTreeFolder;
  /** Relative to the folder. */
  readonly path: string;
  readonly files: NormalizedFiles;
  /** Where each of them is in the work tree. */
  readonly paths: ReadonlyMap<string, string>;
}

/** True where git changes nothing of a path on its way between work tree and index (gitattributes(5), convert.c). */
function isTakenAsIs(attributes: Attributes, autocrlf: boolean): boolean {
  const { text, crlf, eol } = attributes;
  const isOff = (value = 'unspecified') => value === 'unspecified' || value === 'unset';
  if (!isOff(attributes.ident) || !isOff(attributes.filter) || !isOff(attributes['working-tree-encoding']))
    return false;
  const stated = text === 'unspecified' ? crlf : text;
  return stated === 'unset' || (stated === 'unspecified' && eol === 'unspecified' && !autocrlf);
}

async function hasAutocrlf(io: Io, top: string): Promise<boolean> {
  const outcome = await runGit(io, top, ['config', '--get', 'core.autocrlf']);
  const value = outcome?.stdout.toString('utf8').trim().toLowerCase() ?? '';
  return outcome?.code === 0 && !['', 'false', 'no', 'off', '0'].includes(value);
}

/** The paths of the index that git converts. */
async function convertedPaths(io: Io, top: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const input = paths.map((path) => `${path}\0`).join('');
  const args = ['check-attr', '--cached', '--stdin', '-z', ...ATTRIBUTES];
  const fields = [...nulEnded(await gitOutput(io, top, args, { input }))].map((field) => field.toString('utf8'));
  const found = new Map<string, Attributes>();
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const path = fields[at] ?? '';
    found.set(path, { ...found.get(path), [fields[at + 1] ?? '']: fields[at + 2] });
  }
  const autocrlf = await hasAutocrlf(io, top);
  return new Set([...found].filter(([, attributes]) => !isTakenAsIs(attributes, autocrlf)).map(([path]) => path));
}

/** The index's entries of a module, and of the attributes above it. */
async function entriesFor(io: Io, top: string, whole: string): Promise<readonly Entry[]> {
  const above: string[] = [];
  for (let at = posix.dirname(whole); ; at = posix.dirname(at)) {
    above.push(posix.join(at, '.gitattributes'));
    if (at === '.') break;
  }
  return (await listEntries(io, top, [whole, ...above])).entries;
}

/** Where git finds its repository, while index, work tree and new objects are in a folder of our own. */
async function ownPlace(io: Io, top: string, own: string): Promise<Record<string, string>> {
  const ask = async (...args: string[]) =>
    resolve(top, (await gitOutput(io, top, ['rev-parse', ...args])).toString('utf8').replace(/\n$/, ''));
  const alternates = [await ask('--git-path', 'objects'), io.env['GIT_ALTERNATE_OBJECT_DIRECTORIES'] ?? ''];
  return {
    GIT_DIR: await ask('--absolute-git-dir'),
    GIT_WORK_TREE: join(own, 'tree'),
    GIT_INDEX_FILE: join(own, 'index'),
    GIT_OBJECT_DIRECTORY: join(own, 'objects'),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates.filter((path) => path !== '').join(':'),
  };
}

/** Settings under which git writes an index of our own and nothing else, and refuses no line end. */
const SETTINGS = ['-c', 'core.splitIndex=false', '-c', 'core.untrackedCache=false', '-c', 'core.safecrlf=false'];

/** True where git would take files into the index as the very objects that are there. Null where it cannot: a filter fails. */
async function wouldBeTaken(
  { io, folder, path, paths }: IndexedModule,
  files: NormalizedFiles,
): Promise<boolean | null> {
  const { top } = folder;
  const whole = posix.join(folder.prefix, path);
  const entries = await entriesFor(io, top, whole);
  return withTemporaryFolder('clean', async (own) => {
    const env = await ownPlace(io, top, own);
    const tree = join(own, 'tree');
    const named = new Map([...files].map(([name, file]) => [paths.get(name) ?? name, file]));
    await mkdir(tree);
    await mkdir(join(own, 'objects'));
    await fillFolder(tree, named);
    const info = entries.map(({ mode, oid, path: at }) => `${mode} ${oid}\t${at}\0`).join('');
    await gitOutput(io, tree, [...SETTINGS, 'update-index', '-z', '--index-info'], { input: info, env });
    const names = [...named.keys()].map((name) => `${name}\0`).join('');
    const added = await runGit(io, tree, [...SETTINGS, 'update-index', '--add', '-z', '--stdin'], {
      input: names,
      env,
    });
    if (added?.code !== 0) return null;
    const after = await listEntries(io, tree, [whole], env);
    const oids = new Map(after.entries.map((entry) => [entry.path, entry.oid]));
    return entries.every((entry) => !named.has(entry.path) || oids.get(entry.path) === entry.oid);
  });
}

/**
 * True where a version's files, put into the work tree, would be what git's index has: the same but for what git's filters change on
 * the way. Nothing is written but in a folder of our own, which is removed.
 */
export async function isSameButForFilters(module: IndexedModule, version: NormalizedFiles): Promise<boolean> {
  const { io, folder, files, paths } = module;
  if (version.size !== files.size) return false;
  const different: string[] = [];
  for (const [name, { mode, data }] of files) {
    const other = version.get(name);
    if (other?.mode !== mode) return false;
    if (Buffer.compare(data, other.data) !== 0) different.push(paths.get(name) ?? name);
  }
  const converted = await convertedPaths(io, folder.top, different);
  if (!different.every((name) => converted.has(name))) return false;
  return (await wouldBeTaken(module, version)) === true;
}
