/** The names that an entry exports, without a checker: what is left to know where the engine could not finish. */

import { DeclarationFinder } from '../module/declaration-file.js';
import type { Entry } from '../module/entries.js';
import { mainFile } from '../module/main-entry.js';
import { DECLARATION, formatOf } from '../module/module-format.js';
import { folderOf, type ModuleTree, normalPath } from '../module/module-tree.js';
import { namesOfCommonjs } from './cjs-names.js';
import { namesOfDeclaration } from './declared-names.js';
import { namesOfModule } from './esm-names.js';
import type { FileNames } from './file-names.js';

/** What an entry exports by name. */
export interface ExportNames {
  readonly names: ReadonlySet<string>;
  /** True where nothing else can be exported: a name that is not here is not there. */
  readonly exact: boolean;
}

/** Which of an entry's two files is asked. */
export type NameSource = 'declaration' | 'code';

/** Bounds of one entry's re-exports; beyond them the list is not exact. */
const MAX_FILES = 2_000;
const MAX_TEXT = 24_000_000;

function namesOfFile(tree: ModuleTree, path: string, text: string): FileNames | null {
  if (DECLARATION.test(path)) return namesOfDeclaration(path, text);
  const format = formatOf(tree, path);
  if (format === 'module') return namesOfModule(text);
  return format === 'commonjs' ? namesOfCommonjs(path, text) : null;
}

/** Follows re-exports inside the module from one file on. */
class Follower {
  readonly names = new Set<string>();
  exact = true;
  readonly #tree: ModuleTree;
  readonly #finder: DeclarationFinder;
  readonly #seen = new Set<string>();
  readonly #pending: { path: string; star: boolean }[] = [];
  #text = 0;

  constructor(tree: ModuleTree) {
    this.#tree = tree;
    this.#finder = new DeclarationFinder(tree);
  }

  /** Where a re-export leads; null outside the module, where nobody can look. */
  #target(from: string, specifier: string): string | null {
    if (!/^\.\.?(?:\/|$)/.test(specifier)) return null;
    const path = normalPath(`${folderOf(from)}/./${specifier}`.replace(/^\//, ''));
    if (path === null) return null;
    if (DECLARATION.test(from)) return this.#finder.ofPath(path);
    return this.#tree.exists(path) ? path : mainFile(this.#tree, path);
  }

  /** False where the first file cannot be read at all. */
  follow(path: string): boolean {
    this.#pending.push({ path, star: false });
    let first = true;
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const found = this.#visit(next.path);
      if (found !== null) this.#take(next.path, found, next.star);
      else if (first) return false;
      first = false;
    }
    return true;
  }

  /** What a file says of itself; null, and not exact, where it cannot be read or is one too many. */
  #visit(path: string): FileNames | null {
    const text = this.#tree.read(path);
    this.#text += text?.length ?? 0;
    const fits = this.#seen.size <= MAX_FILES && this.#text <= MAX_TEXT;
    const found = text === null || !fits ? null : namesOfFile(this.#tree, path, text);
    if (found === null || !found.exact) this.exact = false;
    return found;
  }

  #take(path: string, found: FileNames, star: boolean): void {
    for (const name of found.names) if (!star || name !== 'default') this.names.add(name);
    for (const reexport of found.reexports) {
      const target = this.#target(path, reexport.specifier);
      const inner = { path: target ?? '', star: star || reexport.star };
      const key = `${inner.star ? '*' : '='}${inner.path}`;
      if (target === null) this.exact = false;
      else if (!this.#seen.has(key)) {
        this.#seen.add(key);
        this.#pending.push(inner);
      }
    }
  }
}

/**
 * The names that an entry exports, by its declaration where it has one, else by its code; null where neither can be
 * read. An import of CommonJS always has a `default`.
 */
export function exportNames(tree: ModuleTree, entry: Entry, source?: NameSource): ExportNames | null {
  const path = source === undefined ? (entry.declaration ?? entry.code) : entry[source];
  if (path === null) return null;
  const follower = new Follower(tree);
  if (!follower.follow(path)) return null;
  const commonjs = path === entry.code && entry.format === 'commonjs';
  if (commonjs && entry.condition === 'import') follower.names.add('default');
  return { names: follower.names, exact: follower.exact };
}
