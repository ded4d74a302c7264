/** Writers beside git's housekeeping, a person and a copy that is brought up to date: the small run of what the soak does at length. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { besideGitRound } from './beside-git-round.mjs';
import { library } from './library.js';

it('three processes write beside gc, repack, prune, a person and sync', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-beside-git-'));
  try {
    const { acknowledged, commands, syncs, complaints } = await besideGitRound({ library, dir, writers: 3, count: 10 });
    expect(complaints).toEqual([]);
    expect(acknowledged).toBeGreaterThanOrEqual(30);
    expect(commands).toBeGreaterThan(0);
    expect(syncs).toBeGreaterThan(0);
  } finally {
    await rm(dir, { recursive: true });
  }
}, 600_000);
