/** The keywords of JSON Schema as values to rely on: what has the wrong shape is not read as anything. */

import { isObject, type Json, type JsonObject } from '../module/manifest.js';

/** The kinds of value that JSON has. */
export const TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
export type TypeName = (typeof TYPES)[number];

function isSchema(value: Json): boolean {
  return isObject(value) || typeof value === 'boolean';
}

function isCount(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isText(value: Json): boolean {
  return typeof value === 'string';
}

function isNumber(value: Json): boolean {
  return typeof value === 'number';
}

function listOf(isItem: (value: Json) => boolean): (value: Json) => boolean {
  return (value) => Array.isArray(value) && value.every((item: Json) => isItem(item));
}

function mapOf(isItem: (value: Json) => boolean): (value: Json) => boolean {
  return (value) => isObject(value) && Object.values(value).every(isItem);
}

function isTypeName(value: Json): boolean {
  return typeof value === 'string' && (value === 'integer' || TYPES.some((name) => name === value));
}

/** What each keyword that is understood has to look like. */
const SHAPES: Readonly<Record<string, (value: Json) => boolean>> = {
  type: (value) => isTypeName(value) || (listOf(isTypeName)(value) && Array.isArray(value) && value.length > 0),
  nullable: (value) => typeof value === 'boolean',
  enum: (value) => Array.isArray(value),
  const: () => true,
  $ref: isText,
  allOf: listOf(isSchema),
  anyOf: (value) => listOf(isSchema)(value) && Array.isArray(value) && value.length > 0,
  oneOf: (value) => listOf(isSchema)(value) && Array.isArray(value) && value.length > 0,
  not: isSchema,
  if: isSchema,
  // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name.
  then: isSchema,
  else: isSchema,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: (value) => isNumber(value) || typeof value === 'boolean',
  exclusiveMaximum: (value) => isNumber(value) || typeof value === 'boolean',
  multipleOf: (value) => typeof value === 'number' && value > 0,
  minLength: isCount,
  maxLength: isCount,
  pattern: isText,
  format: isText,
  items: (value) => isSchema(value) || listOf(isSchema)(value),
  prefixItems: listOf(isSchema),
  additionalItems: isSchema,
  contains: isSchema,
  minContains: isCount,
  maxContains: isCount,
  minItems: isCount,
  maxItems: isCount,
  uniqueItems: (value) => typeof value === 'boolean',
  properties: mapOf(isSchema),
  patternProperties: mapOf(isSchema),
  additionalProperties: isSchema,
  propertyNames: isSchema,
  required: listOf(isText),
  minProperties: isCount,
  maxProperties: isCount,
  dependentRequired: mapOf(listOf(isText)),
};

/** True for a keyword that is understood and has the shape that it must have. */
export function isUnderstood(schema: JsonObject, keyword: string): boolean {
  const shape = Object.hasOwn(SHAPES, keyword) ? SHAPES[keyword] : undefined;
  return shape?.(schema[keyword] ?? null) === true;
}

/** True for a keyword that is known and has another shape than it must have. */
export function isMisshapen(schema: JsonObject, keyword: string): boolean {
  return Object.hasOwn(SHAPES, keyword) && !isUnderstood(schema, keyword);
}

/** A keyword's value where it is there and well-shaped. */
function keywordOf(schema: JsonObject, keyword: string): Json | undefined {
  return Object.hasOwn(schema, keyword) && isUnderstood(schema, keyword) ? schema[keyword] : undefined;
}

export function numberOf(schema: JsonObject, keyword: string): number | undefined {
  const value = keywordOf(schema, keyword);
  return typeof value === 'number' ? value : undefined;
}

export function textOf(schema: JsonObject, keyword: string): string | undefined {
  const value = keywordOf(schema, keyword);
  return typeof value === 'string' ? value : undefined;
}

export function flagOf(schema: JsonObject, keyword: string): boolean {
  return keywordOf(schema, keyword) === true;
}

export function arrayOf(schema: JsonObject, keyword: string): readonly Json[] | undefined {
  const value = keywordOf(schema, keyword);
  return Array.isArray(value) ? value : undefined;
}

export function textsOf(schema: JsonObject, keyword: string): readonly string[] {
  return (arrayOf(schema, keyword) ?? []).filter((item): item is string => typeof item === 'string');
}

/** A map of schemas, such as `properties`; empty where there is none. */
export function mapAt(schema: JsonObject, keyword: string): readonly (readonly [string, Json])[] {
  const value = keywordOf(schema, keyword);
  return isObject(value) ? Object.entries(value) : [];
}

/** One schema, such as `additionalProperties`. */
export function schemaAt(schema: JsonObject, keyword: string): Json | undefined {
  const value = keywordOf(schema, keyword);
  return value !== undefined && isSchema(value) ? value : undefined;
}

/** The names in `type`, `integer` among them, with `null` where `nullable` adds it; null where any will do. */
export function typesOf(schema: JsonObject): ReadonlySet<string> | null {
  const type = keywordOf(schema, 'type');
  if (type === undefined) return null;
  const names = new Set<string>(typeof type === 'string' ? [type] : textsOf(schema, 'type'));
  if (flagOf(schema, 'nullable')) names.add('null');
  return names;
}

/** A bound on numbers: where it is, and whether the place itself is out. */
export interface Bound {
  readonly at: number;
  readonly open: boolean;
}

/** `minimum` or `maximum` with its exclusive companion, in draft 4's form or the later one; null for none. */
export function boundOf(schema: JsonObject, side: 'minimum' | 'maximum'): Bound | null {
  const closed = numberOf(schema, side);
  const companion = side === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
  const open = numberOf(schema, companion);
  const sign = side === 'minimum' ? 1 : -1;
  if (closed === undefined) return open === undefined ? null : { at: open, open: true };
  if (open === undefined) return { at: closed, open: flagOf(schema, companion) };
  return open * sign >= closed * sign ? { at: open, open: true } : { at: closed, open: false };
}

/** The kind of a value. */
export function kindOf(value: Json): TypeName {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const kind = typeof value;
  return kind === 'boolean' || kind === 'number' || kind === 'string' ? kind : 'object';
}

/** Schemas by place in an array: the first ones, and the one for all further. */
interface ItemSchemas {
  readonly prefix: readonly Json[];
  readonly rest: Json;
}

/** `prefixItems` and `items`, or the older `items` list and `additionalItems`. */
export function itemsOf(schema: JsonObject): ItemSchemas {
  const prefix = arrayOf(schema, 'prefixItems');
  const list = arrayOf(schema, 'items');
  if (prefix !== undefined) return { prefix, rest: schemaAt(schema, 'items') ?? true };
  if (list !== undefined) return { prefix: list, rest: schemaAt(schema, 'additionalItems') ?? true };
  return { prefix: [], rest: schemaAt(schema, 'items') ?? true };
}
