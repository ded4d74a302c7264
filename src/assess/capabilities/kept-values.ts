/** Values that are put under names of objects, of which nobody knows which. */

import type { EscapedThings } from './escaped-things.js';
import { powersOf } from './powerful-things.js';
import type { UseLog, UseSite } from './use-log.js';
import { ANY_NUMBER, type Cells, NOTHING, type Thing, UNKNOWN, union, type Value } from './values.js';

/** `Error`, and what it inherits from. */
const MAKES_STACKS = /^(?:Error|constructor|prototype|Function\.prototype)$/;

function hasPower(value: Value): boolean {
  for (const thing of value) if (powersOf(thing) !== null) return true;
  return false;
}

/** Lets functions be called by whoever finds them. */
export function openFunctions(cells: Cells, value: Value): void {
  for (const thing of value) if (thing.startsWith('fn:')) cells.add(`open:${thing}`, UNKNOWN);
}

export class KeptValues {
  readonly #cells: Cells;
  readonly #uses: UseLog;
  #isReadByName = false;

  constructor(cells: Cells, uses: UseLog) {
    this.#cells = cells;
    this.#uses = uses;
  }

  /** Puts a value under a name. */
  put(name: string, value: Value, spot: UseSite): void {
    // V8 hands it who called, and what `this` was: around a file that is a function with `require` (v8.dev/docs/stack-trace-api).
    if (name === 'prepareStackTrace') this.#uses.undetermined(['code'], spot);
    this.#cells.add(`p:${name}`, value);
    if (hasPower(value)) {
      this.#cells.add(`s:\0${spot.file}\0${spot.line}\0${spot.what}`, value);
    }
    openFunctions(this.#cells, value);
  }

  /** Puts a function by a name that is not known into what `Error` is, or inherits from: it may be `prepareStackTrace`. */
  putUnnamed(objects: Value, value: Value, spot: UseSite): void {
    const isFunction = [...value].some((thing) => thing.startsWith('fn:'));
    const isAny = [...value].some((thing) => thing !== 'number' && !thing.startsWith('str:'));
    const isMet = (thing: Thing): boolean => (isAny && thing === 'Error') || (isFunction && MAKES_STACKS.test(thing));
    if ([...objects].some(isMet)) this.#uses.undetermined(['code'], spot);
  }

  /** What was put under a name. */
  get(name: string): Value {
    return union(this.#cells.get(`p:${name}`), /^\d+$/.test(name) ? this.#cells.get(`p:${ANY_NUMBER}`) : NOTHING);
  }

  /** What a setter gets: whatever is put under its names, of any object. Null for names that are not known: what is put away goes out of sight. */
  getAll(names: readonly string[] | null): Value {
    if (names !== null) return union(...names.map((name) => this.get(name)));
    this.readByUnknownName();
    return UNKNOWN;
  }

  /** Somebody reads by a name that is not known: whatever is kept may be it. */
  readByUnknownName(): void {
    this.#isReadByName = true;
  }

  /** What gives something and is kept goes out of sight, where somebody reads by names that are not known. */
  endRound(escaped: EscapedThings): void {
    if (!this.#isReadByName) return;
    for (const [cell, value] of this.#cells.startingWith('s:\0')) {
      const [, file = '', line = '1', ...what] = cell.split('\0');
      escaped.add(value, { file, line: Number(line), what: what.join('\0') });
    }
  }
}
