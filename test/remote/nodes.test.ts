/** Nodes as processes, some killed, all writing through one remote: the small run of what the soak does at length. */

import { expect, test } from 'vitest';
import { library } from '../crash/library.js';
import { chosenSeed } from '../crash/seeded-random.mjs';
import { nodeRound } from './node-rounds.mjs';
import { folder } from './places.js';

const libraryUrl = new URL('../../build/index.js', import.meta.url).href;

test.each([
  { nodes: 2, count: 10, killed: 0 },
  { nodes: 5, count: 6, killed: 2 },
])('$nodes nodes, $killed of them killed again and again', { timeout: 180_000 }, async (round) => {
  const seed = chosenSeed();
  const { complaints, failed, acknowledged } = await nodeRound({ library, libraryUrl, dir: folder(), seed, ...round });
  expect(complaints, `GIT_LINEAGE_SEED=${seed}`).toEqual([]);
  expect(failed).toEqual([]);
  expect(acknowledged).toBeGreaterThan(round.count);
});
