/** Where callers of a module without `exports` enter: its main file, or what stands for one. */

import type { Manifest } from './manifest.js';
import { CODE, DECLARATION } from './module-format.js';
import { folderOf, inFolder, type ModuleTree } from './module-tree.js';

const CODE_ENDINGS = ['.js', '.json', '.node'];

/** TypeScript and ESM names come after Node's own, which it would not find by itself. */
const INDEX = ['index.js', 'index.mjs', 'index.cjs', 'index.json', 'index.node', 'index.jsx', 'index.wasm'];
const TYPED_INDEX = ['index.d.ts', 'index.d.mts', 'index.d.cts', 'index.ts', 'index.mts', 'index.cts', 'index.tsx'];

/** `main` as Node reads it (LEGACY_MAIN_RESOLVE): the file, with an extension, or the folder's index. */
export function mainFile(tree: ModuleTree, main: string): string | null {
  const tried = [
    ...(main === '' ? [] : ['', ...CODE_ENDINGS].map((ending) => main + ending)),
    ...CODE_ENDINGS.map((ending) => inFolder(main, `index${ending}`)),
  ];
  return tried.find((path) => tree.exists(path)) ?? null;
}

/** The index of a folder, code and types apart. */
export function indexOf(tree: ModuleTree, folder: string): { code: string | null; declaration: string | null } {
  const first = (names: readonly string[]) =>
    names.map((name) => inFolder(folder, name)).find((path) => tree.exists(path)) ?? null;
  return { code: first(INDEX), declaration: first(TYPED_INDEX) };
}

/** The code that a package.json without `exports` names: `main`, else the root's index, else `module`. */
export function namedCode(tree: ModuleTree, manifest: Manifest | null): string | null {
  const main = manifest?.main ?? null;
  const module = manifest?.module ?? null;
  return (
    (main === null ? null : mainFile(tree, main)) ??
    indexOf(tree, '').code ??
    (module === null ? null : mainFile(tree, module))
  );
}

/** Files of one name that type and run one another: plan.js with plan.d.ts. */
interface FileGroup {
  /** The path without its ending: `plan`, `lib/plan`. */
  readonly name: string;
  readonly code: readonly string[];
  readonly declarations: readonly string[];
}

/** Code and its types by name, where nothing says which files callers enter by; JSON is data, not code. */
function groupsOf(paths: readonly string[]): FileGroup[] {
  const groups = new Map<string, { code: string[]; declarations: string[] }>();
  for (const path of paths) {
    const declaration = DECLARATION.test(path);
    if ((!declaration && !CODE.test(path)) || path.endsWith('.json')) continue;
    if (/(?:^|\/)node_modules\//.test(path)) continue;
    const name = path.replace(/(?:\.d)?\.[a-z]+$/, '');
    const group = groups.get(name) ?? { code: [], declarations: [] };
    (declaration ? group.declarations : group.code).push(path);
    groups.set(name, group);
  }
  return [...groups].map(([name, group]) => ({ name, ...group })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The groups of the root's own files, or, where it has none, of all folders. */
export function looseGroups(tree: ModuleTree): FileGroup[] {
  const paths = tree.paths();
  const top = groupsOf(paths.filter((path) => folderOf(path) === ''));
  return top.length > 0 ? top : groupsOf(paths);
}
