/** The constraints that are compared by their text alone: two schemas agree on them where they say the same. */

import { isObject, type Json, type JsonObject } from '../module/manifest.js';
import type { ConstraintSource } from './branches.js';
import { isMisshapen, isUnderstood, TYPES, type TypeName } from './keywords.js';
import { ANNOTATIONS, type Site } from './schema-document.js';

/** A constraint by its text, and the kinds of value that it is about. */
interface TextConstraint extends ConstraintSource {
  readonly text: string;
  readonly keyword: string;
  readonly kinds: readonly TypeName[];
}

/** Keywords that inclusion is decided on; everything else is compared as text. */
const DECIDED: ReadonlySet<string> = new Set([
  'type',
  'nullable',
  'enum',
  'const',
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'items',
  'prefixItems',
  'additionalItems',
  'minItems',
  'maxItems',
  'uniqueItems',
  'properties',
  'patternProperties',
  'additionalProperties',
  'propertyNames',
  'required',
  'minProperties',
  'maxProperties',
]);

const KINDS: Readonly<Record<string, readonly TypeName[]>> = {
  format: ['string', 'number'],
  contentEncoding: ['string'],
  contentMediaType: ['string'],
  contentSchema: ['string'],
  contains: ['array'],
  dependentRequired: ['object'],
  dependentSchemas: ['object'],
  dependencies: ['object'],
};

/** Keywords that mean nothing without another one beside them. */
const COMPANIONS: ReadonlyMap<string, string> = new Map([
  ['then', 'if'],
  ['else', 'if'],
  ['minContains', 'contains'],
  ['maxContains', 'contains'],
]);

const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  if: ['if', 'then', 'else'],
  contains: ['contains', 'minContains', 'maxContains'],
};

function picked(schema: JsonObject, keywords: readonly string[]): JsonObject {
  return Object.fromEntries(
    keywords.flatMap((key) => (Object.hasOwn(schema, key) ? [[key, schema[key] ?? null]] : [])),
  );
}

/** True where what arrays must hold depends on the draft, and the schema is written for another than its document says. */
function hasDoubtfulItems({ document, schema }: Site): boolean {
  if (!isObject(schema)) return false;
  const listed = Array.isArray(schema['items']);
  if (Object.hasOwn(schema, 'prefixItems')) return listed || document.dialect === 'legacy';
  return listed && document.dialect === 'modern';
}

function isDoubtful(site: Site, keyword: string): boolean {
  return (keyword === 'items' || keyword === 'prefixItems' || keyword === 'additionalItems') && hasDoubtfulItems(site);
}

/** A schema within the document that has an address of its own: references in it start from there. */
function hasOwnAddress({ schema, document }: Site): boolean {
  if (schema === document.root || !isObject(schema)) return false;
  const id = Object.hasOwn(schema, '$id') ? schema['$id'] : Object.hasOwn(schema, 'id') ? schema['id'] : undefined;
  return typeof id === 'string' && !id.startsWith('#');
}

/** True where a keyword is decided on, and understood. */
export function isDecided(site: Site, keyword: string): boolean {
  return (
    DECIDED.has(keyword) && isObject(site.schema) && isUnderstood(site.schema, keyword) && !isDoubtful(site, keyword)
  );
}

/** What `$ref` leaves of the keywords beside it: nothing in old drafts, all in new ones; `null` where nobody can say. */
export function besideReference({ schema, document }: Site): 'ignored' | 'read' | null {
  if (!isObject(schema) || !Object.hasOwn(schema, '$ref')) return 'read';
  const others = Object.keys(schema).some((key) => key !== '$ref' && !ANNOTATIONS.has(key));
  if (!others) return 'ignored';
  // Validators disagree on drafts that say to ignore them, so only new drafts are certain.
  return document.dialect === 'modern' ? 'read' : null;
}

function isCompanion(schema: JsonObject, keyword: string): boolean {
  const leader = COMPANIONS.get(keyword);
  return leader !== undefined && Object.hasOwn(schema, leader);
}

function constraintOf(site: Site, schema: JsonObject, keyword: string): TextConstraint {
  const { document } = site;
  const whole = keyword.startsWith('unevaluated') || isDoubtful(site, keyword);
  const part: Json = whole ? schema : picked(schema, TOGETHER[keyword] ?? [keyword]);
  // Only what holds schemas can mean something else in another draft.
  const dialect = typeof schema[keyword] === 'object' ? document.dialect : '';
  const { format } = schema;
  return {
    text: `${keyword} ${dialect} ${document.meaningOf(part)}`,
    keyword,
    format: keyword === 'format' && typeof format === 'string' ? format : undefined,
    kinds: KINDS[keyword] ?? TYPES,
  };
}

/** True for what is no schema: not an object or a boolean, or a known keyword with a value that it cannot have. */
export function isInvalid({ schema }: Site): boolean {
  if (typeof schema === 'boolean') return false;
  return !isObject(schema) || Object.keys(schema).some((key) => isMisshapen(schema, key));
}

/** The text of a schema that is compared as text in whole; null for one that is read. */
export function wholeAsText(site: Site): string | null {
  const { schema, document } = site;
  if (typeof schema === 'boolean') return null;
  const readable = !isInvalid(site) && !hasOwnAddress(site) && besideReference(site) !== null;
  return readable ? null : `schema ${document.dialect} ${document.meaningOf(schema)}`;
}

/** The constraints of one readable schema that are compared as text; those in its subschemas are their own. */
export function textConstraints(site: Site): TextConstraint[] {
  const { schema } = site;
  if (!isObject(schema)) return [];
  // A companion is part of its keyword's text.
  return Object.keys(schema)
    .filter((key) => !ANNOTATIONS.has(key) && !isDecided(site, key))
    .filter((key) => !isCompanion(schema, key))
    .map((key) => constraintOf(site, schema, key));
}
