/** The sequential test of the health window, simulated: what it finds in time, and how seldom it is wrong. */

import { describe, expect, it } from 'vitest';
import { Cusum, passingShare, wilsonUpper } from '../../src/swap/health/cusum.js';

/** A small generator of the same numbers in each run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws of a binomial number of ten calls, by its table. */
function binomial10(share: number, next: () => number): () => number {
  const table: number[] = [];
  let sum = 0;
  for (let k = 0, ways = 1; k <= 10; ways = (ways * (10 - k)) / (k + 1), k++) {
    sum += ways * share ** k * (1 - share) ** (10 - k);
    table.push(sum);
  }
  return () => {
    const u = next();
    let k = 0;
    while (k < 10 && u > (table[k] ?? 1)) k += 1;
    return k;
  };
}

const RULE = { margin: 0.03, delta: 0.1 };

/** The test of calls that are slower than nineteen of twenty were before. */
const SLOW = { margin: 0.05, delta: 0.15 };

interface Simulated {
  /** Shares of bad calls: of the version before, and of this one. */
  readonly before: number;
  readonly now: number;
  /** Calls of the version before. */
  readonly base?: number;
  readonly runs: number;
  readonly seed: number;
  readonly rule?: { readonly margin: number; readonly delta: number };
  /** Looks at healthy calls, ten each, before this share begins. */
  readonly healthy?: number;
}

/** After how many looks each of many versions was found, in order; infinity where it was not, in a window of a minute. */
function looksUntilFound({ before, now, base = 2000, runs, seed, rule = RULE, healthy = 0 }: Simulated): number[] {
  const next = random(seed);
  const [good, bad] = [binomial10(before, next), binomial10(now, next)];
  const found: number[] = [];
  for (let run = 0; run < runs; run++) {
    const seen = { bad: 0, of: base };
    for (let i = 0; i < base / 10; i++) seen.bad += good();
    const passing = passingShare(seen, rule);
    const test = new Cusum(rule);
    let isFound = false;
    for (let look = 0; look < healthy && !isFound; look++) isFound = test.add({ bad: good(), of: 10 }, passing);
    let looks = 0;
    while (!isFound && looks < 600) {
      looks += 1;
      isFound = test.add({ bad: bad(), of: 10 }, passing);
    }
    found.push(isFound ? looks : Number.POSITIVE_INFINITY);
  }
  return found.sort((a, b) => a - b);
}

const countOf = (looks: readonly number[]): number => looks.filter((look) => look !== Number.POSITIVE_INFINITY).length;

// The rows of the design, at 100 calls a second and ten looks a second.
describe('of 100 calls a second', () => {
  it('a version of which 30% fail is found within 2 s, after a base of 500 calls with 1%', () => {
    const looks = looksUntilFound({ before: 0.01, now: 0.3, base: 500, runs: 20_000, seed: 1 });
    expect(looks[10_000]).toBeLessThanOrEqual(5);
    expect(looks.at(-1)).toBeLessThanOrEqual(20);
  });

  it('it is found within 2 s after 20 healthy seconds, too', () => {
    const looks = looksUntilFound({ before: 0.01, now: 0.3, healthy: 200, runs: 5_000, seed: 3 });
    expect(looks.at(-1)).toBeLessThanOrEqual(20);
  });

  it('in 999 of 1,000 cases it is found within 2 s where 5% failed before', () => {
    const looks = looksUntilFound({ before: 0.05, now: 0.3, runs: 20_000, seed: 4 });
    expect(looks[19_980]).toBeLessThanOrEqual(20);
  });

  it('it is found within 4 s after a base of 100 calls', () => {
    const looks = looksUntilFound({ before: 0.01, now: 0.3, base: 100, runs: 20_000, seed: 5 });
    expect(looks.at(-1)).toBeLessThanOrEqual(40);
  });

  it('a version that answers nothing for 2 s is found', () => {
    const looks = looksUntilFound({ before: 0.01, now: 1, runs: 5_000, seed: 6 });
    expect(looks.at(-1)).toBeLessThanOrEqual(20);
  });

  it('six times as many slow calls are found within 2 s, as a rule within one', () => {
    const looks = looksUntilFound({ before: 0.05, now: 0.3, runs: 10_000, seed: 7, rule: SLOW });
    expect(looks[5_000]).toBeLessThanOrEqual(10);
    expect(looks[9_900]).toBeLessThanOrEqual(20);
  });

  it.each([
    ['at most 10 of 100,000', 'with 1%', { before: 0.01, now: 0.01, base: 500, runs: 100_000, seed: 2 }, 10],
    [
      'at most 10 of 20,000',
      'with 20%, after 100 calls',
      { before: 0.2, now: 0.2, base: 100, runs: 20_000, seed: 8 },
      10,
    ],
    ['none of 20,000', 'with as many slow calls', { before: 0.05, now: 0.05, runs: 20_000, seed: 9, rule: SLOW }, 0],
  ])(
    '%s windows of a minute of an equal version %s end in a rollback',
    (_, __, simulated, most) => {
      expect(countOf(looksUntilFound(simulated))).toBeLessThanOrEqual(most);
    },
    120_000,
  );
});

it('lets up to 10% pass where the version before served fewer than 50 calls, or none', () => {
  expect(passingShare(null, RULE)).toBe(0.1);
  expect(passingShare({ bad: 0, of: 49 }, RULE)).toBe(0.1);
  expect(passingShare({ bad: 0, of: 2000 }, RULE)).toBeLessThan(0.04);
  expect(passingShare({ bad: 2000, of: 2000 }, RULE)).toBe(0.85);
});

it('is not convinced by fewer than five bad calls, however unlikely they are', () => {
  const test = new Cusum({ margin: 0, delta: 0.9 });
  expect([1, 1, 1, 1].map((bad) => test.add({ bad, of: bad }, 0.001))).toEqual([false, false, false, false]);
  expect(test.add({ bad: 1, of: 1 }, 0.001)).toBe(true);
});

it('forgets what good calls have outweighed', () => {
  const test = new Cusum(RULE);
  test.add({ bad: 4, of: 4 }, 0.05);
  test.add({ bad: 0, of: 1000 }, 0.05);
  expect(test.add({ bad: 4, of: 4 }, 0.05)).toBe(false);
});

it.each([
  // Newcombe, Statistics in Medicine 17 (1998), table I: the score interval at 95%.
  [81, 263, 0.3662],
  [15, 148, 0.1605],
  [0, 20, 0.1611],
  [1, 29, 0.1718],
])('Wilson, %i of %i', (bad, of, upper) => {
  expect(wilsonUpper({ bad, of }, 1.959964)).toBeCloseTo(upper, 4);
});
