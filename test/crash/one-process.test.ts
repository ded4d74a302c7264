/** One process that does operation after operation: the small run of what the soak does at length. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { library } from './library.js';
import { FILLING, growthOf, type HeldThen, oneProcessRound } from './one-process-round.mjs';

const MB = 2 ** 20;

/** Thirty measurements, from a run of so many operations on. */
function measured(change: (i: number) => Partial<HeldThen>, from = FILLING): HeldThen[] {
  return Array.from({ length: 30 }, (_, i) => ({
    ...{ done: from + i, rss: 200 * MB, heap: 40 * MB, descriptors: 25 },
    ...change(i),
  }));
}

it('what grows is told from what is held', () => {
  expect(growthOf(measured(() => ({})))).toEqual([]);
  expect(growthOf(measured((i) => ({ heap: (40 + 2 * i) * MB })))).toEqual(['heap grew from 50 to 90 MB']);
  expect(growthOf(measured((i) => ({ descriptors: 25 + i })))).toEqual(['descriptors grew from 34 to 54']);
  // Caches fill at first.
  expect(growthOf(measured((i) => ({ heap: (40 + i) * MB }), 0))).toEqual([]);
  expect(growthOf(measured((i) => ({ heap: (40 + 3 * i) * MB }), 0))[0]).toMatch(/^the heap grew by 87 MB/);
  expect(growthOf(measured((i) => ({ descriptors: 25 + i }), 0))).toEqual(['descriptors grew from 34 to 54']);
});

it('1,000 operations in one process leave nothing open, and memory within what caches hold', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-one-process-'));
  try {
    const { entries, complaints } = await oneProcessRound({ library, dir, operations: 1000 });
    expect(complaints).toEqual([]);
    expect(entries).toBeGreaterThan(250);
  } finally {
    await rm(dir, { recursive: true });
  }
}, 600_000);
