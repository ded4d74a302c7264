/** A schema as a union of branches, each about one kind of value, so that two schemas can be held against one another. */

import type { Json } from '../module/manifest.js';
import type { Bound, TypeName } from './keywords.js';
import { fits } from './plain-pattern.js';
import { NOTHING, type Node, type Site } from './schema-document.js';

/** What is known of a constraint beside its text. */
export interface ConstraintSource {
  /** Null where it is a schema as a whole. */
  readonly keyword: string | null;
  /** The format that it asks for, if it asks for one. */
  readonly format?: string | undefined;
}

/** The constraints that are only known by their text, by that text; see unsupported.ts. */
export type TextConstraints = ReadonlyMap<string, ConstraintSource>;

/** One value, and no other. */
export interface ValueBranch {
  readonly kind: 'value';
  readonly value: Json;
  readonly texts: TextConstraints;
}

export interface NumberBranch {
  readonly kind: 'number';
  readonly integer: boolean;
  readonly low: Bound | null;
  readonly high: Bound | null;
  readonly steps: ReadonlySet<number>;
  readonly texts: TextConstraints;
}

export interface StringBranch {
  readonly kind: 'string';
  readonly min: number;
  readonly max: number;
  readonly patterns: ReadonlySet<string>;
  readonly texts: TextConstraints;
}

export interface ArrayBranch {
  readonly kind: 'array';
  readonly prefix: readonly Node[];
  readonly rest: Node;
  readonly min: number;
  readonly max: number;
  readonly unique: boolean;
  readonly texts: TextConstraints;
}

/** `properties`, `patternProperties` and `additionalProperties` of one schema, which are read together. */
export interface PropertyGroup {
  readonly properties: ReadonlyMap<string, Site>;
  readonly patterns: ReadonlyMap<string, Site>;
  readonly additional: Site;
}

/**
 * What a schema says of the keys that it does not name: nothing at all where it names none (any bag of members), nothing
 * but that it names others, or something.
 */
export type KnownKeys = 'unsaid' | 'listed' | 'open';

const KNOWN_KEYS: readonly KnownKeys[] = ['unsaid', 'listed', 'open'];

export interface ObjectBranch {
  readonly kind: 'object';
  readonly keys: KnownKeys;
  readonly groups: readonly PropertyGroup[];
  readonly required: ReadonlySet<string>;
  /** What every name must fit. */
  readonly names: Node;
  readonly min: number;
  readonly max: number;
  readonly texts: TextConstraints;
}

/** Null and the two booleans are values; of the other kinds there are too many. */
export type Branch = ValueBranch | NumberBranch | StringBranch | ArrayBranch | ObjectBranch;

const NONE: ReadonlySet<string> = new Set();

export const NO_TEXTS: TextConstraints = new Map();

/** Every value of a kind. */
export function anyOfKind(kind: TypeName): Branch[] {
  switch (kind) {
    case 'null':
      return [{ kind: 'value', value: null, texts: NO_TEXTS }];
    case 'boolean':
      return [true, false].map((value) => ({ kind: 'value', value, texts: NO_TEXTS }));
    case 'number':
      return [{ kind, integer: false, low: null, high: null, steps: new Set(), texts: NO_TEXTS }];
    case 'string':
      return [{ kind, min: 0, max: Infinity, patterns: NONE, texts: NO_TEXTS }];
    case 'array':
      return [{ kind, prefix: [], rest: [], min: 0, max: Infinity, unique: false, texts: NO_TEXTS }];
    case 'object':
      return [{ kind, keys: 'unsaid', groups: [], required: NONE, names: [], min: 0, max: Infinity, texts: NO_TEXTS }];
  }
}

function union<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  return a.size === 0 ? b : b.size === 0 ? a : new Set([...a, ...b]);
}

/** Both texts. */
export function unionOfTexts(a: TextConstraints, b: TextConstraints): TextConstraints {
  return a.size === 0 ? b : b.size === 0 ? a : new Map([...a, ...b]);
}

/** The stricter of two lower bounds (sign 1) or upper bounds (sign -1). */
export function stricter(a: Bound | null, b: Bound | null, sign: 1 | -1): Bound | null {
  if (a === null || b === null) return a ?? b;
  if (a.at === b.at) return a.open ? a : b;
  return a.at * sign > b.at * sign ? a : b;
}

/** What the item at a place must fit. */
export function itemAt(branch: ArrayBranch, index: number): Node {
  return branch.prefix[index] ?? branch.rest;
}

/** Both of two branches of one kind at once; null where the kinds differ. Values are not met here: they are asked. */
export function meet(a: Branch, b: Branch): Branch | null {
  const texts = unionOfTexts(a.texts, b.texts);
  if (a.kind === 'number' && b.kind === 'number') {
    const [low, high] = [stricter(a.low, b.low, 1), stricter(a.high, b.high, -1)];
    return { kind: 'number', integer: a.integer || b.integer, low, high, steps: union(a.steps, b.steps), texts };
  }
  if (a.kind === 'string' && b.kind === 'string') {
    const patterns = union(a.patterns, b.patterns);
    return { kind: 'string', min: Math.max(a.min, b.min), max: Math.min(a.max, b.max), patterns, texts };
  }
  if (a.kind === 'array' && b.kind === 'array') {
    const length = Math.max(a.prefix.length, b.prefix.length);
    const prefix = Array.from({ length }, (_, index) => [...itemAt(a, index), ...itemAt(b, index)]);
    const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
    return { kind: 'array', prefix, rest: [...a.rest, ...b.rest], min, max, unique: a.unique || b.unique, texts };
  }
  if (a.kind === 'object' && b.kind === 'object') {
    const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
    const groups = [...a.groups, ...b.groups];
    // One part that speaks of every key is enough.
    const keys = KNOWN_KEYS.indexOf(a.keys) > KNOWN_KEYS.indexOf(b.keys) ? a.keys : b.keys;
    return {
      kind: 'object',
      keys,
      groups,
      required: union(a.required, b.required),
      names: [...a.names, ...b.names],
      min,
      max,
      texts,
    };
  }
  return null;
}

/** A branch with one more constraint that is only known by its text. */
export function withText(branch: Branch, text: string, source: ConstraintSource): Branch {
  return { ...branch, texts: new Map([...branch.texts, [text, source]]) };
}

/**
 * What the member of a name must fit. Where it cannot be told whether a pattern matches the name, `atLeast` leaves out
 * what may not apply, and `atMost` takes in what may.
 */
export function memberAt(branch: ObjectBranch, key: string, reading: 'atLeast' | 'atMost'): Node {
  const node: Site[] = [];
  for (const group of branch.groups) {
    const named = group.properties.get(key);
    let [matched, doubted] = [named !== undefined, false];
    if (named !== undefined) node.push(named);
    for (const [pattern, site] of group.patterns) {
      const found = fits(pattern, key);
      if (found === true) matched = true;
      if (found === null) doubted = true;
      if (found === true || (found === null && reading === 'atMost')) node.push(site);
    }
    if (!matched && (!doubted || reading === 'atMost')) node.push(group.additional);
  }
  return node;
}

/** The names that a branch speaks of. */
export function namesIn(branch: ObjectBranch): string[] {
  return [...branch.groups.flatMap((group) => [...group.properties.keys()]), ...branch.required];
}

/** The names that alone can be there; null where others can. */
export function closedNames(branch: ObjectBranch): ReadonlySet<string> | null {
  for (const { properties, patterns, additional } of branch.groups) {
    if (patterns.size === 0 && additional.schema === NOTHING.schema) return new Set(properties.keys());
  }
  return null;
}
