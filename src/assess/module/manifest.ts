/** package.json, read without trust: whatever stands there is a value or a problem, never a throw. */

import { folderOf, inFolder, type ModuleTree, normalPath } from './module-tree.js';

/** A value as JSON has them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object; ask for keys with `member`, which knows own keys only. */
export type JsonObject = { readonly [key: string]: Json };

/** What is wrong with a package.json, in a sentence for the operator. */
interface ManifestProblem {
  readonly code: 'syntax-error' | 'points-outside';
  readonly path: string;
  readonly message: string;
}

/** The fields of a package.json that say where callers enter and what they need; wrong shapes read as absent. */
export interface Manifest {
  readonly path: string;
  readonly name: string | null;
  readonly version: string | null;
  readonly type: 'module' | 'commonjs' | null;
  /** Paths inside the module in normal form. */
  readonly main: string | null;
  readonly module: string | null;
  /** `types`, else `typings`. */
  readonly types: string | null;
  readonly exports: Json | undefined;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly optionalPeers: ReadonlySet<string>;
  /** Null where any will do. */
  readonly os: readonly string[] | null;
  readonly cpu: readonly string[] | null;
}

/** A package.json as far as it can be read. */
interface ManifestReading {
  /** Null where there is none, or it is not an object in JSON. */
  readonly manifest: Manifest | null;
  readonly problems: readonly ManifestProblem[];
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member of an object, so that no key of a hostile file finds what every object inherits. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** JSON text as a value, undefined where it is none. `__proto__` is a key like any other. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text.replace(/^\uFEFF/, ''));
    return value;
  } catch {
    return undefined;
  }
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function textsOf(value: Json | undefined): Readonly<Record<string, string>> {
  const texts: Record<string, string> = Object.create(null);
  if (isObject(value)) {
    for (const [key, text] of Object.entries(value)) if (typeof text === 'string') texts[key] = text;
  }
  return texts;
}

function listOf(value: Json | undefined): readonly string[] | null {
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list)) return null;
  const texts = list.filter((item): item is string => typeof item === 'string');
  return texts.length > 0 ? texts : null;
}

/** Each target that `exports` names, whatever the conditions around it. */
export function targetsOf(value: Json | undefined): string[] {
  const targets: string[] = [];
  const pending: (Json | undefined)[] = [value];
  for (let next = pending.pop(); pending.length > 0 || next !== undefined; next = pending.pop()) {
    if (typeof next === 'string') targets.push(next);
    else if (Array.isArray(next)) for (const item of next) pending.push(item);
    else if (isObject(next)) for (const item of Object.values(next)) pending.push(item);
  }
  return targets;
}

class Reader {
  readonly problems: ManifestProblem[] = [];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** A path that a field names; null, with a problem, where it leaves the module. */
  place(field: string, value: Json | undefined): string | null {
    if (typeof value !== 'string' || value === '') return null;
    const path = normalPath(inFolder(folderOf(this.#path), value.replace(/^\/+$/, '.')));
    if (path !== null && !value.startsWith('/')) return path;
    this.outside(field, value);
    return null;
  }

  outside(field: string, value: string): void {
    const message = `${field} points outside the module (${JSON.stringify(value.slice(0, 80))}); it is read as absent`;
    this.problems.push({ code: 'points-outside', path: this.#path, message });
  }
}

/** Where an `exports` target leads; null for one that is not "./" and inside, which Node refuses too. */
export function targetPath(target: string): string | null {
  if (!target.startsWith('./')) return null;
  const names = target.slice(2).split(/[/\\]/);
  // Node, PACKAGE_TARGET_RESOLVE: no "." or ".." or node_modules after the first component.
  if (names.some((name) => /^(?:\.|%2e){1,2}$/i.test(name) || /^node_modules$/i.test(name))) return null;
  try {
    return normalPath(decodeURIComponent(target));
  } catch {
    return normalPath(target);
  }
}

/** Read once: the nearest package.json is asked for at every file. */
const readings = new WeakMap<ModuleTree, Map<string, ManifestReading>>();

/** Reads a package.json of the module. */
export function readManifest(tree: ModuleTree, path = 'package.json'): ManifestReading {
  const known = readings.get(tree) ?? new Map<string, ManifestReading>();
  readings.set(tree, known);
  const reading = known.get(path) ?? decodeManifest(tree, path);
  known.set(path, reading);
  return reading;
}

function decodeManifest(tree: ModuleTree, path: string): ManifestReading {
  const text = tree.read(path);
  if (text === null) return { manifest: null, problems: [] };
  const value = parseJson(text);
  if (!isObject(value)) {
    const message =
      value === undefined ? 'is not JSON; it is read as absent' : 'is not an object; it is read as absent';
    return { manifest: null, problems: [{ code: 'syntax-error', path, message: `${path} ${message}` }] };
  }
  const reader = new Reader(path);
  const exports = member(value, 'exports') ?? undefined;
  for (const target of targetsOf(exports)) if (targetPath(target) === null) reader.outside('exports', target);
  const type = member(value, 'type');
  const optional = Object.entries(member(value, 'peerDependenciesMeta') ?? {});
  const manifest: Manifest = {
    path,
    name: textOf(member(value, 'name')),
    version: textOf(member(value, 'version')),
    type: type === 'module' || type === 'commonjs' ? type : null,
    main: reader.place('main', member(value, 'main')),
    module: reader.place('module', member(value, 'module')),
    types: reader.place('types', member(value, 'types') ?? member(value, 'typings')),
    exports,
    engines: textsOf(member(value, 'engines')),
    dependencies: textsOf(member(value, 'dependencies')),
    peerDependencies: textsOf(member(value, 'peerDependencies')),
    optionalPeers: new Set(optional.filter(([, meta]) => member(meta, 'optional') === true).map(([name]) => name)),
    os: listOf(member(value, 'os')),
    cpu: listOf(member(value, 'cpu')),
  };
  return { manifest, problems: reader.problems };
}
