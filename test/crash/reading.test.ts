/** Two processes on one ledger, each reading what the other writes at once: never a stale answer, nothing lost. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { library } from './library.js';
import { readingRound } from './reading-rounds.mjs';

it('what one has acknowledged the other reads', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-reading-'));
  try {
    const { written, read, complaints } = await readingRound({ library, dir, seconds: 2 });
    expect(complaints).toEqual([]);
    expect(read).toBeGreaterThan(0);
    expect(written).toBeGreaterThanOrEqual(read);
  } finally {
    await rm(dir, { recursive: true });
  }
}, 180_000);
