/** A JSON Schema document, and the places in it: what a schema's text means depends on the document that it is in. */

import { atPointer } from '../module/json-contracts.js';
import { isObject, type Json, type JsonObject, member } from '../module/manifest.js';

/** Drafts to 7 read nothing beside `$ref`; later ones do; a document that does not say leaves it open. */
type Dialect = 'legacy' | 'modern' | 'unsaid';

/** A schema in its document. */
export interface Site {
  readonly schema: Json;
  readonly document: SchemaDocument;
}

/** Schemas that must hold together. */
export type Node = readonly Site[];

/** Keywords that say something about a schema and nothing about values. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'examples',
  'example',
  'default',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
  '$id',
  'id',
  '$anchor',
  '$vocabulary',
  'definitions',
  '$defs',
]);

/** JSON with its keys in order, so that equal values have equal text. */
export function canonicalText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isObject(value)) return typeof value === 'number' ? String(value) : JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key] ?? null)}`).join(',')}}`;
}

/** Equality of JSON values, whatever the order of their keys. */
export function sameValue(a: Json, b: Json): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && canonicalText(a) === canonicalText(b);
}

function dialectOf(root: Json): Dialect {
  const said = member(root, '$schema');
  if (typeof said !== 'string') return 'unsaid';
  if (/draft-0[3-7]/.test(said)) return 'legacy';
  return /20(?:19|2\d)-\d\d/.test(said) ? 'modern' : 'unsaid';
}

/** The document beside this one that a relative reference names; null where it is not in the module. */
export type LoadDocument = (path: string) => SchemaDocument | null;

/** Any reference at all: the text around it does not say by itself what it means. */
const REFERENCE = /"\$(?:ref|dynamicRef|recursiveRef)":/;

let documents = 0;

/** One file's schema, or one tool's, with the references that stay inside it. */
export class SchemaDocument {
  readonly root: Json;
  readonly dialect: Dialect;
  readonly #load: LoadDocument;
  readonly #anchors = new Map<string, Json | null>();
  readonly #texts = new WeakMap<object, string>();
  #rootText: string | null = null;

  constructor(root: Json, load: LoadDocument = () => null) {
    this.root = root;
    this.#load = load;
    this.dialect = dialectOf(root);
    this.#findAnchors();
  }

  /** Names by `$anchor`, or by the older `$id: "#name"`; one that is given twice is nobody's. */
  #findAnchors(): void {
    const pending: Json[] = [this.root];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (Array.isArray(next)) for (const item of next) pending.push(item);
      if (!isObject(next)) continue;
      const id = member(next, '$id') ?? member(next, 'id');
      const anchor =
        member(next, '$anchor') ?? (typeof id === 'string' && id.startsWith('#') ? id.slice(1) : undefined);
      if (typeof anchor === 'string') this.#anchors.set(anchor, this.#anchors.has(anchor) ? null : next);
      for (const item of Object.values(next)) pending.push(item);
    }
  }

  /** The schema that a reference means; null for one that leads out of the module, or nowhere. */
  resolve(reference: string): Site | null {
    const own = member(this.root, '$id') ?? member(this.root, 'id');
    const local = typeof own === 'string' && reference.startsWith(`${own}#`) ? reference.slice(own.length) : reference;
    if (local.startsWith('#')) return this.#inside(local.slice(1));
    // With an address of its own the document's neighbours are on the network, and are not asked.
    if (own !== undefined || /^[a-z][a-z0-9+.-]*:|^\/|^$/i.test(local)) return null;
    const hash = local.indexOf('#');
    const beside = this.#load(hash < 0 ? local : local.slice(0, hash));
    return beside === null ? null : beside.#inside(hash < 0 ? '' : local.slice(hash + 1));
  }

  #inside(fragment: string): Site | null {
    let pointer = fragment;
    try {
      pointer = decodeURIComponent(fragment);
    } catch {
      return null;
    }
    const found =
      pointer === '' || pointer.startsWith('/') ? atPointer(this.root, pointer) : this.#anchors.get(pointer);
    return found === undefined || found === null ? null : { schema: found, document: this };
  }

  /** A text that two schemas share only where they mean the same; one with references includes its whole document. */
  meaningOf(schema: Json): string {
    const text = this.#textOf(schema);
    if (!REFERENCE.test(text)) return text;
    this.#rootText ??= this.#wholeText();
    return `${text} in ${this.dialect} ${this.#rootText}`;
  }

  /** The document's text; one that reads a neighbour's schemas means what no other does, since those may differ. */
  #wholeText(): string {
    const text = canonicalText(this.root);
    const references = [...text.matchAll(/"\$ref":("(?:[^"\\]|\\.)*")/g)].map(([, quoted]) =>
      JSON.parse(quoted ?? '""'),
    );
    const leaves = references.some((reference: string) => {
      const target = this.resolve(reference);
      return target !== null && target.document !== this;
    });
    if (!leaves) return text;
    documents += 1;
    return `${text} @${documents}`;
  }

  #textOf(schema: Json): string {
    if (typeof schema !== 'object' || schema === null) return canonicalText(schema);
    const known = this.#texts.get(schema);
    if (known !== undefined) return known;
    const text = canonicalText(schema);
    this.#texts.set(schema, text);
    return text;
  }
}

const EMPTY = new SchemaDocument(true);

/** The schema that every value fits, and the one that none does. */
export const ANYTHING: Site = { schema: true, document: EMPTY };
export const NOTHING: Site = { schema: false, document: EMPTY };

/** A schema made here, that refers to nothing. */
export function siteOf(schema: JsonObject | boolean): Site {
  return { schema, document: EMPTY };
}

/** Numbers for sites, the same for the same place in the same document: names of questions that are already being asked. */
export class SiteNumbers {
  readonly #numbers = new WeakMap<SchemaDocument, WeakMap<object, number>>();
  #next = 0;

  /** The name of a node, whatever the order of its sites. */
  of(node: Node): string {
    return [...new Set(node.map((site) => this.#number(site)))].sort().join('&');
  }

  #number({ schema, document }: Site): string {
    if (typeof schema !== 'object' || schema === null) return String(schema);
    const numbers = this.#numbers.get(document) ?? new WeakMap<object, number>();
    this.#numbers.set(document, numbers);
    const known = numbers.get(schema) ?? this.#next++;
    numbers.set(schema, known);
    return String(known);
  }
}
