/** Which file of a module is imported, and what its `.js` files are. */

import { invalidInput, quoted } from '../../errors.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import { compiles } from './compiles.js';
import { refuseTypeScript } from './typescript-source.js';

const INDEX = ['index.js', 'index.mjs', 'index.cjs'];
const TYPESCRIPT = ['.ts', '.mts', '.cts', '.tsx'];
const CONDITIONS = ['node', 'import', 'module-sync', 'default', 'require'];
const HINT = 'name it in the metadata `entry`, in package.json (exports or main), or call it index.js';

/** What a `.js` file is. */
export type ModuleType = 'module' | 'commonjs';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function text(files: NormalizedFiles, path: string): string | null {
  const file = files.get(path);
  return file === undefined ? null : Buffer.from(file.data).toString('utf8');
}

function readPackage(files: NormalizedFiles, path = 'package.json'): Readonly<Record<string, Json>> {
  const source = text(files, path);
  if (source === null) return {};
  try {
    const value: Json = JSON.parse(source);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>;
  } catch {
    // Refused below, as any other shape.
  }
  const issue = { path, expected: 'an object in JSON', actual: quoted(source) };
  throw invalidInput('INVALID_FILES', [issue], 'correct the module');
}

/** What `exports` names for ".", by the conditions of an import, else of a require; no patterns, no subpaths. */
function exported(value: Json | undefined): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.map(exported).find((found) => found !== null) ?? null;
  const record = value as Readonly<Record<string, Json>>;
  if (record['.'] !== undefined) return exported(record['.']);
  for (const condition of CONDITIONS) {
    const found = exported(record[condition]);
    if (found !== null) return found;
  }
  return null;
}

function plain(path: string): string {
  return path.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
}

/** `main` as require() reads it: the file, with an extension, or the folder's index. */
function mainOf(files: NormalizedFiles, main: string): string | null {
  const path = plain(main);
  const tried = [path, `${path}.js`, `${path}.cjs`, `${path}.mjs`, ...INDEX.map((name) => `${path}/${name}`)];
  return tried.find((candidate) => files.has(candidate)) ?? null;
}

function missing(what: string, wanted: string): never {
  const issue = { path: what, expected: 'a file of the module', actual: quoted(wanted) };
  throw invalidInput('INVALID_FILES', [issue], HINT);
}

/** What a `main` that leads to no JavaScript was written for. */
function typeScriptFor(files: NormalizedFiles, path: string): string | null {
  const stem = plain(path).replace(/\.[cm]?jsx?$/, '');
  const tried = TYPESCRIPT.flatMap((extension) => [`${stem}${extension}`, `${stem}/index${extension}`]);
  return tried.find((candidate) => files.has(candidate)) ?? null;
}

/** The file that somebody named as the entry. */
function named(files: NormalizedFiles, by: string, wanted: string, found: string | null): string {
  const path = found !== null && files.has(found) ? found : null;
  refuseTypeScript(path ?? typeScriptFor(files, wanted) ?? '', by);
  return path ?? missing(by, wanted);
}

/** The entry of a module that names none. */
function unnamed(files: NormalizedFiles): string {
  const index = INDEX.find((name) => files.has(name));
  if (index !== undefined) return index;
  const [only] = files.keys();
  const single = files.size === 1 && only !== undefined ? only : null;
  refuseTypeScript(typeScriptFor(files, 'index') ?? single ?? '', 'files');
  if (single !== null && /\.[cm]?js$/.test(single)) return single;
  return missing('files', [...files.keys()].slice(0, 5).join(', '));
}

/**
 * The path of the file to import: metadata `entry`, package.json `exports` for ".", its `main`, index.js, index.mjs or
 * index.cjs, or the only file there is.
 * @throws `INVALID_FILES` where there is none, the one named is not in the module, or it is TypeScript
 */
export function entryPoint(files: NormalizedFiles, metadata: Readonly<Record<string, string>>): string {
  const { entry } = metadata;
  if (entry !== undefined) return named(files, 'metadata.entry', entry, plain(entry));
  const { exports, main } = readPackage(files);
  if (exports !== undefined) {
    const path = exported(exports);
    return named(files, 'package.json exports', path ?? '"."', path === null ? null : plain(path));
  }
  if (typeof main === 'string') return named(files, 'package.json main', main, mainOf(files, main));
  return unnamed(files);
}

/** The `type` of the package.json that is nearest to a file, as Node looks it up; null where it does not say. */
function declaredType(files: NormalizedFiles, path: string): ModuleType | null {
  for (let folder = path; folder !== ''; ) {
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
    const place = folder === '' ? '' : `${folder}/`;
    if (!files.has(`${place}package.json`)) continue;
    const { type } = readPackage(files, `${place}package.json`);
    return type === 'module' || type === 'commonjs' ? type : null;
  }
  return null;
}

/** Which of the two kinds of module the entry is. */
export function formatOf(files: NormalizedFiles, entry: string, implied: ModuleType): ModuleType {
  if (entry.endsWith('.mjs')) return 'module';
  if (entry.endsWith('.cjs')) return 'commonjs';
  return declaredType(files, entry) ?? implied;
}

/**
 * What `.js` means in a module whose package.json does not say: what the entry's syntax is, as newer Node decides it,
 * so that a version means the same on each Node and in each folder.
 */
export async function impliedType(files: NormalizedFiles, entry: string): Promise<ModuleType> {
  if (entry.endsWith('.mjs')) return 'module';
  if (entry.endsWith('.cjs')) return 'commonjs';
  const source = (text(files, entry) ?? '').replace(/^#!.*/, '');
  return (await compiles(source)) ? 'commonjs' : 'module';
}
