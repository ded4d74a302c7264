/** Whether callers send a value: those who go by a schema put no key into it that only a later version describes. */

import { isObject, type Json, type JsonObject } from '../module/manifest.js';
import { type ArrayBranch, type Branch, itemAt, memberAt, type ObjectBranch } from './branches.js';
import type { Budget } from './budget.js';
import type { Inclusion } from './inclusion.js';
import { type Node, sameValue } from './schema-document.js';

/** Judges the values of one schema against those that came after it. */
export class SentValues {
  readonly #inclusion: Inclusion;
  readonly #budget: Budget;

  constructor(inclusion: Inclusion, budget: Budget) {
    this.#inclusion = inclusion;
    this.#budget = budget;
  }

  /** True where some way of fitting `a` accounts for every key of the value that one of `later` speaks of. */
  has(a: Node, later: readonly Node[], value: Json): boolean {
    this.#budget.spend();
    if (typeof value !== 'object' || value === null) return true;
    const branches = this.#inclusion.normalizer.branches(a);
    const targets = later.flatMap((node) => this.#inclusion.normalizer.branches(node));
    return branches.some((branch) => {
      if (branch.kind === 'value') return sameValue(branch.value, value);
      if (branch.kind === 'array') return Array.isArray(value) && this.#hasArray(branch, targets, value);
      return branch.kind === 'object' && isObject(value) && this.#hasObject(branch, branches, targets, value);
    });
  }

  #fits(node: Node, value: Json): boolean {
    return this.#inclusion.evaluator.node(node, value) === 'yes';
  }

  #hasArray(branch: ArrayBranch, targets: readonly Branch[], value: readonly Json[]): boolean {
    if (value.length < branch.min || value.length > branch.max) return false;
    const later = targets.filter((target) => target.kind === 'array');
    return value.every((item, index) => {
      const node = itemAt(branch, index);
      return (
        this.#fits(node, item) &&
        this.has(
          node,
          later.map((target) => itemAt(target, index)),
          item,
        )
      );
    });
  }

  #hasObject(
    branch: ObjectBranch,
    siblings: readonly Branch[],
    targets: readonly Branch[],
    value: JsonObject,
  ): boolean {
    const members = Object.entries(value);
    const counted = members.length >= branch.min && members.length <= branch.max;
    if (!counted || ![...branch.required].every((key) => Object.hasOwn(value, key))) return false;
    const later = targets.filter((target) => target.kind === 'object');
    return members.every(([key, member]) => {
      if (later.some((target) => this.#inclusion.isUnsent(branch, siblings, target, key))) return false;
      const node = memberAt(branch, key, 'atMost');
      const nodes = later.map((target) => memberAt(target, key, 'atMost'));
      return this.#fits(branch.names, key) && this.#fits(node, member) && this.has(node, nodes, member);
    });
  }
}
