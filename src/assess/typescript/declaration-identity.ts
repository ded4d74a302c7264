/**
 * Whether a declaration of one version is the other version's, down to everything it names: the cheap and exact way
 * to know that nothing changed. Types are not computed, so a thousand pages of unchanged generics cost no more than
 * reading them, and what cannot be computed (a dependency that is not there) is still known to be the same.
 */

import type ts from '../compiler.cjs';
import type { DeclarationComparison } from './declaration-comparison.js';

/** What is known of two nodes. */
interface NodeEquality {
  readonly equal: boolean;
  /** True where the nodes name type parameters that are declared outside of them, each the other's counterpart. */
  readonly outer: boolean;
  /** True where they are the same but for what changed in the declarations that they name. */
  readonly alike: boolean;
  /** True where that is told where those are declared: callers can name them, and nothing is computed from them here. */
  readonly parallel: boolean;
}

const DIFFERENT: NodeEquality = { equal: false, outer: false, alike: false, parallel: false };

/** A pair of declarations that was met. */
interface Pair {
  different: boolean;
  /** True where the two declarations themselves differ, and not just what they name. */
  changed: boolean;
  /** True where they are written otherwise; `forgiven` where that turned out to mean the same. */
  rewritten: boolean;
  forgiven: boolean;
  readonly before: ts.Symbol;
  readonly after: ts.Symbol;
  readonly dependants: Pair[];
}

/** Of more than this many, so much has changed that there is little to gain. */
const MAX_FORGIVEN = 500;

function newPair(before: ts.Symbol, after: ts.Symbol): Pair {
  return { different: false, changed: false, rewritten: false, forgiven: false, before, after, dependants: [] };
}

/** How two declarations relate: `parallel` ones differ in nothing but what changed in others that they name. */
export type Relation = 'equal' | 'parallel' | 'different';

/** A declaration that names another, and whether it differs by itself as well. */
export interface Naming {
  readonly symbol: ts.Symbol;
  readonly changed: boolean;
}

/** A pair of declarations that differ by themselves, and what names them. */
interface ChangedPair {
  readonly before: ts.Symbol;
  readonly after: ts.Symbol;
  /** The earlier declarations that name it, nearest first; beyond one that callers can name, none. */
  readonly namedBy: readonly Naming[];
}

export class DeclarationIdentity {
  readonly declarations: DeclarationComparison;
  /** Whether callers can name a declaration of the earlier version. */
  private readonly isExported: (symbol: ts.Symbol) => boolean;
  private readonly pairs = new Map<ts.Symbol, Map<ts.Symbol, Pair>>();
  private readonly nodes = new Map<ts.Node, Map<ts.Node, NodeEquality>>();
  private optimistic = false;
  private readonly computed = new Set<Pair>();
  private readonly queue: { pair: Pair; before: ts.Symbol; after: ts.Symbol }[] = [];

  constructor(declarations: DeclarationComparison, isExported: (symbol: ts.Symbol) => boolean) {
    this.declarations = declarations;
    this.isExported = isExported;
  }

  /** True where both mean the same to every caller. */
  equal(before: ts.Symbol, after: ts.Symbol): boolean {
    const pair = this.meet(before, after);
    this.explore();
    return this.holds(pair);
  }

  private holds(pair: Pair): boolean {
    return this.optimistic ? !pair.rewritten || pair.forgiven : !pair.different;
  }

  relation(before: ts.Symbol, after: ts.Symbol): Relation {
    if (this.equal(before, after)) return 'equal';
    return this.meet(before, after).changed ? 'different' : 'parallel';
  }

  /** Every pair that was met so far and differs by itself. */
  changedPairs(): ChangedPair[] {
    const changed = [...this.pairs.values()].flatMap((known) => [...known.values()].filter((pair) => pair.changed));
    return changed.map((pair) => {
      const namedBy = this.namersOf(pair).map((namer) => ({ symbol: namer.before, changed: namer.changed }));
      return { before: pair.before, after: pair.after, namedBy };
    });
  }

  /** Compares two nodes of declarations that are being compared themselves. */
  equalNodes(before: ts.Node, after: ts.Node): NodeEquality {
    let known = this.nodes.get(before);
    if (known === undefined) {
      known = new Map();
      this.nodes.set(before, known);
    }
    let answer = known.get(after);
    if (answer === undefined) {
      answer = this.decideNodes(before, after);
      known.set(after, answer);
    }
    return answer;
  }

  private decideNodes(before: ts.Node, after: ts.Node): NodeEquality {
    const local = this.declarations.ofNodes(before, after);
    if (local === null) return DIFFERENT;
    const met = local.pairs.map(([a, b]) => this.meet(a, b));
    this.explore();
    const equal = met.every((pair) => this.holds(pair));
    const isToldThere = (pair: Pair): boolean => this.holds(pair) || this.isToldElsewhere(pair);
    const parallel = equal || (!local.computed && met.every(isToldThere));
    return { equal, outer: local.outer, alike: true, parallel };
  }

  /** A declaration that is not exported is told at the exports that name it; where those differ by themselves, it is not known to them. */
  private isToldElsewhere(pair: Pair): boolean {
    return this.isExported(pair.before) || this.namersOf(pair).some(({ before }) => this.isExported(before));
  }

  /** What names a pair, nearest first; beyond one that callers can name, none. */
  private namersOf(pair: Pair): Pair[] {
    const namers = new Set<Pair>(pair.dependants);
    for (const namer of namers) {
      if (!this.isExported(namer.before)) for (const next of namer.dependants) namers.add(next);
    }
    return [...namers];
  }

  /** The pair's record; a settled equal one where they are one. */
  private meet(before: ts.Symbol, after: ts.Symbol): Pair {
    if (before === after) return newPair(before, after);
    let known = this.pairs.get(before);
    if (known === undefined) {
      known = new Map();
      this.pairs.set(before, known);
    }
    let pair = known.get(after);
    if (pair === undefined) {
      pair = newPair(before, after);
      known.set(after, pair);
      this.queue.push({ pair, before, after });
    }
    return pair;
  }

  /** Settles all that was met: assumes everything equal, and spreads what is not to whatever depends on it. */
  private explore(): void {
    const spread: Pair[] = [];
    for (let next = this.queue.pop(); next !== undefined; next = this.queue.pop()) {
      const { pair, before, after } = next;
      const local = this.declarations.ofSymbols(before, after);
      if (local === null) {
        pair.different = true;
        pair.changed = true;
        pair.rewritten = true;
        spread.push(pair);
        continue;
      }
      for (const [a, b] of local.pairs) {
        const needed = this.meet(a, b);
        needed.dependants.push(pair);
        if (needed.different && !pair.different) {
          pair.different = true;
          spread.push(pair);
        }
      }
      if (local.computed) this.computed.add(pair);
    }
    this.spread(spread);
  }

  /** Spreads a difference to whatever depends on it. */
  private spread(from: readonly Pair[]): void {
    const spread = [...from];
    for (let pair = spread.pop(); pair !== undefined; pair = spread.pop()) {
      for (const dependant of pair.dependants) {
        if (dependant.different) continue;
        dependant.different = true;
        spread.push(dependant);
      }
    }
    // What is computed from something that changed has changed itself.
    for (const pair of this.computed) if (pair.different) pair.changed = true;
  }

  /**
   * Asks of each declaration that is written otherwise whether it means the same, and takes back the differences that
   * hung on it. While that is asked, all other declarations count for equal: each answers for itself.
   */
  forgive(meansTheSame: (before: ts.Symbol, after: ts.Symbol) => boolean): void {
    const all = [...this.pairs.values()].flatMap((known) => [...known.values()]);
    const rewritten = all.filter((pair) => pair.rewritten && pair.before.name === pair.after.name);
    if (rewritten.length > MAX_FORGIVEN) return;
    this.optimistic = true;
    for (const pair of rewritten) pair.forgiven = meansTheSame(pair.before, pair.after);
    this.optimistic = false;
    this.nodes.clear();
    for (const known of this.pairs.values()) {
      for (const pair of known.values()) {
        pair.different = pair.rewritten && !pair.forgiven;
        pair.changed = pair.different;
      }
    }
    this.spread([...this.pairs.values()].flatMap((known) => [...known.values()].filter((pair) => pair.different)));
  }
}
