/**
 * Entries that are no modules and declare some: `declare module 'name' { … }`, as DefinitelyTyped does it. Each is given a
 * file of its own, which is what a caller who imports it gets.
 */

import { posix } from 'node:path';
import type { Finding } from '../../model/assessment.js';
import ts from '../compiler.cjs';
import { readManifest } from '../module/manifest.js';
import { ModuleTree } from '../module/module-tree.js';
import type { Side } from './pair-files.js';
import type { TypedEntry } from './typed-entry.js';

/** By the name that callers import, the file that declares the module. */
type AmbientFiles = ReadonlyMap<string, string>;

/** Entries as they are compared, and the versions with the files that stand for ambient modules. */
interface ExpandedEntries {
  readonly entries: readonly TypedEntry[];
  readonly trees: Readonly<Record<Side, ModuleTree>>;
  readonly ambient: Readonly<Record<Side, AmbientFiles>>;
  /** Modules that only one version declares. */
  readonly findings: readonly Finding[];
}

/** True for a file that stands for an ambient module: a module, whatever it imports or exports. */
export function isAmbientFile(path: string): boolean {
  // They lie in the file that declares them as if it were a folder, where no file of a module can lie.
  return /\.d\.[cm]?ts\//.test(path);
}

function isAmbient(
  node: ts.Node,
): node is ts.ModuleDeclaration & { readonly name: ts.StringLiteral; readonly body: ts.ModuleBlock } {
  return (
    ts.isModuleDeclaration(node) &&
    ts.isStringLiteral(node.name) &&
    node.body !== undefined &&
    ts.isModuleBlock(node.body)
  );
}

/** A file that declares modules: what stands outside of all of them, and the bodies of each by its name. */
interface DeclaringFile {
  readonly outside: string;
  readonly bodies: ReadonlyMap<string, string>;
}

function partsOf(file: ts.SourceFile): DeclaringFile {
  const { text } = file;
  const outside: string[] = [];
  const bodies = new Map<string, string>();
  let end = 0;
  for (const node of file.statements) {
    if (!isAmbient(node)) continue;
    outside.push(text.slice(end, node.getStart(file)));
    end = node.end;
    const body = text.slice(node.body.getStart(file) + 1, node.body.end - 1);
    const { text: name } = node.name;
    bodies.set(name, `${bodies.get(name) ?? ''}${body}\n`);
  }
  const said = [...outside, text.slice(end)].filter((part) => part.trim() !== '');
  return { outside: said.join('\n'), bodies };
}

/** Each module has what stands outside of all: of many modules beside much of that, the whole would be far more than the files are. */
const MAX_TEXT = 64_000_000;

/** What stands in each file that declares a module by name, whatever blanks and comments are in between, or refers to another file. */
const DECLARES = /\bmodule[^\w$]*["'/]|<reference\b/;

/** The scripts that an entry consists of: itself and what it references by path. */
function scriptsOf(tree: ModuleTree, entry: string): ts.SourceFile[] {
  const paths = new Set([entry]);
  const files: ts.SourceFile[] = [];
  for (const path of paths) {
    const text = /\.d\.[cm]?ts$/.test(path) ? tree.read(path) : null;
    if (text === null) continue;
    // Most entries are modules, and parsing them costs as much as the rest: a file that could declare one names it, or another file.
    if (paths.size === 1 && !DECLARES.test(text)) break;
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
    if (ts.isExternalModule(file)) continue;
    files.push(file);
    for (const { fileName } of file.referencedFiles) paths.add(posix.join(posix.dirname(path), fileName));
  }
  return files;
}

/**
 * The modules that an entry declares by name, with their text; null where it is a module itself, declares none, or so many that they are
 * compared as the text that they are.
 */
function ambientModules(tree: ModuleTree, entry: string): ReadonlyMap<string, string> | null {
  const files = scriptsOf(tree, entry);
  if (files[0]?.fileName !== entry) return null;
  const parts = files.map(partsOf);
  const names = new Set(parts.flatMap(({ bodies }) => [...bodies.keys()]));
  const outside = parts.map((part) => part.outside).join('\n');
  if (names.size === 0 || names.size * outside.length > MAX_TEXT) return null;
  const bodiesOf = (name: string): string => parts.map(({ bodies }) => bodies.get(name) ?? '').join('\n');
  return new Map([...names].map((name) => [name, `${outside}\n${bodiesOf(name)}`]));
}

/** The name by which callers import a package; what DefinitelyTyped publishes is named for another. */
function importName(tree: ModuleTree): string | null {
  const name = readManifest(tree).manifest?.name ?? null;
  const typed = /^@types\/(?:(.+)__)?(.+)$/.exec(name ?? '');
  if (typed === null) return name;
  return typed[1] === undefined ? (typed[2] ?? null) : `@${typed[1]}/${typed[2]}`;
}

/** One version while its entries are expanded. */
class Expansion {
  readonly files = new Map<string, string>();
  readonly name: string | null;
  private readonly tree: ModuleTree;
  private readonly texts = new Map<string, string>();
  private readonly known = new Map<string, readonly [string, string][] | null>();

  constructor(tree: ModuleTree) {
    this.tree = tree;
    this.name = importName(tree);
  }

  /** The files of the modules that an entry declares, the entry's own first; null where it is a module itself. */
  of(entry: string): readonly [string, string][] | null {
    const known = this.known.get(entry);
    if (known !== undefined) return known;
    const found = this.expand(entry);
    this.known.set(entry, found);
    return found;
  }

  private expand(entry: string): [string, string][] | null {
    const modules = ambientModules(this.tree, entry);
    if (modules === null) return null;
    for (const [name, text] of modules) {
      const path = `${entry}/${encodeURIComponent(name)}.d.ts`;
      this.files.set(name, path);
      this.texts.set(path, text);
    }
    const own = this.name !== null && modules.has(this.name) ? this.name : [...modules.keys()][0];
    const names = [...modules.keys()].sort((a, b) => Number(b === own) - Number(a === own));
    return names.map((name) => [name, this.files.get(name) ?? entry]);
  }

  /** The version with those files in it. */
  done(): ModuleTree {
    if (this.texts.size === 0) return this.tree;
    const added = [...this.texts].map(([path, text]) => [path, { mode: '100644', data: Buffer.from(text) }] as const);
    return new ModuleTree(new Map([...this.tree.files, ...added]));
  }
}

/** `./tools` of `the-module/tools`; a name of somebody else's stays. */
function labelOf(name: string, own: string | null): string {
  return own !== null && name.startsWith(`${own}/`) ? `.${name.slice(own.length)}` : name;
}

/** Puts in the place of entries that declare modules those modules, matched by name. */
export function expandAmbientEntries(
  trees: Readonly<Record<Side, ModuleTree>>,
  entries: readonly TypedEntry[],
): ExpandedEntries {
  const sides = { from: new Expansion(trees.from), to: new Expansion(trees.to) };
  const findings: Finding[] = [];
  // A package may name one file for each of its entries.
  const met = new Set<string>();
  const expanded = entries.flatMap((entry): TypedEntry[] => {
    const [as, bs] = [sides.from.of(entry.from), sides.to.of(entry.to)];
    if (as === null && bs === null) return [entry];
    const pair = `${entry.from}\0${entry.to}`;
    if (met.has(pair)) return [];
    met.add(pair);
    const [[ownA, ...otherAs], [ownB, ...otherBs]] = [as ?? [], bs ?? []];
    const left = new Map(otherBs);
    const more = otherAs.flatMap(([name, from]): TypedEntry[] => {
      const label = labelOf(name, sides.from.name);
      const to = left.get(name);
      left.delete(name);
      if (to !== undefined) return [{ prefix: `${label}: `, from, to }];
      findings.push(bs === null ? elsewhere(label) : removed(label));
      return [];
    });
    for (const name of left.keys()) findings.push(added(labelOf(name, sides.to.name)));
    return [{ prefix: entry.prefix, from: ownA?.[1] ?? entry.from, to: ownB?.[1] ?? entry.to }, ...more];
  });
  return {
    entries: expanded,
    trees: { from: sides.from.done(), to: sides.to.done() },
    ambient: { from: sides.from.files, to: sides.to.files },
    findings,
  };
}

function removed(path: string): Finding {
  const message = 'cannot be imported any more';
  return { code: 'subpath-removed', level: 'BREAKING', path, before: null, after: null, message };
}

function elsewhere(path: string): Finding {
  const message = 'was declared by the entry, which is a module itself now: whether it can be imported is not known';
  return { code: 'not-comparable', level: 'UNKNOWN', path, before: null, after: null, message };
}

function added(path: string): Finding {
  return {
    code: 'subpath-added',
    level: 'MINOR_CHANGE',
    path,
    before: null,
    after: null,
    message: 'can be imported now',
  };
}
