/** The JSON Schemas that a module publishes: what it takes and gives where callers speak JSON to it. */

import { isObject, type Json, type JsonObject, member, parseJson } from './manifest.js';
import type { ModuleTree } from './module-tree.js';

/** Whether callers write values of a schema, read them, or both. */
export type SchemaDirection = 'input' | 'output' | 'both';

/** One published schema. */
export interface PublishedSchema {
  readonly path: string;
  /** The JSON pointer of the schema in its file; '' for the whole. */
  readonly pointer: string;
  /**
   * The same schema's name in another version: the pointer with a tool's name where its place in a list stands, since
   * lists are reordered.
   */
  readonly label: string;
  readonly direction: SchemaDirection;
  readonly schema: Json;
}

/** More is not a contract but a corpus. */
export const MAX_SCHEMAS = 2_000;
const MAX_BYTES = 16_000_000;
const MAX_DEPTH = 32;

const TAKEN = /^(?:inputs?|requests?|params?|parameters?|arguments?|args?|options?|config)$/;
const GIVEN = /^(?:outputs?|responses?|results?|events?)$/;

/** The members of a tool's description that are schemas. */
export const SCHEMA_KEYS: Readonly<Record<string, SchemaDirection>> = {
  inputSchema: 'input',
  input_schema: 'input',
  outputSchema: 'output',
  output_schema: 'output',
};

function directionOfWords(text: string): SchemaDirection | null {
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const taken = words.some((word) => TAKEN.test(word));
  const given = words.some((word) => GIVEN.test(word));
  if (taken && given) return 'both';
  return taken ? 'input' : given ? 'output' : null;
}

/** By the file's own name, else by the nearest folder's that says; both where nothing does. */
function directionOf(path: string): SchemaDirection {
  for (const name of path
    .replace(/\.json$/, '')
    .split('/')
    .reverse()) {
    const direction = directionOfWords(name);
    if (direction !== null) return direction;
  }
  return 'both';
}

function isSchemaDocument(path: string, value: Json): boolean {
  if (path.endsWith('.schema.json')) return isObject(value) || typeof value === 'boolean';
  const dialect = member(value, '$schema');
  return typeof dialect === 'string' && /^https?:\/\/json-schema\.org\//.test(dialect);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The children of a value with their pointers, and labels that outlive a reordering. */
export function* labelledChildren(value: Json, pointer: string, label: string): Generator<[Json, string, string]> {
  if (Array.isArray(value)) {
    const names = value.map((item: Json) => member(item, 'name'));
    const times = new Map<Json | undefined, number>();
    for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
    for (const [index, item] of value.entries()) {
      const name = names[index];
      const unique = typeof name === 'string' && times.get(name) === 1;
      yield [item, `${pointer}/${index}`, `${label}/${unique ? escaped(name) : index}`];
    }
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield [item, `${pointer}/${escaped(key)}`, `${label}/${escaped(key)}`];
    }
  }
}

/** The schemas that a manifest of tools holds (Model Context Protocol and its like). */
function* toolSchemas(path: string, root: Json): Generator<PublishedSchema> {
  const pending: { value: Json; pointer: string; label: string; depth: number }[] = [
    { value: root, pointer: '', label: '', depth: 0 },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [value, pointer, label] of labelledChildren(next.value, next.pointer, next.label)) {
      const key = isObject(next.value) ? pointer.slice(pointer.lastIndexOf('/') + 1) : '';
      const direction = Object.hasOwn(SCHEMA_KEYS, key) ? SCHEMA_KEYS[key] : undefined;
      if (direction !== undefined && isObject(value)) yield { path, pointer, label, direction, schema: value };
      else if (next.depth < MAX_DEPTH) pending.push({ value, pointer, label, depth: next.depth + 1 });
    }
  }
}

/** True for files that tell a tool chain of the module, and for what lies in `node_modules`: no contract with callers. */
export function isManifest(path: string): boolean {
  return (
    /(?:^|\/)(?:package|package-lock|tsconfig[^/]*|jsconfig)\.json$/.test(path) || /(?:^|\/)node_modules\//.test(path)
  );
}

/** Schemas and tools are looked for in the same files, which may be large. */
const parsed = new WeakMap<ModuleTree, Map<string, Json | undefined>>();

/** A file of JSON, parsed once; undefined where it is too large to be a contract, or no JSON. */
export function jsonDocument(tree: ModuleTree, path: string): Json | undefined {
  const known = parsed.get(tree) ?? new Map<string, Json | undefined>();
  parsed.set(tree, known);
  if (!known.has(path)) {
    const size = tree.bytes(path)?.byteLength ?? 0;
    known.set(path, size > MAX_BYTES ? undefined : parseJson(tree.read(path) ?? ''));
  }
  return known.get(path);
}

/** True where a file says by its name that it holds a schema. */
export function isSchemaName(path: string): boolean {
  return path.endsWith('.schema.json') && !isManifest(path);
}

/** The schemas that a module publishes. */
interface PublishedSchemas {
  readonly schemas: readonly PublishedSchema[];
  /** True where it publishes more: nobody looked at them. */
  readonly isCut: boolean;
}

/** Every schema that the module publishes, in order of paths: `*.schema.json`, JSON that says it is one, and tools' schemas. */
export function schemasOf(tree: ModuleTree): PublishedSchemas {
  const found: PublishedSchema[] = [];
  for (const path of tree.paths()) {
    if (!path.endsWith('.json') || isManifest(path)) continue;
    const value = jsonDocument(tree, path);
    if (value === undefined) continue;
    const whole: PublishedSchema = { path, pointer: '', label: '', direction: directionOf(path), schema: value };
    for (const schema of isSchemaDocument(path, value) ? [whole] : toolSchemas(path, value)) {
      if (found.length === MAX_SCHEMAS) return { schemas: found, isCut: true };
      found.push(schema);
    }
  }
  return { schemas: found, isCut: false };
}

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
export function atPointer(root: Json, pointer: string): Json | undefined {
  if (pointer === '') return root;
  if (!pointer.startsWith('/')) return undefined;
  let at: Json | undefined = root;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = Array.isArray(at) ? at[/^(?:0|[1-9][0-9]*)$/.test(key) ? Number(key) : -1] : member(at as JsonObject, key);
    if (at === undefined) return undefined;
  }
  return at;
}
