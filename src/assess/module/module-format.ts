/** What kind of module a file is, as Node decides it. */

import { parse } from 'es-module-lexer';
import { readManifest } from './manifest.js';
import { folderOf, inFolder, type ModuleTree } from './module-tree.js';

/** How a file is loaded: `other` is WebAssembly, an addon, or a file that only a bundler reads. */
export type ModuleFormat = 'module' | 'commonjs' | 'json' | 'other';

/** The types of TypeScript sources and declarations: .ts, .tsx, .mts, .cts, .d.ts, … */
export const DECLARATION = /\.(?:[cm]?ts|tsx)$/;

/** What runs: JavaScript, and what Node loads beside it. */
export const CODE = /\.(?:[cm]?js|jsx|json|node|wasm)$/;

const SCRIPT = /\.(?:js|jsx|ts|tsx)$/;

/** True where a text can only be an ES module: it imports, exports, or asks for import.meta. */
function hasModuleSyntax(text: string): boolean {
  try {
    return parse(text)[3];
  } catch {
    return false;
  }
}

/** The `type` of the package.json that is nearest to a file, as Node looks it up; null where it does not say. */
export function declaredType(tree: ModuleTree, path: string): 'module' | 'commonjs' | null {
  for (let folder: string | null = folderOf(path); folder !== null; folder = folder === '' ? null : folderOf(folder)) {
    const manifest = inFolder(folder, 'package.json');
    if (tree.exists(manifest)) return readManifest(tree, manifest).manifest?.type ?? null;
  }
  return null;
}

/**
 * The format of a file: by its extension, else by the nearest package.json, else by its own syntax, so that a lone
 * index.js that exports is the module that its author meant.
 */
export function formatOf(tree: ModuleTree, path: string): ModuleFormat {
  if (/\.m[jt]s$/.test(path)) return 'module';
  if (/\.c[jt]s$/.test(path)) return 'commonjs';
  if (path.endsWith('.json')) return 'json';
  if (!SCRIPT.test(path)) return 'other';
  const declared = declaredType(tree, path);
  if (declared !== null) return declared;
  return hasModuleSyntax(tree.read(path) ?? '') ? 'module' : 'commonjs';
}
