/**
 * JSON, read so that no two readers take it for two things (RFC 8259 with the rules of RFC 7493): no name twice in an object, no bytes
 * that are not UTF-8, nesting within bounds. `JSON.parse` takes the last of two equal names, and others take the first.
 */

/** A value as JSON has them. Objects have no prototype. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** A text that was read. */
export interface JsonText {
  readonly text: string;
  readonly value: Json;
  /** How deep it is nested: 0 for what is neither an array nor an object. */
  readonly depth: number;
  /** The members of the outermost object as they are written; none where it is no object. */
  readonly members: ReadonlyMap<string, string>;
  /** The elements of the outermost array as they are written; none where it is no array. */
  readonly elements: readonly string[];
}

/** Why something is not what it should be. */
export interface Fault {
  readonly fault: string;
  /** True where some readers would take it for something all the same, and not all for the same. */
  readonly isAmbiguous?: true;
}

/** Deeper is nothing that a message says, and would overflow the stack of some reader. */
export const MAX_NESTING = 256;

class Refused extends Error {
  isAmbiguous = false;
}

const SPACE = /[ \t\n\r]*/y;
const UNESCAPED = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

class Reader {
  private readonly text: string;
  private at = 0;
  private deepest = 0;
  readonly members = new Map<string, string>();
  readonly elements: string[] = [];

  constructor(text: string) {
    this.text = text;
  }

  get depth(): number {
    return this.deepest;
  }

  whole(): Json {
    const value = this.value(0);
    this.take(SPACE);
    if (this.at < this.text.length) this.refuse('something behind the value');
    return value;
  }

  private refuse(what: string, isAmbiguous = false): never {
    const refused = new Refused(`${what} at character ${this.at}`);
    refused.isAmbiguous = isAmbiguous;
    throw refused;
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  private skip(character: string): boolean {
    this.take(SPACE);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** Part by part: one pattern for the whole would remember a place to go back to for each escape. */
  private string(): string | null {
    const from = this.at;
    if (this.text[from] !== '"') return null;
    this.at += 1;
    let isPlain = true;
    for (;;) {
      this.take(UNESCAPED);
      if (this.text[this.at] === '"') break;
      if (this.take(ESCAPE) === null) return null;
      isPlain = false;
    }
    this.at += 1;
    return isPlain ? this.text.slice(from + 1, this.at - 1) : JSON.parse(this.text.slice(from, this.at));
  }

  private value(depth: number): Json {
    this.take(SPACE);
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth + 1);
      case '[':
        return this.array(depth + 1);
      case '"':
        return this.string() ?? this.refuse('a string that is not ended or not well formed');
      default: {
        const word = this.take(WORD);
        if (word !== null) return WORDS[word] ?? null;
        const digits = this.take(NUMBER);
        return digits === null ? this.refuse('no value') : Number(digits);
      }
    }
  }

  private enter(depth: number): void {
    if (depth > MAX_NESTING) this.refuse(`more than ${MAX_NESTING} levels`, true);
    if (depth > this.deepest) this.deepest = depth;
    this.at += 1;
  }

  private object(depth: number): JsonObject {
    this.enter(depth);
    const object: Record<string, Json> = Object.create(null);
    if (this.skip('}')) return object;
    do {
      this.take(SPACE);
      const name = this.string();
      if (name === null) this.refuse('no name of a member');
      if (name in object) this.refuse(`the name ${JSON.stringify(name.slice(0, 40))} twice in an object`, true);
      if (!this.skip(':')) this.refuse('no colon');
      this.take(SPACE);
      const from = this.at;
      object[name] = this.value(depth);
      if (depth === 1) this.members.set(name, this.text.slice(from, this.at));
    } while (this.skip(','));
    if (!this.skip('}')) this.refuse('an object that is not ended');
    return object;
  }

  private array(depth: number): Json[] {
    this.enter(depth);
    const array: Json[] = [];
    if (this.skip(']')) return array;
    do {
      this.take(SPACE);
      const from = this.at;
      array.push(this.value(depth));
      if (depth === 1) this.elements.push(this.text.slice(from, this.at));
    } while (this.skip(','));
    if (!this.skip(']')) this.refuse('an array that is not ended');
    return array;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** Reads a text, or says why it is none that every reader takes for the same. */
export function readJson(source: Uint8Array | string): JsonText | Fault {
  const text = typeof source === 'string' ? source : decoded(source);
  if (text === null) return { fault: 'bytes that are not UTF-8', isAmbiguous: true };
  const reader = new Reader(text);
  try {
    const value = reader.whole();
    return { text, value, depth: reader.depth, members: reader.members, elements: reader.elements };
  } catch (error) {
    if (error instanceof Refused) return { fault: error.message, ...(error.isAmbiguous ? { isAmbiguous: true } : {}) };
    throw error;
  }
}

/** True for an object, which an array is not. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How deep a value is nested: 0 for what is neither an array nor an object. */
export function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const within = Array.isArray(value) ? value : Object.values(value);
  return 1 + within.reduce((deepest: number, inner: Json) => Math.max(deepest, depthOf(inner)), 0);
}
