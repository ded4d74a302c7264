/** What an expression may stand for: a set of things, where only those are told apart by which something can be reached. */

/**
 * One thing. `unknown` is any value that reaches nothing by itself: whoever passes it to the module answers for it.
 * `str:…` is a string; `wide` stands for too many of them, and `many` for too many functions and literals. `fn:…` and `obj:…` are functions and literals of the module, `new:…` an instance of the former,
 * `returned-global` is what somebody gave back who was given the global object for `this`, perhaps; `arguments:…` are those of a function, `file:…` is what a file of it exports, `module:…` the `module` of a CommonJS file, `builtin:…` a module of Node's. `names` makes paths and URLs. `constructor` may be
 * Function, and so may `keyed-constructor`, a member of a function of the module by a name that is not known; `computed` was read by such a name of something else, `keyed` of what may be a function of somebody else. The others are called as in the language, or are said in powerful-things.ts.
 */
export type Thing = string;

export type Value = ReadonlySet<Thing>;

export const NOTHING: Value = new Set();
export const UNKNOWN: Value = new Set(['unknown']);

/** More strings than this are no list of names that somebody wrote. */
const MAX_STRINGS = 32;
const MAX_STRING = 4_096;

/** More functions and literals than this under one name are not told apart any more. */
const MAX_OWN = 12;

export function one(thing: Thing): Value {
  return new Set([thing]);
}

export const NUMBER: Value = one('number');

/** The name of elements whose number is not known. */
export const ANY_NUMBER = '#';

/** True where it can be nothing but a number. */
export function isNumber(value: Value): boolean {
  return value.size > 0 && [...value].every((thing) => thing === 'number');
}

/** A string; one that is too long to name anything is unknown. */
export function stringValue(text: string): Value {
  return text.length > MAX_STRING ? UNKNOWN : one(`str:${text}`);
}

/** The strings among the things. */
export function stringsOf(value: Value): string[] {
  return [...value].filter((thing) => thing.startsWith('str:')).map((thing) => thing.slice(4));
}

/** The strings where it can be nothing else, and at least one; null otherwise. */
export function onlyStrings(value: Value): readonly string[] | null {
  const strings = stringsOf(value);
  return strings.length > 0 && strings.length === value.size ? strings : null;
}

/** Everything that one of the values may be. */
export function union(...values: readonly Value[]): Value {
  let [first, all]: [Value, Set<Thing> | null] = [NOTHING, null];
  for (const value of values) {
    if (value.size === 0 || value === first) continue;
    if (first.size === 0) first = value;
    else {
      all ??= new Set(first);
      for (const thing of value) all.add(thing);
    }
  }
  return all === null ? first : narrowed(all);
}

function narrowed(all: Set<Thing>): Value {
  if (all.size <= MAX_STRINGS && !all.has('wide')) return all;
  const strings = [...all].filter((thing) => thing.startsWith('str:'));
  if (strings.length > MAX_STRINGS || (all.has('wide') && strings.length > 0)) {
    for (const thing of strings) all.delete(thing);
    all.add('wide');
    all.add('unknown');
  }
  return all;
}

const INSTANCE = 'new:';

/** What a function or class constructs, and what `this` is in it. */
export function instanceOf(made: Thing): Thing {
  return `${INSTANCE}${made}`;
}

/** What keeps the members of a function, a class and its instances, or a literal; null for every other thing. */
export function holderOf(thing: Thing): Thing | null {
  if (thing.startsWith(INSTANCE)) return thing.slice(INSTANCE.length);
  return isOwn(thing) ? thing : null;
}

function isOwn(thing: Thing): boolean {
  return thing.startsWith('fn:') || thing.startsWith('obj:');
}

/** A cell's name up to and with its first NUL; empty for a name without one. */
function familyOf(cell: string): string {
  return cell.slice(0, cell.indexOf('\0') + 1);
}

/** The value in each place that keeps one, growing only. */
export class Cells {
  readonly #values = new Map<string, Value>();
  /** The cells of each name up to its first NUL. */
  readonly #families = new Map<string, string[]>();
  /** Functions and literals that a place has no room for: they are out of sight. */
  readonly lost = new Set<Thing>();
  /** Who reads now, and who is to read again because what they read has grown. */
  reader = '';
  readonly outdated = new Set<string>();
  /** Most have one reader, which takes no set. */
  readonly #readers = new Map<string, string | Set<string>>();

  get(cell: string): Value {
    this.#note(cell);
    return this.#values.get(cell) ?? NOTHING;
  }

  #note(name: string): void {
    const readers = this.#readers.get(name);
    if (readers === undefined) this.#readers.set(name, this.reader);
    else if (typeof readers !== 'string') readers.add(this.reader);
    else if (readers !== this.reader) this.#readers.set(name, new Set([readers, this.reader]));
  }

  #grown(cell: string): void {
    for (const name of [cell, familyOf(cell)]) {
      const readers = this.#readers.get(name);
      if (typeof readers === 'string') this.outdated.add(readers);
      else for (const reader of readers ?? []) this.outdated.add(reader);
    }
  }

  add(cell: string, value: Value): void {
    const known = this.#values.get(cell) ?? NOTHING;
    let isNew = false;
    for (const thing of value) {
      if (known.has(thing) || (thing.startsWith('str:') && known.has('wide'))) continue;
      if (isOwn(thing) && known.has('many')) this.#lose(thing);
      else isNew = true;
    }
    if (!isNew) return;
    if (!this.#values.has(cell)) this.#enter(cell);
    this.#values.set(cell, this.#bounded(union(known, value)));
    this.#grown(cell);
  }

  #enter(cell: string): void {
    const family = this.#families.get(familyOf(cell));
    if (family === undefined) this.#families.set(familyOf(cell), [cell]);
    else family.push(cell);
  }

  #lose(thing: Thing): void {
    this.lost.add(thing);
  }

  #bounded(value: Value): Value {
    let own = 0;
    for (const thing of value) if (isOwn(thing)) own += 1;
    if (own === 0 || (own <= MAX_OWN && !value.has('many'))) return value;
    const rest = new Set<Thing>(['many', 'unknown']);
    for (const thing of value) {
      if (isOwn(thing)) this.#lose(thing);
      else rest.add(thing);
    }
    return rest;
  }

  /** The cells whose names begin so, up to and with their first NUL, with their values. */
  startingWith(family: string): (readonly [cell: string, value: Value])[] {
    this.#note(family);
    return (this.#families.get(family) ?? []).map((cell) => [cell, this.#values.get(cell) ?? NOTHING] as const);
  }
}
