/** Regular expressions that are safe to run: a row of characters and classes, each perhaps repeated, nothing nested. */

/** One place in a pattern. */
interface Atom {
  /** A character that fits. */
  readonly sample: string;
  readonly min: number;
  readonly unbounded: boolean;
}

/** A pattern that runs in little time on any text of `MAX_TEXT` characters. */
interface PlainPattern {
  readonly regexp: RegExp;
  /** A text that fits; null where none was found. */
  readonly sample: string | null;
}

const MAX_PATTERN = 200;
const MAX_TEXT = 512;
const MAX_REPEAT = 256;

/** Each unbounded repetition multiplies the time by the length of the text. */
const MAX_UNBOUNDED = 3;

const ATOM =
  /^(?:\[(\^?)((?:[^\]\\[]|\\[\w.\-/^$*+?()[\]{}|])+)\]|\\([dws.\-/^$*+?()[\]{}|])|([^\\^$.*+?()[\]{}|/])|(\.))/u;
const REPEAT = /^(?:([*+?])|\{(\d{1,4})(?:(,)(\d{0,4}))?\})/;
const CANDIDATES = [...'aA0_-. zZ9@/:#b1'];

function repeatOf(text: string): { length: number; min: number; unbounded: boolean } {
  const found = REPEAT.exec(text);
  if (found === null) return { length: 0, min: 1, unbounded: false };
  const [whole, sign, least, comma, most] = found;
  if (sign !== undefined) return { length: whole.length, min: sign === '+' ? 1 : 0, unbounded: sign !== '?' };
  return { length: whole.length, min: Number(least), unbounded: comma !== undefined && most === '' };
}

function atomsOf(body: string): Atom[] | null {
  const atoms: Atom[] = [];
  for (let rest = body; rest !== ''; ) {
    const found = ATOM.exec(rest);
    if (found === null) return null;
    const [whole] = found;
    const one = new RegExp(`^${whole}$`, 'u');
    const literal = found[4] ?? (/^\\[^dws]/.test(whole) ? whole.slice(1) : null);
    const sample = literal ?? CANDIDATES.find((candidate) => one.test(candidate));
    if (sample === undefined) return null;
    const repeat = repeatOf(rest.slice(whole.length));
    if (repeat.min > MAX_REPEAT) return null;
    atoms.push({ sample, min: repeat.min, unbounded: repeat.unbounded });
    rest = rest.slice(whole.length + repeat.length);
    if (/^[*+?{]/.test(rest)) return null;
  }
  return atoms;
}

function compiled(pattern: string): PlainPattern | null {
  if (pattern.length > MAX_PATTERN) return null;
  try {
    const regexp = new RegExp(pattern, 'u');
    const body = pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
    const atoms = atomsOf(body);
    if (atoms === null || atoms.filter((atom) => atom.unbounded).length > MAX_UNBOUNDED) return null;
    const sample = atoms.map((atom) => atom.sample.repeat(atom.min)).join('');
    return { regexp, sample: sample.length <= MAX_TEXT && regexp.test(sample) ? sample : null };
  } catch {
    return null;
  }
}

const KNOWN = new Map<string, PlainPattern | null>();

/** A pattern as something that can be run; null for one that might run for ever, or is none. */
export function plainPattern(pattern: string): PlainPattern | null {
  const known = KNOWN.get(pattern);
  if (known !== undefined) return known;
  if (KNOWN.size > 1_000) KNOWN.clear();
  const found = compiled(pattern);
  KNOWN.set(pattern, found);
  return found;
}

/** Whether a text fits a pattern; null where that is not found out. */
export function fits(pattern: string, text: string): boolean | null {
  const plain = plainPattern(pattern);
  return plain === null || text.length > MAX_TEXT ? null : plain.regexp.test(text);
}
