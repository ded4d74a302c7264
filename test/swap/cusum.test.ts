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

/** After how many looks, ten calls each, a version with this share of failures is found; null: not in so many. */
function foundAfter(bad: () => number, passing: number, looks: number): number | null {
  const test = new Cusum(RULE);
  for (let look = 1; look <= looks; look++) if (test.add({ bad: bad(), of: 10 }, passing)) return look;
  return null;
}

describe('of 100 calls a second', () => {
  it('a version of which 30% fail is found within 2 s, after a base of 500 calls with 1%', () => {
    const next = random(1);
    const bad = binomial10(0.3, next);
    const base = binomial10(0.01, next);
    const found: number[] = [];
    for (let run = 0; run < 20_000; run++) {
      const seen = { bad: 0, of: 500 };
      for (let i = 0; i < 50; i++) seen.bad += base();
      found.push(foundAfter(bad, passingShare(seen, RULE), 600) ?? Number.POSITIVE_INFINITY);
    }
    found.sort((a, b) => a - b);
    expect(found[10_000]).toBeLessThanOrEqual(5);
    expect(found.at(-1)).toBeLessThanOrEqual(20);
  });

  it('at most 10 of 100,000 windows of a minute of an equal version with 1% end in a rollback', () => {
    const next = random(2);
    const bad = binomial10(0.01, next);
    let wrong = 0;
    for (let run = 0; run < 100_000; run++) {
      const seen = { bad: 0, of: 500 };
      for (let i = 0; i < 50; i++) seen.bad += bad();
      if (foundAfter(bad, passingShare(seen, RULE), 600) !== null) wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(10);
  }, 120_000);
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
