/** What callers cannot see does not change a verdict: the proven pairs, written otherwise. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import type { Assessment } from '../../src/model/assessment.js';
import { normalizeFiles } from '../../src/model/module-files.js';
import { runs } from '../property/seed.js';
import { readPairs } from './pair-files.js';
import { REWRITES, type Texts } from './rewrite.js';

/** Pairs tried for each rewriting; with `PROPERTY_TIMES=20` every pair is. */
const PAIRS_EACH = 40;

/** So many of what went wrong are told, the shortest first. */
const MAX_TOLD = 12;

const pairs = readPairs();

function judge(a: Texts, b: Texts): Promise<Assessment> {
  return assessFiles({ fromFiles: normalizeFiles(a), toFiles: normalizeFiles(b) });
}

function printed(files: Texts): string {
  return [...files].map(([path, text]) => `--- ${path}\n${text}`).join('\n');
}

test.each(Object.entries(REWRITES))('a verdict stays where %s', async (_, rewrite) => {
  const { numRuns, seed = Date.now() % 2 ** 31 } = runs(PAIRS_EACH);
  const candidates = pairs.flatMap((pair) => {
    const [a, b] = [rewrite(pair.a), rewrite(pair.b)];
    return a === null && b === null ? [] : [{ ...pair, rewrittenA: a ?? pair.a, rewrittenB: b ?? pair.b }];
  });
  expect(candidates.length).toBeGreaterThan(20);
  const size = Math.min(numRuns, candidates.length);
  const chosen = fc.sample(fc.shuffledSubarray(candidates, { minLength: size, maxLength: size }), { seed, numRuns: 1 });
  const wrong: string[] = [];
  for (const { name, a, b, rewrittenA, rewrittenB, level: provenLevel } of chosen.flat()) {
    const { level } = await judge(a, b);
    for (const [what, from, to, expected] of [
      ['the later one rewritten', a, rewrittenB, level],
      ['the earlier one rewritten', rewrittenA, b, level],
      ['nothing but the rewriting', b, rewrittenB, 'COMPATIBLE'],
    ] as const) {
      const answer = await judge(from, to);
      if (answer.level === expected) continue;
      // What is not known of a version is as little known of it written otherwise.
      if (expected === 'COMPATIBLE' && answer.level === 'UNKNOWN' && provenLevel === 'UNKNOWN') continue;
      const versions = `${printed(from)}\n=>\n${printed(to)}`;
      wrong.push(`${name}, ${what}: ${answer.level}, not ${expected}\n${answer.rationale}\n${versions}`);
    }
  }
  const told = wrong.sort((one, other) => one.length - other.length).slice(0, MAX_TOLD);
  expect(told.join('\n\n'), `${wrong.length} verdicts changed; PROPERTY_SEED=${seed}`).toBe('');
});
