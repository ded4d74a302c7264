/** Whether a value fits a schema, where that can be told: the judge of every counterexample. */

import { isObject, type Json, type JsonObject } from '../module/manifest.js';
import type { Budget } from './budget.js';
import { formatSample } from './format-samples.js';
import {
  arrayOf,
  boundOf,
  flagOf,
  itemsOf,
  kindOf,
  mapAt,
  numberOf,
  schemaAt,
  textOf,
  textsOf,
  typesOf,
} from './keywords.js';
import { fits } from './plain-pattern.js';
import { canonicalText, type Node, type Site, sameValue } from './schema-document.js';
import { besideReference, isDecided, textConstraints, wholeAsText } from './unsupported.js';

/** `unknown` where a keyword is met whose meaning is not decided here. */
type Ternary = 'yes' | 'no' | 'unknown';

/** True of both: a `no` decides, an `unknown` spoils a `yes`. */
export function both(a: Ternary, b: Ternary): Ternary {
  if (a === 'no' || b === 'no') return 'no';
  return a === 'yes' && b === 'yes' ? 'yes' : 'unknown';
}

function not(a: Ternary): Ternary {
  return a === 'unknown' ? a : a === 'yes' ? 'no' : 'yes';
}

function truthOf(value: boolean | null): Ternary {
  return value === null ? 'unknown' : value ? 'yes' : 'no';
}

/** Whether a number is a multiple: exact for whole numbers, decimals are scaled to them first; null where neither will do. */
export function isMultiple(value: number, of: number): boolean | null {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(of)) return value % of === 0;
  const scaled = [value * 1e6, of * 1e6];
  return scaled.every((n) => Number.isInteger(n) && Math.abs(n) < 2 ** 43)
    ? (scaled[0] ?? 0) % (scaled[1] ?? 1) === 0
    : null;
}

/** Keywords that are compared as text, and that other checks here ask values about. */
const ASKED_ELSEWHERE: ReadonlySet<string> = new Set(['not', 'if', 'contains', 'dependentRequired', 'format']);

/** A question about a value and a site. */
type Check = (schema: JsonObject, value: Json, site: Site, depth: number) => Ternary;

/** Fits values to schemas with three answers. */
export class Evaluator {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Whether a value fits every schema of a node. */
  node(node: Node, value: Json, depth = 0): Ternary {
    let truth: Ternary = 'yes';
    for (const site of node) {
      truth = both(truth, this.site(site, value, depth));
      if (truth === 'no') return truth;
    }
    return truth;
  }

  /** Whether a value fits a schema. */
  site(site: Site, value: Json, depth = 0): Ternary {
    this.#budget.spend(depth);
    const { schema } = site;
    if (typeof schema === 'boolean') return truthOf(schema);
    if (!isObject(schema) || wholeAsText(site) !== null) return 'unknown';
    let truth: Ternary = this.#reference(site, schema, value, depth);
    if (besideReference(site) === 'ignored') return truth;
    for (const check of this.#checks) {
      truth = both(truth, check(schema, value, site, depth));
      if (truth === 'no') return truth;
    }
    return truth;
  }

  #reference(site: Site, schema: JsonObject, value: Json, depth: number): Ternary {
    const reference = textOf(schema, '$ref');
    if (reference === undefined) return 'yes';
    const target = site.document.resolve(reference);
    return target === null ? 'unknown' : this.site(target, value, depth + 1);
  }

  readonly #checks: readonly Check[] = [
    (schema, value) => {
      const types = typesOf(schema);
      const kind = kindOf(value);
      return truthOf(
        types === null || types.has(kind) || (kind === 'number' && types.has('integer') && Number.isInteger(value)),
      );
    },
    (schema, value) => {
      const values = arrayOf(schema, 'enum');
      const constant = Object.hasOwn(schema, 'const') ? (schema['const'] ?? null) : undefined;
      const listed = values === undefined || values.some((item) => sameValue(item, value));
      return truthOf(listed && (constant === undefined || sameValue(constant, value)));
    },
    (schema, value) => (typeof value === 'number' ? this.#number(schema, value) : 'yes'),
    (schema, value) => (typeof value === 'string' ? this.#string(schema, value) : 'yes'),
    (schema, value, site, depth) => (Array.isArray(value) ? this.#array(schema, value, site, depth) : 'yes'),
    (schema, value, site, depth) => (isObject(value) ? this.#object(schema, value, site, depth) : 'yes'),
    (schema, value, site, depth) => this.#combined(schema, value, site, depth),
    (_, value, site) => {
      const kind = kindOf(value);
      const open = textConstraints(site).filter(
        ({ keyword, kinds }) => kinds.includes(kind) && !ASKED_ELSEWHERE.has(keyword),
      );
      return open.length === 0 ? 'yes' : 'unknown';
    },
  ];

  #number(schema: JsonObject, value: number): Ternary {
    const [low, high] = [boundOf(schema, 'minimum'), boundOf(schema, 'maximum')];
    const above = low === null || value > low.at || (value === low.at && !low.open);
    const below = high === null || value < high.at || (value === high.at && !high.open);
    const step = numberOf(schema, 'multipleOf');
    const inside = truthOf(above && below);
    const format: Ternary = Object.hasOwn(schema, 'format') ? 'unknown' : 'yes';
    return both(both(inside, step === undefined ? 'yes' : truthOf(isMultiple(value, step))), format);
  }

  #string(schema: JsonObject, value: string): Ternary {
    const length = [...value].length;
    const inside =
      length >= (numberOf(schema, 'minLength') ?? 0) && length <= (numberOf(schema, 'maxLength') ?? Infinity);
    const pattern = textOf(schema, 'pattern');
    const format = textOf(schema, 'format');
    const formed: Ternary = format === undefined || formatSample(format) === value ? 'yes' : 'unknown';
    return both(both(truthOf(inside), pattern === undefined ? 'yes' : truthOf(fits(pattern, value))), formed);
  }

  #array(schema: JsonObject, value: readonly Json[], site: Site, depth: number): Ternary {
    const { document } = site;
    const counted =
      value.length >= (numberOf(schema, 'minItems') ?? 0) && value.length <= (numberOf(schema, 'maxItems') ?? Infinity);
    let truth = truthOf(counted && (!flagOf(schema, 'uniqueItems') || isUnique(value)));
    const { prefix, rest } = itemsOf(schema);
    const decided = ['items', 'prefixItems', 'additionalItems'].every(
      (key) => !Object.hasOwn(schema, key) || isDecided(site, key),
    );
    if (!decided) return both(truth, 'unknown');
    for (const [index, item] of value.entries()) {
      if (truth === 'no') return truth;
      truth = both(truth, this.site({ schema: prefix[index] ?? rest, document }, item, depth + 1));
    }
    const contained = schemaAt(schema, 'contains');
    if (contained === undefined) return truth;
    if (Object.hasOwn(schema, 'minContains') || Object.hasOwn(schema, 'maxContains')) return both(truth, 'unknown');
    return both(truth, anyOf(value.map((item) => this.site({ schema: contained, document }, item, depth + 1))));
  }

  #object(schema: JsonObject, value: JsonObject, site: Site, depth: number): Ternary {
    const keys = Object.keys(value);
    const counted =
      keys.length >= (numberOf(schema, 'minProperties') ?? 0) &&
      keys.length <= (numberOf(schema, 'maxProperties') ?? Infinity);
    let truth = truthOf(counted && textsOf(schema, 'required').every((key) => Object.hasOwn(value, key)));
    for (const [key, needs] of mapAt(schema, 'dependentRequired')) {
      const met = Array.isArray(needs) && needs.every((need) => typeof need === 'string' && Object.hasOwn(value, need));
      truth = both(truth, truthOf(!Object.hasOwn(value, key) || met));
    }
    const names = schemaAt(schema, 'propertyNames');
    for (const key of keys) {
      if (truth === 'no') return truth;
      truth = both(truth, this.#member(schema, key, value[key] ?? null, site, depth));
      if (names !== undefined)
        truth = both(truth, this.site({ schema: names, document: site.document }, key, depth + 1));
    }
    return truth;
  }

  #member(schema: JsonObject, key: string, value: Json, { document }: Site, depth: number): Ternary {
    let truth: Ternary = 'yes';
    let named: Ternary = 'no';
    for (const [name, inner] of mapAt(schema, 'properties')) {
      if (name !== key) continue;
      named = 'yes';
      truth = both(truth, this.site({ schema: inner, document }, value, depth + 1));
    }
    for (const [pattern, inner] of mapAt(schema, 'patternProperties')) {
      const matched = truthOf(fits(pattern, key));
      if (matched === 'no') continue;
      if (named !== 'yes') named = matched;
      const fitted = this.site({ schema: inner, document }, value, depth + 1);
      truth = both(truth, matched === 'yes' || fitted === 'yes' ? fitted : 'unknown');
    }
    const additional = schemaAt(schema, 'additionalProperties');
    if (named === 'yes' || additional === undefined) return truth;
    const fitted = this.site({ schema: additional, document }, value, depth + 1);
    return both(truth, named === 'no' || fitted === 'yes' ? fitted : 'unknown');
  }

  #combined(schema: JsonObject, value: Json, { document }: Site, depth: number): Ternary {
    const ask = (inner: Json): Ternary => this.site({ schema: inner, document }, value, depth + 1);
    let truth: Ternary = 'yes';
    for (const inner of arrayOf(schema, 'allOf') ?? []) truth = both(truth, ask(inner));
    const any = arrayOf(schema, 'anyOf');
    if (any !== undefined) truth = both(truth, anyOf(any.map(ask)));
    const one = arrayOf(schema, 'oneOf');
    if (one !== undefined) truth = both(truth, oneOf(one.map(ask)));
    const never = schemaAt(schema, 'not');
    if (never !== undefined) truth = both(truth, not(ask(never)));
    const condition = schemaAt(schema, 'if');
    if (condition === undefined) return truth;
    const [holds, then, otherwise] = [
      ask(condition),
      schemaAt(schema, 'then') ?? true,
      schemaAt(schema, 'else') ?? true,
    ];
    if (holds !== 'unknown') return both(truth, ask(holds === 'yes' ? then : otherwise));
    return both(truth, both(ask(then), ask(otherwise)) === 'yes' ? 'yes' : 'unknown');
  }
}

function isUnique(values: readonly Json[]): boolean {
  return new Set(values.map(canonicalText)).size === values.length;
}

function anyOf(truths: readonly Ternary[]): Ternary {
  if (truths.includes('yes')) return 'yes';
  return truths.includes('unknown') ? 'unknown' : 'no';
}

function oneOf(truths: readonly Ternary[]): Ternary {
  const sure = truths.filter((truth) => truth === 'yes').length;
  if (sure > 1) return 'no';
  return truths.includes('unknown') ? 'unknown' : truthOf(sure === 1);
}
