/** Names and numbers that are worth trying where two schemas part. */

import type { NumberBranch, ObjectBranch } from './branches.js';
import { plainPattern } from './plain-pattern.js';

/** Longer constraints are not searched for words. */
const MAX_LENGTH = 2_000;

/** A name for each pattern that branches speak of. */
export function patternNames(branches: readonly ObjectBranch[]): string[] {
  const patterns = branches.flatMap((branch) => branch.groups.flatMap((group) => [...group.patterns.keys()]));
  return [...new Set(patterns)].flatMap((pattern) => plainPattern(pattern)?.sample ?? []);
}

/** Words that stand in constraints which are only known by their text: names of members among them. */
export function namesInTexts(branches: readonly ObjectBranch[]): string[] {
  const texts = branches.flatMap((branch) => [...branch.texts.keys()]);
  const words = texts.flatMap((text) =>
    [...text.slice(0, MAX_LENGTH).matchAll(/"([\w$-]{1,40})"/g)].map(([, word]) => word ?? ''),
  );
  return [...new Set(words)].slice(0, 20);
}

/** Numbers on, and on both sides of, each bound and step. */
export function* numbersNear(ranges: readonly NumberBranch[]): Generator<number> {
  const bounds = ranges.flatMap(({ low, high }) => [low, high]).flatMap((bound) => (bound === null ? [] : [bound.at]));
  const steps = [...new Set(ranges.flatMap((range) => [...range.steps]))];
  const product = steps.reduce((all, step) => all * step, 1);
  const [first] = ranges;
  const own = [...(first?.steps ?? [])].reduce((all, step) => all * step, 1);
  for (const at of [0, ...bounds]) {
    yield* [at, at + 1, at - 1, at + 0.5, at - 0.5, at + 0.001, at - 0.001];
    for (const step of new Set([...steps, product, own])) {
      const near = Math.round(at / step) * step;
      yield* [near, near + step, near - step, near + 1, near - 1];
      yield* [near + 2 * step, near + 3 * step];
    }
  }
  yield* [1.5, 1e6, -1e6];
}
