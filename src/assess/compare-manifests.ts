/** What package.json itself changes for callers: which files they may import, and whose types the module builds on. */

import semver from 'semver';
import type { Finding, PartialAssessment } from '../model/assessment.js';
import type { Entry } from './module/entries.js';
import { ExportsMap } from './module/exports-map.js';
import { type Manifest, readManifest } from './module/manifest.js';
import { CODE, formatOf } from './module/module-format.js';
import type { ModuleTree } from './module/module-tree.js';

const MANIFEST = './package.json';

/** True for a file that `require` finds without its extension. */
function isShortened(tree: ModuleTree, path: string): boolean {
  return path.endsWith('.js') && !tree.exists(path.replace(/\.js$/, '')) && formatOf(tree, path) !== 'module';
}

/** An `exports` map where there was none closes every file that it does not name. */
function hiddenFiles(
  from: ModuleTree,
  before: Manifest | null,
  after: Manifest | null,
  entries: readonly Entry[],
): string[] {
  if (before === null || before.exports !== undefined || after?.exports === undefined) return [];
  const map = new ExportsMap(after.exports);
  const named = new Set(entries.flatMap(({ code, declaration }) => [code, declaration]));
  const isOpen = (path: string): boolean =>
    (['import', 'require'] as const).some((condition) => map.resolve(`./${path}`, condition) !== null);
  const open = [...from.files.keys()].filter(
    (path) => CODE.test(path) && !/(^|\/)(node_modules|package\.json$|\.)/.test(path),
  );
  const closed = open.filter(
    (path) => !named.has(path) && [path, path.replace(/\.[cm]?js$/, '')].every((name) => !isOpen(name)),
  );
  if (closed.length > 0) return closed;
  // A map names what it lets in as it has to be written; without one, `require` puts the extension to a name.
  const shortened = open.filter((path) => isShortened(from, path)).map((path) => path.replace(/\.js$/, ''));
  return shortened.filter((name) => !isOpen(name));
}

function hidden(files: readonly string[]): Finding[] {
  const [first, ...more] = files;
  if (first === undefined) return [];
  const others = more.length === 0 ? '' : `, nor ${more.length} other ${more.length === 1 ? 'file' : 'files'}`;
  const message = `cannot be imported any more${others}: package.json has an exports map now`;
  return [{ code: 'subpath-removed', level: 'BREAKING', path: `./${first}`, before: null, after: null, message }];
}

/** Tools read the package.json of what they load through its name, which Node allows where `exports` says so. */
function comparedManifest(before: Manifest | null, after: Manifest | null): Finding[] {
  if (before === null || after === null) return [];
  const isOpen = ({ exports }: Manifest): boolean =>
    exports === undefined || new ExportsMap(exports).resolve(MANIFEST, 'require') !== null;
  const [was, is] = [isOpen(before), isOpen(after)];
  if (was === is) return [];
  const at = { path: MANIFEST, before: null, after: null };
  if (is) return [{ ...at, code: 'subpath-added', level: 'MINOR_CHANGE', message: 'can be loaded now' }];
  const message = 'cannot be loaded any more: the exports map of package.json does not name it';
  return [{ ...at, code: 'subpath-removed', level: 'BREAKING', message }];
}

/** `@scope/name` of `@scope/name/sub`. */
function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function rangeOf(manifest: Manifest | null, name: string): string | null {
  return manifest?.peerDependencies[name] ?? manifest?.dependencies[name] ?? null;
}

/** Where the types of a package are if it has none of its own: `@types/scope__name` for `@scope/name`. */
function typesName(name: string): string {
  return `@types/${name.replace(/^@/, '').replace('/', '__')}`;
}

/** Packages whose types are part of the interface, and whose range has nothing in common with what it was. */
function movedDependencies(before: Manifest | null, after: Manifest | null, packages: readonly string[]): Finding[] {
  const names = new Set(packages.map(packageName).flatMap((name) => [name, typesName(name)]));
  return [...names].flatMap((name): Finding[] => {
    const [was, is] = [rangeOf(before, name), rangeOf(after, name)];
    if (was === null || is === null || was === is) return [];
    if (semver.validRange(was) === null || semver.validRange(is) === null || semver.intersects(was, is)) return [];
    const message = `its types are part of the interface, and its range went from ${was} to ${is}`;
    return [{ code: 'unresolved-import', level: 'UNKNOWN', path: name, before: was, after: is, message }];
  });
}

/** Compares the package.json files. `packages`: specifiers of packages whose types the declarations name. */
export function compareManifests(
  from: ModuleTree,
  to: ModuleTree,
  entries: readonly Entry[],
  packages: readonly string[],
): PartialAssessment {
  const [before, after] = [readManifest(from).manifest, readManifest(to).manifest];
  return {
    findings: [
      ...hidden(hiddenFiles(from, before, after, entries)),
      ...comparedManifest(before, after),
      ...movedDependencies(before, after, packages),
    ],
    notes: [],
  };
}
