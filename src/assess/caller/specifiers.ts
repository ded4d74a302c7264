/** What callers write in an import, and the file of either version that types what they get. */

import type { Entry } from '../module/entries.js';
import { readManifest } from '../module/manifest.js';
import type { ModuleTree } from '../module/module-tree.js';
import type { Specifiers } from '../typescript/pair-callers.js';
import type { Side } from '../typescript/pair-files.js';

/** Stands for the name of a module that says none. */
const NO_NAME = 'the-module';

/** As npm takes it. */
const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** The name by which callers import the module: that of package.json, where npm would take it. */
export function moduleNameOf(tree: ModuleTree): string {
  const name = readManifest(tree).manifest?.name ?? '';
  return name.length <= 214 && PACKAGE_NAME.test(name) ? name : NO_NAME;
}

/** The specifier of a subpath; a module that an ambient entry declares under another name keeps that. */
export function specifierOf(moduleName: string, subpath: string): string {
  if (subpath === '.' || subpath === '') return moduleName;
  return subpath.startsWith('./') ? `${moduleName}${subpath.slice(1)}` : subpath;
}

/** An entry, and the file that types it. */
export interface ImportableEntry {
  readonly entry: Entry;
  readonly typing: string | null;
}

/** What `import` finds. `ambient` are modules that an entry declares by name: what says nothing else is called by these. */
export function specifiersOf(
  moduleName: string,
  entries: Readonly<Record<Side, readonly ImportableEntry[]>>,
  ambient: Readonly<Record<Side, ReadonlyMap<string, string>>>,
): Specifiers {
  const tables = { from: new Map<string, string>(), to: new Map<string, string>() };
  for (const side of ['from', 'to'] as const) {
    for (const { entry, typing } of entries[side]) {
      if (entry.condition !== 'import' || typing === null) continue;
      tables[side].set(specifierOf(moduleName, entry.subpath), typing);
    }
    for (const [name, path] of ambient[side]) tables[side].set(name, path);
  }
  return tables;
}
