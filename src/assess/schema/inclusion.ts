/** Proofs that one schema's values are all another's. What is not proven may still be so. */

import {
  type ArrayBranch,
  type Branch,
  closedNames,
  itemAt,
  memberAt,
  type NumberBranch,
  namesIn,
  type ObjectBranch,
  type PropertyGroup,
  type StringBranch,
} from './branches.js';
import type { Budget } from './budget.js';
import { isDescribed, isNewlyDescribed, speaksInText } from './described.js';
import { Evaluator } from './evaluate.js';
import { Normalizer } from './normalize.js';
import { coversInPieces, coversNumber, isEmptyRange } from './number-range.js';
import { ANYTHING, type Node, type Site, sameValue, siteOf } from './schema-document.js';

/** Emptiness is looked for this deep and no deeper. */
const MAX_EMPTY_DEPTH = 8;

const TEXT = siteOf({ type: 'string' });

/** Every constraint that the new side has as text stands on the old side too. */
function hasTexts(a: Branch, b: Branch): boolean {
  return [...b.texts.keys()].every((text) => a.texts.has(text));
}

function coversString(a: StringBranch, b: StringBranch): boolean {
  return a.min >= b.min && a.max <= b.max && [...b.patterns].every((pattern) => a.patterns.has(pattern));
}

/** Which values of a schema a question is about: all of them, or those that callers send who go by what it describes. */
export type Reading = 'all' | 'sent';

/** Proves inclusion, and emptiness, of nodes. One question at a time, many questions in its life. */
export class Inclusion {
  readonly evaluator: Evaluator;
  readonly normalizer: Normalizer;
  readonly reading: Reading;
  readonly #budget: Budget;
  /** Asked where a part is looked at without all that describes its keys. */
  readonly #strict: Inclusion;
  readonly #empty = new Map<string, boolean>();
  readonly #refuted = new Set<string>();
  /** What is proven, or taken to be while its own parts are asked: a value is smaller with every step, so that is sound. */
  readonly #proven = new Set<string>();

  constructor(budget: Budget, reading: Reading = 'all') {
    this.#budget = budget;
    this.reading = reading;
    this.#strict = reading === 'all' ? this : new Inclusion(budget);
    this.evaluator = new Evaluator(budget);
    this.normalizer = new Normalizer(this.evaluator, budget, (a, b) => this.isEmpty([...a, ...b]));
  }

  /** True where every value of `a` that is read surely is one of `b`. @throws `TooComplex` */
  proves(a: Node, b: Node): boolean {
    this.#budget.spend();
    if (b.every((site) => isImplied(site, a))) return true;
    const key = `${this.normalizer.keyOf(a)}<${this.normalizer.keyOf(b)}`;
    if (this.#refuted.has(key)) return false;
    if (this.#proven.has(key)) return true;
    const before = this.#proven.size;
    this.#proven.add(key);
    if (this.#covers(a, b)) return true;
    // What was proven since then may rest on what has just failed.
    for (const later of [...this.#proven].slice(before)) this.#proven.delete(later);
    this.#refuted.add(key);
    return false;
  }

  #covers(a: Node, b: Node): boolean {
    const targets = this.normalizer.branches(b);
    const branches = this.normalizer.branches(a);
    return branches.every((branch) =>
      (speaksInText(branch) ? this.#strict : this).#isCovered(branch, branches, b, targets),
    );
  }

  #isCovered(a: Branch, siblings: readonly Branch[], node: Node, targets: readonly Branch[]): boolean {
    this.#budget.spend();
    if (a.kind === 'value') {
      const same = (b: Branch) => b.kind === 'value' && sameValue(a.value, b.value) && hasTexts(a, b);
      return this.evaluator.node(node, a.value) === 'yes' || targets.some(same);
    }
    if (this.#isEmptyBranch(a, 0)) return true;
    if (targets.some((b) => hasTexts(a, b) && this.#coversBranch(a, siblings, b))) return true;
    if (a.kind !== 'number') return false;
    return coversInPieces(
      a,
      targets.filter((b): b is NumberBranch => b.kind === 'number' && hasTexts(a, b)),
    );
  }

  #coversBranch(a: Branch, siblings: readonly Branch[], b: Branch): boolean {
    if (a.kind === 'number' && b.kind === 'number') return coversNumber(a, b);
    if (a.kind === 'string' && b.kind === 'string') return coversString(a, b);
    if (a.kind === 'array' && b.kind === 'array') return this.#coversArray(a, b);
    return a.kind === 'object' && b.kind === 'object' && this.#coversObject(a, siblings, b);
  }

  /** The longest that an array of a branch can be: up to the first place that nothing fits. */
  #longest(a: ArrayBranch): number {
    for (let index = 0; index <= a.prefix.length && index < a.max; index++) {
      if (this.isEmpty(itemAt(a, index))) return index;
    }
    return a.max;
  }

  #coversArray(a: ArrayBranch, b: ArrayBranch): boolean {
    const longest = this.#longest(a);
    if (a.min < b.min || longest > b.max || (b.unique && !a.unique && longest > 1)) return false;
    const prefix = Math.max(a.prefix.length, b.prefix.length);
    for (let index = 0; index < prefix && index < longest; index++) {
      if (!this.proves(itemAt(a, index), itemAt(b, index))) return false;
    }
    return longest <= prefix || this.proves(a.rest, b.rest);
  }

  #coversObject(a: ObjectBranch, siblings: readonly Branch[], b: ObjectBranch): boolean {
    if (![...b.required].every((key) => a.required.has(key))) return false;
    const closed = closedNames(a);
    const possible = (key: string) => this.#isPossible(a, key);
    const most = Math.min(a.max, closed === null ? Infinity : [...closed].filter(possible).length);
    if (Math.max(a.min, a.required.size) < b.min || most > b.max) return false;
    const named = new Set([...namesIn(a), ...namesIn(b)].filter(possible));
    for (const key of named) {
      if (this.isUnsent(a, siblings, b, key)) continue;
      const [member, doubted] = [memberAt(a, key, 'atLeast'), memberAt(a, key, 'atMost')];
      const prover = member.length === doubted.length ? this : this.#strict;
      if (!prover.proves(member, memberAt(b, key, 'atMost'))) return false;
    }
    if (!this.#coversNames(a, b, closed)) return false;
    return closed !== null || b.groups.every((group) => this.#coversOthers(a, group));
  }

  /**
   * True for a key that callers of `a` do not send, though they could: it is first described by `b`. `siblings` are the
   * other forms that the value can have; a key that one of them describes may come along with any that is not told apart.
   */
  isUnsent(a: ObjectBranch, siblings: readonly Branch[], b: ObjectBranch, key: string): boolean {
    if (this.reading === 'all') return false;
    this.#budget.spend();
    if (!isNewlyDescribed(a, b, key)) return false;
    return siblings.every((other) => {
      this.#budget.spend();
      return other === a || other.kind !== 'object' || !isDescribed(other, key) || this.#areApart(a, other);
    });
  }

  /** True where a member that both require tells two forms apart. */
  #areApart(a: ObjectBranch, b: ObjectBranch): boolean {
    return [...a.required].some(
      (key) => b.required.has(key) && this.isEmpty([...memberAt(a, key, 'atLeast'), ...memberAt(b, key, 'atLeast')]),
    );
  }

  /** False where a member of this name surely cannot be there. */
  #isPossible(a: ObjectBranch, key: string): boolean {
    return this.evaluator.node(a.names, key) !== 'no' && !this.isEmpty(memberAt(a, key, 'atLeast'));
  }

  #coversNames(a: ObjectBranch, b: ObjectBranch, closed: ReadonlySet<string> | null): boolean {
    if (b.names.length === 0 || this.proves([...a.names, TEXT], b.names)) return true;
    const fine = (key: string) => !this.#isPossible(a, key) || this.evaluator.node(b.names, key) === 'yes';
    return closed !== null && [...closed].every(fine);
  }

  /** The members that neither side names: for each target of `group`, all that they may be. */
  #coversOthers(a: ObjectBranch, group: PropertyGroup): boolean {
    const groups = a.groups.length > 0 ? a.groups : [ANY_MEMBERS];
    // Where several schemas may be about one member, none of them alone tells all the keys that are described in it.
    const prover = groups.length === 1 && groups.every((other) => other.patterns.size <= 1) ? this : this.#strict;
    for (const [pattern, target] of group.patterns) {
      const covered = groups.some((other) => {
        const same = other.patterns.get(pattern);
        if (same !== undefined) return prover.proves([same], [target]);
        return [...other.patterns.values(), other.additional].every((option) => prover.proves([option], [target]));
      });
      if (!covered) return false;
    }
    const target = [group.additional];
    const further = (other: PropertyGroup): Site[] => {
      const patterns = [...other.patterns].filter(([pattern]) => !group.patterns.has(pattern));
      return [...patterns.map(([, site]) => site), other.additional];
    };
    if (groups.some((other) => further(other).every((option) => prover.proves([option], target)))) return true;
    const plain = groups.every((other) => other.patterns.size === 0);
    return (
      plain &&
      this.proves(
        groups.map((other) => other.additional),
        target,
      )
    );
  }

  /** True where surely no value fits. @throws `TooComplex` */
  isEmpty(node: Node, depth = 0): boolean {
    if (depth > MAX_EMPTY_DEPTH) return false;
    const key = this.normalizer.keyOf(node);
    const known = this.#empty.get(key);
    if (known !== undefined) return known;
    // A schema that needs itself inside is not called empty while it is asked.
    this.#empty.set(key, false);
    const empty = this.normalizer.branches(node, depth).every((branch) => this.#isEmptyBranch(branch, depth));
    this.#empty.set(key, empty);
    return empty;
  }

  #isEmptyBranch(branch: Branch, depth: number): boolean {
    this.#budget.spend();
    switch (branch.kind) {
      case 'value':
        return false;
      case 'number':
        return isEmptyRange(branch);
      case 'string':
        return branch.min > branch.max;
      case 'array':
        return branch.min > branch.max || this.#lacksItem(branch, depth);
      case 'object':
        return branch.min > branch.max || [...branch.required].some((key) => this.#lacksMember(branch, key, depth));
    }
  }

  #lacksItem(branch: ArrayBranch, depth: number): boolean {
    for (let index = 0; index <= branch.prefix.length && index < branch.min; index++) {
      if (this.isEmpty(itemAt(branch, index), depth + 1)) return true;
    }
    return false;
  }

  #lacksMember(branch: ObjectBranch, key: string, depth: number): boolean {
    return this.evaluator.node(branch.names, key) === 'no' || this.isEmpty(memberAt(branch, key, 'atLeast'), depth + 1);
  }
}

const ANY_MEMBERS: PropertyGroup = { properties: new Map(), patterns: new Map(), additional: ANYTHING };

/** True where a schema is among those of a node already, or says nothing. */
function isImplied(site: Site, node: Node): boolean {
  if (site.schema === true) return true;
  const { document, schema } = site;
  return node.some(
    (other) =>
      (other.schema === schema && other.document === document) ||
      (other.document.dialect === document.dialect &&
        other.document.meaningOf(other.schema) === document.meaningOf(schema)),
  );
}
