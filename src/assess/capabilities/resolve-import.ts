/** Where an import leads: a file of the module, a module of Node's, a package, or out of sight. */

import { ExportsMap } from '../module/exports-map.js';
import { mainFile } from '../module/main-entry.js';
import { isObject, type Json, member, parseJson, readManifest, targetPath, targetsOf } from '../module/manifest.js';
import { folderOf, inFolder, type ModuleTree, normalPath } from '../module/module-tree.js';
import { ROOT } from './constants.js';

/** One place to which an import leads. */
export type ImportTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'bare'; readonly specifier: string }
  /** Code that is in the import itself, or is fetched. */
  | { readonly kind: 'url'; readonly remote: boolean }
  /** Names a file that is not there, or is outside of the module. */
  | { readonly kind: 'missing' };

const MISSING: readonly ImportTarget[] = [{ kind: 'missing' }];

/** `./x.js` names `./x.ts` before TypeScript has been compiled. */
const SOURCES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, ['.ts', '.tsx', '.jsx']],
  [/\.mjs$/, ['.mts']],
  [/\.cjs$/, ['.cts']],
];

/** The file that a path names, as `require` looks for it, and TypeScript; null for none. */
export function fileAt(tree: ModuleTree, path: string): string | null {
  const folder = path === '' ? 'package.json' : `${path}/package.json`;
  const named = tree.exists(folder) ? readManifest(tree, folder).manifest?.main : null;
  const sources = SOURCES.flatMap(([ending, others]) =>
    ending.test(path) ? others.map((other) => path.replace(ending, other)) : [],
  );
  const tried = [
    ...sources,
    ...['.mjs', '.cjs', '.ts', '.mts', '.cts', '/index.ts', '/index.mjs'].map((ending) => path + ending),
  ];
  const found =
    (tree.exists(path) ? path : null) ??
    (named === null || named === undefined ? null : mainFile(tree, named)) ??
    mainFile(tree, path) ??
    tried.find((candidate) => tree.exists(candidate));
  return found === undefined ? null : tree.realPath(found);
}

function inModule(tree: ModuleTree, path: string | null): readonly ImportTarget[] {
  const found = path === null ? null : fileAt(tree, path);
  return found === null ? MISSING : [{ kind: 'file', path: found }];
}

/** The folder of the package that a file belongs to: that of the nearest package.json. */
function packageFolder(tree: ModuleTree, from: string): string {
  let at = folderOf(from);
  while (at !== '' && !tree.exists(`${at}/package.json`)) at = folderOf(at);
  return at;
}

/** What `imports` of the file's package.json says of a name that begins with `#`, under whatever conditions. */
function subpathImport(tree: ModuleTree, from: string, specifier: string): readonly ImportTarget[] {
  const folder = packageFolder(tree, from);
  const text = tree.read(inFolder(folder, 'package.json'));
  const imports = member(text === null ? undefined : parseJson(text), 'imports');
  if (!isObject(imports)) return MISSING;
  const keys = Object.keys(imports).filter((key) => starOf(key, specifier) !== null);
  const targets = keys.flatMap((key) =>
    targetsOf(imports[key]).map((target) => target.replaceAll('*', () => starOf(key, specifier) ?? '')),
  );
  const found = targets.flatMap((target): readonly ImportTarget[] => {
    if (!target.startsWith('.')) return [{ kind: 'bare', specifier: target }];
    const path = targetPath(target);
    return inModule(tree, path === null ? null : inFolder(folder, path));
  });
  return found.length > 0 ? found : MISSING;
}

/** What the star of a key stands for; '' where both are the same, null where they do not match. */
function starOf(key: string, specifier: string): string | null {
  if (key === specifier) return '';
  const [head = '', tail, ...more] = key.split('*');
  if (tail === undefined || more.length > 0) return null;
  const fits = specifier.length > head.length + tail.length && specifier.startsWith(head) && specifier.endsWith(tail);
  return fits ? specifier.slice(head.length, specifier.length - tail.length) : null;
}

/** The name of a package and the rest: `@a/b` and `c` of `@a/b/c`. */
export function packageOf(specifier: string): { readonly name: string; readonly rest: string } {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return { name, rest: specifier.slice(name.length + 1) };
}

function exported(tree: ModuleTree, folder: string, exports: Json | undefined, rest: string): string[] {
  if (exports === undefined) return [];
  const map = new ExportsMap(exports);
  const subpath = rest === '' ? '.' : `./${rest}`;
  const found = (['import', 'require'] as const).flatMap((condition) => map.resolve(subpath, condition) ?? []);
  return [...new Set(found)].flatMap((path) => fileAt(tree, inFolder(folder, path)) ?? []);
}

/** The files of a package that the version has in it, in `node_modules` or because it is the package itself; none where it has it not. */
export function bundledFiles(tree: ModuleTree, from: string, specifier: string): string[] {
  const { name, rest } = packageOf(specifier);
  const around = packageFolder(tree, from);
  const own = readManifest(tree, inFolder(around, 'package.json')).manifest;
  if (own?.name === name && own.exports !== undefined) return exported(tree, around, own.exports, rest);
  for (let at: string | null = folderOf(from); at !== null; at = at === '' ? null : folderOf(at)) {
    const folder = inFolder(at, `node_modules/${name}`);
    // `require` takes a file for a package, too.
    const file = tree.folderExists(folder) ? null : fileAt(tree, inFolder(at, `node_modules/${specifier}`));
    if (file !== null) return [file];
    if (!tree.folderExists(folder)) continue;
    const { manifest } = readManifest(tree, `${folder}/package.json`);
    const found = exported(tree, folder, manifest?.exports, rest);
    return found.length > 0
      ? found
      : [fileAt(tree, rest === '' ? folder : `${folder}/${rest}`)].flatMap((path) => path ?? []);
  }
  return [];
}

/**
 * A URL as Node reads it, which takes an import for one where it can: spaces around it, breaks in it and the case of its scheme count for
 * nothing (url.spec.whatwg.org, "basic URL parser"). Every other name as it is.
 */
function plainSpecifier(written: string): string {
  const text = written.replace(/^[\0-\x20]+|[\0-\x20]+$|[\t\n\r]+/g, '');
  const [scheme] = /^[a-z][a-z\d+.-]*:/i.exec(text) ?? [];
  return scheme === undefined ? written : scheme.toLowerCase() + text.slice(scheme.length);
}

/** What a relative name may lead to: for `require` it is a path, and for `import` a URL, with a query and bytes that are written out. */
function relativeTargets(tree: ModuleTree, from: string, specifier: string): readonly ImportTarget[] {
  const path = specifier.replace(/[?#].*$/, '');
  const names = new Set([specifier, path, decoded(path)]);
  const found = [...names].flatMap((name) =>
    inModule(tree, normalPath(`${folderOf(from)}/./${name}`.replace(/^\//, ''))),
  );
  const there = found.filter(({ kind }) => kind === 'file');
  return there.length > 0 ? there : MISSING;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Where the import of a string leads. `from`: the file that has it. */
export function resolveImport(tree: ModuleTree, from: string, written: string): readonly ImportTarget[] {
  const specifier = plainSpecifier(written);
  if (/^(?:data|blob):/i.test(specifier)) return [{ kind: 'url', remote: false }];
  if (/^(?:https?|ws):/i.test(specifier)) return [{ kind: 'url', remote: true }];
  const path = specifier.replace(/^file:\/\//, '').replace(/[?#].*$/, (end) => (specifier.startsWith('#') ? end : ''));
  if (path.startsWith(`${ROOT}/`) || path === ROOT) return inModule(tree, normalPath(path.slice(ROOT.length + 1)));
  if (path.startsWith('/') || /^[a-z]:[\\/]/i.test(path) || path === '') return MISSING;
  if (specifier.startsWith('#')) return subpathImport(tree, from, specifier);
  if (/^\.\.?(?:\/|$)/.test(specifier)) return relativeTargets(tree, from, specifier);
  return [{ kind: 'bare', specifier }];
}
