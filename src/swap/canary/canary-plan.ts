/** The steps of a canary, as a swap is asked for them. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import { isMs, msFrom } from '../milliseconds.js';

/** A candidate serves a growing share of the calls of this process before it becomes active. */
export interface CanaryPlan {
  /** Percentages of the calls, ascending, above 0 and up to 100. */
  readonly steps: readonly number[];
  /** How long each step lasts, in milliseconds. */
  readonly each: number;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 100;
}

/** Returns a valid plan, null where none was asked for. @throws `INVALID_ARGUMENT` with all that is wrong */
export function canaryPlan(given: unknown): CanaryPlan | null {
  if (given === undefined) return null;
  const { steps, each } = (typeof given === 'object' && given !== null ? given : {}) as Partial<CanaryPlan>;
  const issues: InputIssue[] = [];
  const ascending = Array.isArray(steps) && steps.every((share, i) => isShare(share) && share > (steps[i - 1] ?? 0));
  if (!ascending || steps.length === 0)
    issues.push({
      path: 'canary.steps',
      expected: 'ascending percentages above 0 and up to 100',
      actual: quoted(steps),
    });
  if (!isMs(each, 1)) issues.push({ path: 'canary.each', expected: msFrom(1), actual: quoted(each) });
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, 'for example { steps: [5, 25, 100], each: 60_000 }');
  return given as CanaryPlan;
}
