/** Small random schemas and values over one small vocabulary, so that they meet often; a second schema is an edit of the first. */

import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/assess/module/manifest.js';

const KEYS = ['a', 'b', 'c'];
const key = fc.constantFrom(...KEYS);
const text = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'x1', 'Z');
const number = fc.constantFrom(-1, 0, 1, 2, 3, 4, 6, 0.5, 1.5);
const scalar: fc.Arbitrary<Json> = fc.oneof(text, number, fc.constantFrom<Json>(null, true, false));
const count = fc.nat({ max: 3 });

/** Any small value. */
export const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS, 'd', 'x1'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** Some of the members of an object, as the ones of another. */
function some(members: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<JsonObject> {
  return fc
    .record(members, { requiredKeys: [] })
    .map((schema): JsonObject => Object.fromEntries(Object.entries(schema) as [string, Json][]));
}

const type = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object');
const pattern = fc.constantFrom('^a', 'b', '^[a-z]+$', '^x\\d$', '^(a|b)$');

/** The keywords of one level, over schemas for the levels below. */
function level(inner: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const list = fc.array(inner, { minLength: 1, maxLength: 3 });
  const named = fc.dictionary(key, inner, { maxKeys: 3 });
  const numbers = some({
    minimum: number,
    maximum: number,
    exclusiveMinimum: number,
    exclusiveMaximum: number,
    multipleOf: fc.constantFrom(1, 2, 3, 0.5),
  }).map((schema) => ({ ...schema, type: 'number' }));
  const integers = some({ minimum: number, maximum: number, multipleOf: fc.constantFrom(2, 3) }).map((schema) => ({
    ...schema,
    type: 'integer',
  }));
  const strings = some({ minLength: count, maxLength: count, pattern }).map((schema) => ({
    ...schema,
    type: 'string',
  }));
  const counted = { minItems: count, maxItems: count, uniqueItems: fc.boolean() };
  // Never `contains` beside `prefixItems`: ajv 8 then takes an empty array, which the specification does not.
  const arrays = fc
    .oneof(some({ ...counted, items: inner, prefixItems: list }), some({ ...counted, items: inner, contains: inner }))
    .map((schema) => ({ ...schema, type: 'array' }));
  const objects = some({
    properties: named,
    required: fc.uniqueArray(key, { maxLength: 2 }),
    additionalProperties: fc.oneof(fc.constant(false), inner),
    patternProperties: fc.dictionary(fc.constantFrom('^a', '^[bc]$', 'd', '^(a|b)$'), inner, { maxKeys: 1 }),
    propertyNames: fc.constantFrom<Json>({ maxLength: 1 }, { enum: ['a', 'b'] }, true),
    minProperties: count,
    maxProperties: count,
  }).map((schema) => ({ ...schema, type: 'object' }));
  return fc.oneof(
    numbers,
    integers,
    strings,
    arrays,
    { weight: 3, arbitrary: objects },
    fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
    scalar.map((constant) => ({ const: constant })),
    fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })).map((types) => ({ type: types })),
    fc.record({ type: fc.constantFrom('string', 'object'), nullable: fc.boolean() }),
    list.map((options) => ({ anyOf: options })),
    list.map((options) => ({ oneOf: options })),
    list.map((parts) => ({ allOf: parts })),
    fc.tuple(objects, list).map(([schema, options]) => ({ ...schema, anyOf: options })),
    fc.tuple(objects, inner).map(([schema, part]) => ({ ...schema, allOf: [part] })),
    inner.map((never) => ({ not: never })),
    fc.constantFrom('#/$defs/d', '#/$defs/e', '#').map((reference) => ({ type: 'array', items: { $ref: reference } })),
    fc.constantFrom('#/$defs/d', '#/$defs/e').map((reference) => ({ $ref: reference })),
    fc.boolean(),
  );
}

const LEAF: fc.Arbitrary<Json> = fc.oneof(
  fc.boolean(),
  type.map((name) => ({ type: name })),
  scalar.map((constant) => ({ const: constant })),
);
const INNER = level(LEAF);
const schema = level(fc.oneof(LEAF, INNER));

/** References among the definitions go down only: a definition that is only itself has no meaning to compare. */
function withDefinitions(root: Json, d: Json, e: Json): Json {
  return typeof root === 'object' && root !== null && !Array.isArray(root) ? { ...root, $defs: { d, e } } : root;
}

function isPlain(definition: Json): boolean {
  return !JSON.stringify(definition).includes('$ref');
}

const definition = INNER.filter(isPlain);

const MAPS = ['properties', 'patternProperties'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const SINGLE = ['items', 'contains', 'not', 'additionalProperties'];

/** A copy in which the schema at one place, counted in depth first order, is another. */
function edited(root: Json, at: number, change: (schema: Json) => Json): Json {
  let left = at;
  const visit = (node: Json): Json => {
    left -= 1;
    if (left < 0) return node;
    if (left === 0) return change(node);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
    const members = Object.entries(node).map(([name, inner]): [string, Json] => {
      if (SINGLE.includes(name)) return [name, visit(inner)];
      if (LISTS.includes(name) && Array.isArray(inner)) return [name, inner.map(visit)];
      if (!MAPS.includes(name)) return [name, inner];
      return [name, Object.fromEntries(Object.entries(inner ?? {}).map(([key, value]) => [key, visit(value)]))];
    });
    return Object.fromEntries(members);
  };
  return visit(root);
}

/** A schema for another, with a keyword less, with its numbers moved, or with one of its listed values gone. */
function changed(node: Json, part: Json, way: number, index: number): Json {
  if (way === 0 || typeof node !== 'object' || node === null || Array.isArray(node)) return part;
  const entries = Object.entries(node);
  const name = entries[index % Math.max(1, entries.length)]?.[0];
  const moved = entries.map(([key, inner]): [string, Json] => {
    if (key !== name) return [key, inner];
    if (typeof inner === 'number')
      return [key, key === 'multipleOf' ? inner * 2 : Math.max(0, inner + (way === 1 ? 1 : -1))];
    return [key, Array.isArray(inner) && inner.length > 1 ? inner.slice(1) : inner];
  });
  const drops = way === 3 && name !== undefined && name !== '$defs';
  return Object.fromEntries(drops ? entries.filter(([key]) => key !== name) : moved);
}

function isMap(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy in which one of the schemas that list properties, if there is any, lists one more that it does not require. */
function extended(root: Json, at: number, key: string, part: Json): Json {
  const copy = structuredClone(root);
  const lists: { [key: string]: Json }[] = [];
  const visit = (node: Json): void => {
    if (typeof node !== 'object' || node === null) return;
    const properties = isMap(node) ? node['properties'] : undefined;
    if (isMap(properties)) lists.push(properties);
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(copy);
  const list = lists[at % Math.max(1, lists.length)];
  if (list !== undefined) list[key] ??= part;
  return copy;
}

/** Objects as tools describe them: open to others but for a few, within lists, unions and references. */
const CONTRACT: fc.Arbitrary<Json> = fc.letrec<{ any: Json; object: Json }>((tie) => {
  const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, arbitrary);
  const object = fc
    .record({
      properties: fc.dictionary(key, tie('any'), { maxKeys: 3 }),
      required: fc.uniqueArray(key, { maxLength: 1 }),
      additionalProperties: rarely(fc.oneof(fc.boolean(), tie('any'))),
      patternProperties: rarely(fc.dictionary(fc.constantFrom('^a', 'd'), tie('any'), { minKeys: 1, maxKeys: 1 })),
      propertyNames: rarely(fc.constant<Json>({ maxLength: 1 })),
    })
    .map((schema): Json => {
      const said = Object.entries(schema).filter(([, part]) => part !== undefined) as [string, Json][];
      return { type: 'object', ...Object.fromEntries(said) };
    });
  const pair = fc.array(tie('object'), { minLength: 2, maxLength: 2 });
  return {
    object,
    any: fc.oneof(
      { maxDepth: 2 },
      type.map((name): Json => ({ type: name })),
      { weight: 3, arbitrary: tie('object') },
      tie('any').map((items): Json => ({ type: 'array', items })),
      pair.map((anyOf): Json => ({ anyOf })),
      pair.map((allOf): Json => ({ allOf })),
      fc.constant<Json>({ $ref: '#/$defs/d' }),
    ),
  };
}).object;

/** Such an object, and the same with a property more somewhere, of one of these names; some with another edit besides. */
export function extendedPair(name: fc.Arbitrary<string>, alone: boolean): fc.Arbitrary<[Json, Json]> {
  const further = alone ? fc.constant(0) : fc.nat({ max: 2 });
  return fc
    .tuple(CONTRACT, CONTRACT.filter(isPlain), fc.nat({ max: 9 }), name, LEAF, further, fc.nat({ max: 5 }))
    .map(([a, d, at, key, part, way, place]) => {
      const root = withDefinitions(a, d, true);
      const now = extended(root, at, key, part);
      return [root, way === 0 ? now : edited(now, place + 1, (node) => changed(node, part, way, at))];
    });
}

/** Two schemas in one dialect, with definitions. */
export const schemaPair: fc.Arbitrary<[Json, Json]> = fc
  .tuple(
    schema,
    schema,
    definition,
    definition,
    definition,
    fc.nat({ max: 5 }),
    INNER,
    fc.nat({ max: 3 }),
    fc.nat({ max: 5 }),
  )
  .map(([a, other, d, e, f, at, part, way, kind]): [Json, Json] => {
    const b =
      kind === 0
        ? other
        : kind === 1
          ? { anyOf: [a, other] }
          : edited(a, at + 1, (node) => changed(node, part, way, at));
    return [withDefinitions(a, d, e), withDefinitions(b, kind === 3 ? f : d, e)];
  });
