/** How two schemas stand to one another: proven, refuted by an example, or not known. */

import type { Json } from '../module/manifest.js';
import type { Branch } from './branches.js';
import { Budget, TooComplex } from './budget.js';
import { CounterexampleSearch } from './counterexample.js';
import { Inclusion, type Reading } from './inclusion.js';
import { type Node, SiteNumbers } from './schema-document.js';

/** Whether every value of one schema is one of another's. */
export type Included =
  | { readonly is: 'yes' }
  /** `example` fits the one and not the other. */
  | { readonly is: 'no'; readonly example: Json }
  | { readonly is: 'unknown' };

const YES: Included = { is: 'yes' };
const UNKNOWN: Included = { is: 'unknown' };

/** Steps for one question: some tenths of a second. */
const STEPS = 60_000;

/** Steps for all questions about one pair of schemas. */
const MAX_QUESTIONS = 400;

/** What a question answers; undefined where it asks for too much work, or nests deeper than the stack. */
function bounded<T>(question: (budget: Budget) => T): T | undefined {
  try {
    return question(new Budget(STEPS));
  } catch (error) {
    if (error instanceof TooComplex || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Answers questions of inclusion, each within a bound of its own, and remembers the answers. */
export class Relations {
  readonly #numbers = new SiteNumbers();
  readonly #known = new Map<string, Included>();
  readonly #proven = new Map<string, boolean>();

  /** A name that a pair of nodes shares with equal pairs only. */
  keyOf(a: Node, b: Node): string {
    return `${this.#numbers.of(a)}<${this.#numbers.of(b)}`;
  }

  /** Whether every value of `a` is one of `b`, or every one that callers send who go by what `a` describes. */
  included(a: Node, b: Node, reading: Reading = 'all'): Included {
    const key = `${reading} ${this.keyOf(a, b)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const answer = this.#known.size < MAX_QUESTIONS ? this.#ask(a, b, reading) : UNKNOWN;
    this.#known.set(key, answer);
    return answer;
  }

  /** Whether every value of `a` surely is one of `b`: what `included` answers with yes, without the search for an example. */
  proves(a: Node, b: Node): boolean {
    const key = this.keyOf(a, b);
    const known = this.#proven.get(key);
    if (known !== undefined) return known;
    const proven =
      this.#proven.size < MAX_QUESTIONS && bounded((budget) => new Inclusion(budget).proves(a, b)) === true;
    this.#proven.set(key, proven);
    return proven;
  }

  #ask(a: Node, b: Node, reading: Reading): Included {
    if (bounded((budget) => new Inclusion(budget, reading).proves(a, b)) === true) return YES;
    const example = bounded((budget) => new CounterexampleSearch(new Inclusion(budget, reading), budget).find(a, b));
    return example === undefined ? UNKNOWN : { is: 'no', example };
  }

  /** The branches of a node; none where that is too much work. */
  branches(node: Node): readonly Branch[] {
    return bounded((budget) => new Inclusion(budget).normalizer.branches(node)) ?? [];
  }
}
