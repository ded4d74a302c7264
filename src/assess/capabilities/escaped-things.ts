/** Things that go where they cannot be followed, and what they lead to there. */

import type { PowerfulObject } from './builtin-modules.js';
import { powersOf } from './powerful-things.js';
import type { StepBudget } from './step-budget.js';
import type { UseLog, UseSite } from './use-log.js';
import { type Cells, holderOf, one, type Thing, UNKNOWN, type Value } from './values.js';

/** Somebody may do anything with a powerful thing that is out of sight: all that it gives may be reached there. */
export function usePowers(uses: UseLog, thing: Thing, { whole, others }: PowerfulObject, spot: UseSite): void {
  // Of a function of the module by a name that is not known: most are tables of functions.
  if (thing === 'keyed-constructor' || thing === 'Function.prototype') return;
  // Where nearly every member gives the same, so does the whole.
  if (others !== 'undetermined' && others.length > 0) uses.present(others, spot);
  else uses.undetermined(whole, spot);
}

export class EscapedThings {
  readonly #cells: Cells;
  readonly #uses: UseLog;
  readonly #steps: StepBudget;
  /** What has gone out of sight since `begin`: what it leads to has as well, wherever it goes next. */
  readonly #escaped = new Set<Thing>();
  /** Functions and classes that are out of sight, and where: what they and their instances keep is looked at where a round ends, for much is put into them. */
  readonly #handedOut = new Map<Thing, UseSite>();

  constructor(cells: Cells, uses: UseLog, steps: StepBudget) {
    this.#cells = cells;
    this.#uses = uses;
    this.#steps = steps;
  }

  /** Another file is looked through: what escapes there is told anew. */
  begin(): void {
    this.#escaped.clear();
  }

  /** A thing goes where it cannot be followed. */
  add(value: Value, spot: UseSite): void {
    for (const thing of value) {
      const powers = powersOf(thing);
      if (powers !== null) usePowers(this.#uses, thing, powers, spot);
      else if (!this.#escaped.has(thing)) this.#addOnce(thing, spot);
    }
  }

  /** So does all that a function, a literal or a file of the module leads to. */
  #addOnce(thing: Thing, spot: UseSite): void {
    this.#escaped.add(thing);
    this.#steps.spend(1);
    if (thing.startsWith('fn:')) {
      this.#cells.add(`open:${thing}`, UNKNOWN);
      this.add(this.#cells.get(`r:${thing}`), spot);
    }
    const holder = holderOf(thing);
    if (thing.startsWith('obj:')) this.#addHeld(thing, spot);
    else if (holder !== null) {
      if (!this.#handedOut.has(holder)) this.#handedOut.set(holder, spot);
    } else if (thing.startsWith('file:')) {
      const path = thing.slice('file:'.length);
      for (const [, exported] of this.#cells.startingWith(`e:${path}\0`)) this.add(exported, spot);
      this.add(this.#cells.get(`star:${path}`), spot);
    }
  }

  #addHeld(holder: Thing, spot: UseSite): void {
    for (const cell of [`in:${holder}`, `spread:${holder}`]) this.add(this.#cells.get(cell), spot);
  }

  /** What the cells lost escapes, and what is kept in functions that were handed out. */
  endRound(): void {
    for (const thing of this.#cells.lost) {
      const [, file = ''] = thing.split(':');
      this.add(one(thing), { file, line: 1, what: 'one of many of its name' });
    }
    // What is handed out by these is handed out on the way, and comes after them.
    for (const [holder, spot] of this.#handedOut) this.#addHeld(holder, spot);
  }
}
