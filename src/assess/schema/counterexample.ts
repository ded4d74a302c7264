/** The search for a value that one schema takes and another refuses: what proves that callers break. */

import type { Json } from '../module/manifest.js';
import {
  type ArrayBranch,
  type Branch,
  itemAt,
  memberAt,
  namesIn,
  type ObjectBranch,
  type StringBranch,
} from './branches.js';
import type { Budget } from './budget.js';
import { formatSample } from './format-samples.js';
import type { Inclusion } from './inclusion.js';
import { plainPattern } from './plain-pattern.js';
import { namesInTexts, numbersNear, patternNames } from './sample-values.js';
import { type Node, siteOf } from './schema-document.js';
import { SentValues } from './sent-values.js';

const MAX_DEPTH = 12;

/** How many values each question brings back. */
const MAX_FOUND = 6;
const MAX_SAMPLES = 3;

/** Nobody needs to see longer ones, and they take memory. */
const MAX_LENGTH = 2_000;
const MAX_ITEMS = 64;

const ONE_OF_EACH: readonly Json[] = [null, true, 0, 1.5, 'a', [], {}];

/** A name that no schema is likely to speak of. */
const OTHER_NAMES = ['anythingElse', 'x-other', 'zz', '0', 'A'];

const TEXT = siteOf({ type: 'string' });

type Members = ReadonlyMap<string, Json>;

function objectOf(members: Members): Json {
  return Object.fromEntries(members);
}

/** Finds values by example: each is tried on both schemas by the evaluator, which alone decides. */
export class CounterexampleSearch {
  readonly #inclusion: Inclusion;
  readonly #budget: Budget;
  readonly #sent: SentValues;
  readonly #samples = new Map<string, readonly Json[]>();

  constructor(inclusion: Inclusion, budget: Budget) {
    this.#inclusion = inclusion;
    this.#budget = budget;
    this.#sent = new SentValues(inclusion, budget);
  }

  /** A value that is read, fits `a` for certain and for certain not `b`; undefined where none was found. */
  find(a: Node, b: Node): Json | undefined {
    return this.#between(a, b, 0)[0];
  }

  #isOne(a: Node, b: Node, value: Json): boolean {
    const { evaluator, reading } = this.#inclusion;
    if (evaluator.node(b, value) !== 'no' || evaluator.node(a, value) !== 'yes') return false;
    return reading === 'all' || this.#sent.has(a, [b], value);
  }

  #between(a: Node, b: Node, depth: number): Json[] {
    this.#budget.spend();
    if (depth > MAX_DEPTH || this.#inclusion.proves(a, b)) return [];
    const found: Json[] = [];
    const targets = this.#inclusion.normalizer.branches(b);
    const branches = this.#inclusion.normalizer.branches(a);
    for (const branch of branches) {
      for (const value of this.#candidates(branch, targets, depth, branches)) {
        this.#budget.spend();
        if (this.#isOne(a, b, value)) found.push(value);
        if (found.length >= MAX_FOUND) return found;
      }
    }
    return found;
  }

  /** Values of a branch that are near the edges of it and of what it is held against. */
  *#candidates(
    branch: Branch,
    targets: readonly Branch[],
    depth: number,
    siblings: readonly Branch[] = [],
  ): Generator<Json> {
    switch (branch.kind) {
      case 'value':
        yield branch.value;
        return;
      case 'number':
        yield* numbersNear([branch, ...targets.filter((target) => target.kind === 'number')]);
        return;
      case 'string':
        yield* this.#strings(
          branch,
          targets.filter((target) => target.kind === 'string'),
        );
        return;
      case 'array':
        yield* this.#arrays(
          branch,
          targets.filter((target) => target.kind === 'array'),
          depth,
        );
        return;
      case 'object':
        yield* this.#objects(
          branch,
          targets.filter((target) => target.kind === 'object'),
          depth,
          siblings,
        );
    }
  }

  *#strings(branch: StringBranch, targets: readonly StringBranch[]): Generator<string> {
    for (const { format } of branch.texts.values()) {
      const sample = format === undefined ? undefined : formatSample(format);
      if (sample !== undefined) yield sample;
    }
    for (const pattern of [...branch.patterns, ...targets.flatMap((target) => [...target.patterns])]) {
      const sample = plainPattern(pattern)?.sample;
      if (typeof sample === 'string')
        yield* [sample, sample + sample, sample.padEnd(Math.min(branch.min, MAX_LENGTH), 'a')];
    }
    const edges = [
      branch.min,
      branch.max,
      branch.min + 1,
      branch.min + 2,
      ...targets.flatMap((target) => [target.min - 1, target.max + 1]),
    ];
    for (const length of [...new Set(edges)].filter((edge) => edge >= 0 && edge <= MAX_LENGTH)) {
      for (const letter of ['a', 'A', '0', ' ', '%']) yield letter.repeat(length);
    }
  }

  /** A value or two that fit a node for certain. */
  #samplesOf(node: Node, depth: number): readonly Json[] {
    const key = this.#inclusion.normalizer.keyOf(node);
    const known = this.#samples.get(key);
    if (known !== undefined) return known;
    const found: Json[] = [];
    if (depth > MAX_DEPTH) return found;
    // A schema that needs itself inside has no sample by way of itself.
    this.#samples.set(key, found);
    for (const branch of this.#inclusion.normalizer.branches(node)) {
      for (const value of this.#candidates(branch, [], depth + 1)) {
        this.#budget.spend();
        if (this.#inclusion.evaluator.node(node, value) !== 'yes') continue;
        found.push(value);
        break;
      }
      if (found.length >= MAX_SAMPLES) break;
    }
    if (found.length === 0) this.#samples.delete(key);
    return found;
  }

  #sampleOf(node: Node, depth: number, not: readonly Json[] = []): Json | undefined {
    const samples = this.#samplesOf(node, depth);
    return samples.find((sample) => !not.includes(sample)) ?? samples[0];
  }

  /** An array of so many samples, unlike one another where they can be; null where a place has none. */
  #arrayOf(branch: ArrayBranch, length: number, depth: number): Json[] | null {
    const items: Json[] = [];
    for (let index = 0; index < length; index++) {
      const item = this.#sampleOf(itemAt(branch, index), depth + 1, branch.unique ? items : []);
      if (item === undefined) return null;
      const numbered = branch.unique && items.includes(item) && typeof item === 'number';
      items.push(numbered ? index + 10 : item);
    }
    return items;
  }

  *#arrays(branch: ArrayBranch, targets: readonly ArrayBranch[], depth: number): Generator<Json> {
    const edges = targets.flatMap((target) => [target.min - 1, target.max + 1]);
    const lengths = [branch.min, branch.min + 1, 2, branch.max, ...edges];
    for (const length of [...new Set(lengths)].sort((x, y) => x - y)) {
      if (length < branch.min || length > Math.min(branch.max, MAX_ITEMS)) continue;
      const items = this.#arrayOf(branch, length, depth);
      if (items !== null) yield items;
      // What is only known by its text may ask for a kind of item.
      if (branch.texts.size > 0) for (const item of ONE_OF_EACH) yield Array.from({ length }, () => item);
    }
    for (const target of targets) {
      const places = Math.min(Math.max(branch.prefix.length, target.prefix.length) + 1, branch.max, MAX_ITEMS);
      for (let index = 0; index < places; index++) {
        const wrong = this.#between(itemAt(branch, index), itemAt(target, index), depth + 1);
        const items = wrong.length === 0 ? null : this.#arrayOf(branch, Math.max(branch.min, index + 1), depth);
        for (const value of items === null ? [] : wrong) yield (items ?? []).with(index, value);
      }
    }
  }

  /** The members that a value must have, with samples; null where one has none. */
  #required(branch: ObjectBranch, depth: number): Map<string, Json> | null {
    const members = new Map<string, Json>();
    for (const key of branch.required) {
      const sample = this.#sampleOf(memberAt(branch, key, 'atMost'), depth + 1);
      if (sample === undefined) return null;
      members.set(key, sample);
    }
    const further = [...new Set([...namesIn(branch), ...OTHER_NAMES])];
    for (const key of further) {
      if (members.size >= branch.min) break;
      const sample = members.has(key) ? undefined : this.#sampleOf(memberAt(branch, key, 'atMost'), depth + 1);
      if (sample !== undefined) members.set(key, sample);
    }
    return members;
  }

  /** The names that the two sides speak of, names that one allows and the other does not, and others. */
  #names(branch: ObjectBranch, targets: readonly ObjectBranch[], depth: number): ReadonlySet<string> {
    const all = [branch, ...targets];
    const wrong = targets.flatMap((target) => this.#between([...branch.names, TEXT], target.names, depth + 1));
    const named = [...all.flatMap(namesIn), ...patternNames(all), ...namesInTexts(all)];
    return new Set([...named, ...wrong.filter((name): name is string => typeof name === 'string'), ...OTHER_NAMES]);
  }

  *#objects(
    branch: ObjectBranch,
    targets: readonly ObjectBranch[],
    depth: number,
    siblings: readonly Branch[],
  ): Generator<Json> {
    const base = this.#required(branch, depth);
    if (base === null) return;
    yield objectOf(base);
    const names = this.#names(branch, targets, depth);
    const wrong = new Map<string, Json>();
    const full = new Map(base);
    for (const key of names) {
      if (targets.some((target) => this.#inclusion.isUnsent(branch, siblings, target, key))) continue;
      const node = memberAt(branch, key, 'atMost');
      for (const target of targets) {
        for (const value of this.#between(node, memberAt(target, key, 'atMost'), depth + 1)) {
          if (!wrong.has(key)) wrong.set(key, value);
          yield objectOf(new Map(base).set(key, value));
        }
      }
      const sample = this.#sampleOf(node, depth + 1);
      if (sample === undefined) continue;
      if (!full.has(key)) full.set(key, sample);
      yield objectOf(new Map(base).set(key, sample));
      yield objectOf(full);
    }
    // Several targets may each need a member of its own to be wrong.
    yield objectOf(new Map([...base, ...wrong]));
    yield objectOf(new Map([...full, ...wrong]));
    yield* this.#crowds(branch, targets, full, depth);
  }

  /** Objects with more members than a target lets in. */
  *#crowds(branch: ObjectBranch, targets: readonly ObjectBranch[], full: Members, depth: number): Generator<Json> {
    for (const { max } of targets) {
      if (max >= MAX_ITEMS) continue;
      const members = new Map([...full].slice(0, max + 1));
      for (let index = 0; members.size <= max && index <= MAX_ITEMS; index++) {
        const sample = this.#sampleOf(memberAt(branch, `member${index}`, 'atMost'), depth + 1);
        if (sample !== undefined) members.set(`member${index}`, sample);
      }
      for (const key of branch.required) if (!members.has(key)) members.set(key, full.get(key) ?? null);
      yield objectOf(members);
    }
  }
}
