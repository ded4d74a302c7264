/** Which values callers send who go by a schema, told by its text alone: the measure of what the assessor takes them to send. */

import { isObject, type Json, type JsonObject, member } from '../../src/assess/module/manifest.js';
import { Budget } from '../../src/assess/schema/budget.js';
import { Evaluator } from '../../src/assess/schema/evaluate.js';
import { SchemaDocument } from '../../src/assess/schema/schema-document.js';

/** Schemas that hold together of one value, the options of their unions chosen. */
type Chosen = readonly JsonObject[];

const LISTS = ['properties', 'patternProperties'];
const OPEN = ['additionalProperties', 'unevaluatedProperties', 'propertyNames'];

function has(schema: JsonObject, keyword: string): boolean {
  return Object.hasOwn(schema, keyword);
}

function items(schema: JsonObject, keyword: string): readonly Json[] {
  const value = schema[keyword];
  return Array.isArray(value) ? value : [];
}

function entries(schema: JsonObject, keyword: string): [string, Json][] {
  const value = has(schema, keyword) ? schema[keyword] : undefined;
  return isObject(value) ? Object.entries(value) : [];
}

/** Every name that stands in a `properties` anywhere. */
export function namesIn(schema: Json): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return new Set();
  const own = isObject(schema) ? entries(schema, 'properties').map(([key]) => key) : [];
  return new Set([...own, ...Object.values(schema).flatMap((inner: Json) => [...namesIn(inner)])]);
}

/** The values of a schema in which each key is described where it stands, or has a name that the later one nowhere uses. */
export class SentBy {
  readonly #document: SchemaDocument;
  readonly #evaluator = new Evaluator(new Budget(5_000_000));
  readonly #later: ReadonlySet<string>;

  constructor(schema: Json, later: Json) {
    this.#document = new SchemaDocument(schema);
    this.#later = namesIn(later);
  }

  /** True for a value that callers surely send, provided that the schema takes it. */
  has(value: Json): boolean {
    return this.#sends([this.#document.root], value);
  }

  #fits(schema: Json, value: Json): boolean {
    return this.#evaluator.site({ schema, document: this.#document }, value) === 'yes';
  }

  #sends(schemas: readonly Json[], value: Json): boolean {
    if (typeof value !== 'object' || value === null) return true;
    return this.#choices(schemas, value).some((chosen) => {
      // What is listed whole is described whole.
      if (chosen.some((schema) => has(schema, 'const') || has(schema, 'enum'))) return true;
      return Array.isArray(value)
        ? value.every((item: Json, index) => this.#sends(chosen.flatMap(itemOf(index)), item))
        : Object.entries(value as JsonObject).every(
            ([key, inner]) =>
              (this.#describes(chosen, key) || !this.#later.has(key)) &&
              this.#sends(chosen.flatMap(membersOf(key)), inner),
          );
    });
  }

  #choices(schemas: readonly Json[], value: Json): Chosen[] {
    return schemas.reduce<Chosen[]>(
      (all, schema) => all.flatMap((left) => this.#choicesOf(schema, value).map((right) => [...left, ...right])),
      [[]],
    );
  }

  #choicesOf(schema: Json, value: Json): Chosen[] {
    if (!isObject(schema)) return schema === true ? [[]] : [];
    const reference = schema['$ref'];
    const target = typeof reference === 'string' ? this.#document.resolve(reference) : null;
    const parts = [...items(schema, 'allOf'), ...(target === null ? [] : [target.schema])];
    let found = this.#choices(parts, value).map((chosen) => [schema, ...chosen]);
    for (const union of ['anyOf', 'oneOf'].filter((keyword) => has(schema, keyword))) {
      const options = items(schema, union).filter((option) => this.#fits(option, value));
      const chosen = options.flatMap((option) => this.#choicesOf(option, value));
      found = found.flatMap((left) => chosen.map((right) => [...left, ...right]));
    }
    return found;
  }

  #describes(chosen: Chosen, key: string): boolean {
    if (chosen.some((schema) => OPEN.some((keyword) => has(schema, keyword) && schema[keyword] !== true))) return true;
    if (chosen.some((schema) => schema['additionalProperties'] === true)) return true;
    const isBag = !chosen.some((schema) => LISTS.some((keyword) => has(schema, keyword)));
    // What lists no property is any object, save the arguments as a whole, of which there are none then.
    if (isBag) return !chosen.some((schema) => schema === this.#document.root && schema['type'] === 'object');
    return chosen.some(
      (schema) =>
        entries(schema, 'properties').some(([name]) => name === key) ||
        entries(schema, 'patternProperties').some(([pattern]) => new RegExp(pattern, 'u').test(key)) ||
        items(schema, 'required').includes(key),
    );
  }
}

function itemOf(index: number): (schema: JsonObject) => Json[] {
  return (schema) => {
    const item = items(schema, 'prefixItems')[index] ?? member(schema, 'items');
    return item === undefined ? [] : [item];
  };
}

function membersOf(key: string): (schema: JsonObject) => Json[] {
  return (schema) => {
    const named = entries(schema, 'properties').filter(([name]) => name === key);
    const matched = entries(schema, 'patternProperties').filter(([pattern]) => new RegExp(pattern, 'u').test(key));
    const found = [...named, ...matched].map(([, inner]) => inner);
    const others = has(schema, 'additionalProperties') ? [schema['additionalProperties'] ?? true] : [];
    return found.length > 0 ? found : others;
  };
}
