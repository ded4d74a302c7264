/** A bound on work: schemas of strangers must not hold anybody up. */

/** Thrown where a question takes more steps, or goes deeper, than any honest schema asks for. */
export class TooComplex extends Error {}

export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** Counts one step. @throws `TooComplex` */
  spend(depth = 0): void {
    this.#left -= 1;
    if (this.#left < 0 || depth > 200) throw new TooComplex();
  }
}
