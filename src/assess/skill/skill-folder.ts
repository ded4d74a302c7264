/** The skills of a module: the folders that have a `SKILL.md`, and what is in them. */

import { folderOf, inFolder, type ModuleTree } from '../module/module-tree.js';

/** A skill's folder, '' for the module's own root. */
export interface SkillFolder {
  readonly folder: string;
  /** The path of its `SKILL.md`. */
  readonly path: string;
  /** Its other files, below its folder, without those of skills within it. */
  readonly files: readonly string[];
}

/** What a file of a skill is for. */
export type SkillFileKind = 'script' | 'text' | 'asset';

const SCRIPT =
  /\.(?:sh|bash|zsh|fish|py|pyw|rb|pl|php|lua|js|mjs|cjs|jsx|ts|mts|cts|tsx|ps1|psm1|bat|cmd|vbs|r|jl|go|rs|swift|applescript|wasm|exe|so|dll|dylib|jar|awk|tcl)$/i;
const TEXT = /(?:\.(?:md|mdx|markdown|txt|rst|adoc|org|html?)|(?:^|\/)(?:README|NOTES|AGENTS|INSTRUCTIONS))$/i;

/** As the specification has it: `scripts/` holds what runs; elsewhere its name, its mode or its first line says so. */
export function kindOf(tree: ModuleTree, path: string, folder: string): SkillFileKind {
  const below = folder === '' ? path : path.slice(folder.length + 1);
  const [first, second] = tree.bytes(path) ?? [];
  const runs = first === 0x23 && second === 0x21;
  if (runs || SCRIPT.test(path) || below.startsWith('scripts/') || tree.files.get(path)?.mode === '100755')
    return 'script';
  return TEXT.test(path) ? 'text' : 'asset';
}

/** Every skill of a module, in bytewise order of their folders. Those that links lead to are found once, where they are. */
export function skillsOf(tree: ModuleTree): SkillFolder[] {
  const paths = [...tree.files].flatMap(([path, { mode }]) => (mode === '120000' ? [] : [path]));
  const folders = new Set(paths.filter((path) => /(?:^|\/)SKILL\.md$/.test(path)).map(folderOf));
  const files = new Map([...folders].map((folder) => [folder, [] as string[]]));
  for (const path of paths) {
    let at = folderOf(path);
    while (at !== '' && !folders.has(at)) at = folderOf(at);
    if (path !== inFolder(at, 'SKILL.md')) files.get(at)?.push(path);
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, of]) => ({ folder, path: inFolder(folder, 'SKILL.md'), files: of }));
}

/** True where a module has a skill. */
export function hasSkill(tree: ModuleTree): boolean {
  return skillsOf(tree).length > 0;
}
