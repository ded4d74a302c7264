/** The files of both versions in one file system, and the part of them that is the same in both. */

import { declaredType } from '../module/module-format.js';
import type { ModuleTree } from '../module/module-tree.js';

/** Which of the two versions a file belongs to. */
export type Side = 'from' | 'to';

const ROOTS: Readonly<Record<Side, string>> = { from: '/from', to: '/to' };
/** A path of a version as the program names it. */
export function programPath(side: Side, path: string): string {
  return `${ROOTS[side]}/${path}`;
}

/** The version and path that a program's file name stands for; null for the standard library. */
export function modulePath(fileName: string): { side: Side; path: string } | null {
  for (const side of ['from', 'to'] as const) {
    if (fileName.startsWith(`${ROOTS[side]}/`)) return { side, path: fileName.slice(ROOTS[side].length + 1) };
  }
  return null;
}

/** The version that a program's file belongs to; null for the standard library. */
export function sideOf(fileName: string): Side | null {
  return modulePath(fileName)?.side ?? null;
}

/** The name of a text of ours that is in the program beside both versions. */
export const PROBE = '/probe.ts';

/** Both versions as one file system, in which there is nothing else. */
export class PairFiles {
  private readonly trees: Readonly<Record<Side, ModuleTree>>;

  constructor(trees: Readonly<Record<Side, ModuleTree>>) {
    this.trees = trees;
  }

  read(fileName: string): string | undefined {
    const at = modulePath(fileName);
    return at === null ? undefined : (this.trees[at.side].read(at.path) ?? undefined);
  }

  exists(fileName: string): boolean {
    const at = modulePath(fileName);
    return at !== null && this.trees[at.side].exists(at.path);
  }

  /** True for a declaration that Node and TypeScript take for an ES module, whose imports have to name files in full. */
  isModuleDeclaration(fileName: string): boolean {
    const at = modulePath(fileName);
    if (at === null || !/\.d\.m?ts$/.test(at.path)) return false;
    return at.path.endsWith('.d.mts') || declaredType(this.trees[at.side], at.path) === 'module';
  }

  folderExists(folder: string): boolean {
    if (folder === '/' || folder === ROOTS.from || folder === ROOTS.to) return true;
    const at = modulePath(folder);
    return at !== null && this.trees[at.side].folderExists(at.path);
  }
}

/** Whatever could name another file, in code and in comments: too many are found rather than too few. */
const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(["'`])([^"'`\n]+)\1/g;
const REFERENCE = /\breference\s+path\s*=\s*(["'])([^"'\n]+)\1/g;

function specifiersOf(text: string): string[] {
  const imported = [...text.matchAll(SPECIFIER)].map((match) => match[2] ?? '');
  const referenced = [...text.matchAll(REFERENCE)].map((match) => `./${match[2]}`);
  return [...imported, ...referenced];
}

type Resolve = (specifier: string, fileName: string) => string | null;

/** The part of both versions that is the same: files with equal bytes whose imports lead to such files only. */
export class SharedFiles {
  /** Paths of the later version that the earlier one's files stand for. */
  private readonly shared = new Set<string>();
  private readonly importers = new Map<string, string[]>();
  private readonly different = new Set<string>();

  constructor(files: PairFiles, roots: readonly string[], resolve: Resolve) {
    const queue = [...roots];
    const met = new Set(queue);
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      for (const next of this.compare(files, path, resolve)) {
        if (!met.has(next)) queue.push(next);
        met.add(next);
      }
    }
    this.spread();
    for (const path of met) if (!this.different.has(path)) this.shared.add(path);
  }

  has(path: string): boolean {
    return this.shared.has(path);
  }

  /** The earlier version's name for what both have. */
  unified(name: string): string {
    const at = modulePath(name);
    return at !== null && at.side === 'to' && this.has(at.path) ? programPath('from', at.path) : name;
  }

  /** Compares a file of both versions; returns what it imports where it is the same. */
  private compare(files: PairFiles, path: string, resolve: Resolve): string[] {
    const [before, after] = [programPath('from', path), programPath('to', path)];
    const text = files.read(after);
    if (text === undefined || text !== files.read(before)) {
      this.different.add(path);
      return [];
    }
    const imported: string[] = [];
    for (const specifier of specifiersOf(text)) {
      const [there, here] = [resolve(specifier, before), resolve(specifier, after)].map((name) =>
        name === null ? null : (modulePath(name)?.path ?? name),
      );
      if (there !== here) this.different.add(path);
      if (here === null || here === undefined) continue;
      this.importers.set(here, [...(this.importers.get(here) ?? []), path]);
      imported.push(here);
    }
    return imported;
  }

  /** What imports a file that differs is not the same either. */
  private spread(): void {
    const spread = [...this.different];
    for (let path = spread.pop(); path !== undefined; path = spread.pop()) {
      for (const importer of this.importers.get(path) ?? []) {
        if (this.different.has(importer)) continue;
        this.different.add(importer);
        spread.push(importer);
      }
    }
  }
}
