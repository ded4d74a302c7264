/** From a schema to its branches. */

import { isObject, type Json, type JsonObject } from '../module/manifest.js';
import {
  anyOfKind,
  type Branch,
  type ConstraintSource,
  type KnownKeys,
  meet,
  NO_TEXTS,
  type PropertyGroup,
  withText,
} from './branches.js';
import { type Budget, TooComplex } from './budget.js';
import type { Evaluator } from './evaluate.js';
import {
  arrayOf,
  boundOf,
  flagOf,
  itemsOf,
  kindOf,
  mapAt,
  numberOf,
  schemaAt,
  TYPES,
  type TypeName,
  textOf,
  textsOf,
  typesOf,
} from './keywords.js';
import { type Node, type Site, SiteNumbers } from './schema-document.js';
import { besideReference, isDecided, textConstraints, wholeAsText } from './unsupported.js';
import { isOfSmallKind, meaningOf, metValues, valuesIn } from './value-branches.js';

/** A union of more is not worked out. */
const MAX_BRANCHES = 256;
const MAX_VALUES = 4_000;
const MAX_OPTIONS = 24;

/** References and combinations that lead back to themselves without a step into the value end here. */
const MAX_DEPTH = 40;

const EVERYTHING: readonly Branch[] = TYPES.flatMap(anyOfKind);

/** Of a text that is a schema as a whole. */
const WHOLE: ConstraintSource = { keyword: null };

/** Answers whether two nodes surely have no value in common. */
type DisjointTest = (a: Node, b: Node) => boolean;

function numberBranch(schema: JsonObject, integer: boolean): Branch {
  const step = numberOf(schema, 'multipleOf');
  const [low, high] = [boundOf(schema, 'minimum'), boundOf(schema, 'maximum')];
  return { kind: 'number', integer, low, high, steps: new Set(step === undefined ? [] : [step]), texts: NO_TEXTS };
}

function stringBranch(schema: JsonObject): Branch {
  const pattern = textOf(schema, 'pattern');
  const [min, max] = [numberOf(schema, 'minLength') ?? 0, numberOf(schema, 'maxLength') ?? Infinity];
  return { kind: 'string', min, max, patterns: new Set(pattern === undefined ? [] : [pattern]), texts: NO_TEXTS };
}

function arrayBranch(schema: JsonObject, site: Site): Branch {
  const { document } = site;
  const decided = ['items', 'prefixItems', 'additionalItems'].every(
    (k) => !Object.hasOwn(schema, k) || isDecided(site, k),
  );
  const { prefix, rest } = decided ? itemsOf(schema) : { prefix: [], rest: true };
  return {
    kind: 'array',
    prefix: prefix.map((item) => [{ schema: item, document }]),
    rest: rest === true ? [] : [{ schema: rest, document }],
    min: numberOf(schema, 'minItems') ?? 0,
    max: numberOf(schema, 'maxItems') ?? Infinity,
    unique: flagOf(schema, 'uniqueItems'),
    texts: NO_TEXTS,
  };
}

function groupOf(schema: JsonObject, { document }: Site): PropertyGroup | null {
  const sites = (keyword: string) =>
    new Map(mapAt(schema, keyword).map(([key, inner]): [string, Site] => [key, { schema: inner, document }]));
  const [properties, patterns] = [sites('properties'), sites('patternProperties')];
  const additional = schemaAt(schema, 'additionalProperties') ?? true;
  if (properties.size === 0 && patterns.size === 0 && additional === true) return null;
  return { properties, patterns, additional: { schema: additional, document } };
}

function keysSaid(schema: JsonObject, { document }: Site): KnownKeys {
  const has = (keyword: string) => Object.hasOwn(schema, keyword);
  const names = schemaAt(schema, 'propertyNames') ?? true;
  if (has('additionalProperties') || has('unevaluatedProperties') || names !== true) return 'open';
  if (has('properties') || has('patternProperties')) return 'listed';
  // Deep inside, an object without properties is any object; what takes one as a whole, and lists none, takes none.
  return schema === document.root && schema['type'] === 'object' ? 'listed' : 'unsaid';
}

function objectBranch(schema: JsonObject, site: Site): Branch {
  const group = groupOf(schema, site);
  const names = schemaAt(schema, 'propertyNames');
  return {
    kind: 'object',
    keys: keysSaid(schema, site),
    groups: group === null ? [] : [group],
    required: new Set(textsOf(schema, 'required')),
    names: names === undefined ? [] : [{ schema: names, document: site.document }],
    min: numberOf(schema, 'minProperties') ?? 0,
    max: numberOf(schema, 'maxProperties') ?? Infinity,
    texts: NO_TEXTS,
  };
}

function branchesOfKind(kind: TypeName, schema: JsonObject, site: Site, types: ReadonlySet<string> | null): Branch[] {
  switch (kind) {
    case 'number':
      return [numberBranch(schema, types !== null && !types.has('number'))];
    case 'string':
      return [stringBranch(schema)];
    case 'array':
      return [arrayBranch(schema, site)];
    case 'object':
      return [objectBranch(schema, site)];
    default:
      return anyOfKind(kind);
  }
}

/** Turns nodes into branches, and remembers them. */
export class Normalizer {
  readonly #evaluator: Evaluator;
  readonly #budget: Budget;
  readonly #areDisjoint: DisjointTest;
  readonly #numbers = new SiteNumbers();
  readonly #known = new Map<string, readonly Branch[]>();

  constructor(evaluator: Evaluator, budget: Budget, areDisjoint: DisjointTest) {
    this.#evaluator = evaluator;
    this.#budget = budget;
    this.#areDisjoint = areDisjoint;
  }

  /** A name for a node that it shares with equal ones only. */
  keyOf(node: Node): string {
    return this.#numbers.of(node);
  }

  /**
   * The branches of a node. Without their texts they are at least its values; with every text met, exactly its values.
   * @throws `TooComplex`
   */
  branches(node: Node, depth = 0): readonly Branch[] {
    const key = this.keyOf(node);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let found: readonly Branch[] = EVERYTHING;
    for (const site of node) found = this.#meetAll(found, this.#site(site, depth));
    found = this.#settled(found, node);
    this.#known.set(key, found);
    return found;
  }

  /** Each of the one with each of the other. A value stays where the other side has its kind: `#settled` asks the rest. */
  #meetAll(left: readonly Branch[], right: readonly Branch[]): readonly Branch[] {
    if (left === EVERYTHING) return right;
    if (right === EVERYTHING) return left;
    const met: Branch[] = metValues(left, right);
    for (const a of left) {
      for (const b of right) {
        this.#budget.spend();
        const branch = meet(a, b);
        if (branch !== null) met.push(branch);
      }
    }
    if (met.filter((branch) => branch.kind !== 'value').length > MAX_BRANCHES) throw new TooComplex();
    return met;
  }

  /** Each value once, if it fits; without texts where it surely does. */
  #settled(branches: readonly Branch[], node: Node): Branch[] {
    const values = valuesIn(branches);
    if (values.size > MAX_VALUES) throw new TooComplex();
    const settled: Branch[] = branches.filter((branch) => branch.kind !== 'value');
    for (const [value, ...others] of values.values()) {
      const truth = this.#evaluator.node(node, value.value);
      if (truth === 'yes') settled.push({ ...value, texts: NO_TEXTS });
      if (truth !== 'unknown') continue;
      // Null and the booleans are only in doubt for the sake of texts; else the whole is the text.
      const told = value.texts.size > 0 && others.length === 0 && isOfSmallKind(value.value);
      settled.push(told ? value : { ...value, texts: new Map([[meaningOf(node), WHOLE]]) });
    }
    return settled;
  }

  #site(site: Site, depth: number): readonly Branch[] {
    this.#budget.spend();
    if (depth > MAX_DEPTH) throw new TooComplex();
    const { schema } = site;
    if (schema === false) return [];
    if (schema === true) return EVERYTHING;
    const whole = wholeAsText(site);
    if (whole !== null || !isObject(schema)) return EVERYTHING.map((branch) => withText(branch, whole ?? '', WHOLE));
    const referred = this.#reference(site, schema, depth);
    if (besideReference(site) === 'ignored') return referred;
    const own = this.#own(site, schema, depth);
    return this.#meetAll(referred, own);
  }

  #reference(site: Site, schema: JsonObject, depth: number): readonly Branch[] {
    const reference = textOf(schema, '$ref');
    if (reference === undefined) return EVERYTHING;
    const target = site.document.resolve(reference);
    // Nobody looks where it leads; the same text is taken to lead to the same place.
    if (target === null) return EVERYTHING.map((branch) => withText(branch, `$ref ${reference}`, { keyword: '$ref' }));
    return this.branches([target], depth + 1);
  }

  #own(site: Site, schema: JsonObject, depth: number): readonly Branch[] {
    const { document } = site;
    const values = valuesOf(schema);
    if (values !== null) return values.map((value) => ({ kind: 'value', value, texts: NO_TEXTS }));
    const never = schemaAt(schema, 'not');
    if (never === true || (isObject(never) && Object.keys(never).length === 0)) return [];
    const types = typesOf(schema);
    const kinds = TYPES.filter(
      (kind) => types === null || types.has(kind) || (kind === 'number' && types.has('integer')),
    );
    let found: readonly Branch[] = kinds.flatMap((kind) => branchesOfKind(kind, schema, site, types));
    for (const { text, kinds: about, ...source } of textConstraints(site)) {
      found = found.map((branch) =>
        about.includes(branch.kind === 'value' ? kindOf(branch.value) : branch.kind)
          ? withText(branch, text, source)
          : branch,
      );
    }
    for (const inner of arrayOf(schema, 'allOf') ?? [])
      found = this.#meetAll(found, this.#inner({ schema: inner, document }, depth));
    const any = arrayOf(schema, 'anyOf');
    if (any !== undefined)
      found = this.#meetAll(
        found,
        any.flatMap((inner) => this.#inner({ schema: inner, document }, depth)),
      );
    const one = arrayOf(schema, 'oneOf');
    if (one !== undefined)
      found = this.#meetAll(
        found,
        this.#oneOf(
          one.map((inner) => ({ schema: inner, document })),
          depth,
        ),
      );
    return found;
  }

  #inner(site: Site, depth: number): readonly Branch[] {
    return this.branches([site], depth + 1);
  }

  /** The options together; where two may hold the same value, exactly one of them must, which only the text says. */
  #oneOf(options: readonly Site[], depth: number): readonly Branch[] {
    const found = options.flatMap((option) => this.#inner(option, depth));
    const disjoint =
      options.length <= MAX_OPTIONS &&
      options.every((a, index) => options.slice(index + 1).every((b) => this.#areDisjoint([a], [b])));
    if (disjoint) return found;
    const [first] = options;
    const text = options
      .map((option) => option.document.meaningOf(option.schema))
      .sort()
      .join(' | ');
    return found.map((branch) => withText(branch, `oneOf ${first?.document.dialect} ${text}`, { keyword: 'oneOf' }));
  }
}

/** What `enum` or `const` list; null where neither does. */
function valuesOf(schema: JsonObject): readonly Json[] | null {
  if (Object.hasOwn(schema, 'const')) return [schema['const'] ?? null];
  return arrayOf(schema, 'enum') ?? null;
}
