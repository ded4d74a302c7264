/** One transaction, cut short at its operations on the disk: it is there as a whole or not at all, and writing goes on. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutRounds, ERRNOS, FAULTS } from './cut-rounds.mjs';
import { library } from './library.js';
import { prepared, SCENARIOS } from './scenarios.mjs';
import { chosenSeed } from './seeded-random.mjs';

/**
 * `npm run soak` cuts at every operation; here it is every 83rd, from a random one on, and every 23rd of a plain record's.
 * What is refused is any call, of which there are more: the strides have no factor in common with the number of errnos.
 */
const STRIDE = { cut: 83, refused: 167 };
const RECORD_STRIDE = { cut: 23, refused: 79 };
/** Every transaction has so many operations. */
const LEAST = 23;

const seed = chosenSeed();
console.log(`cut.test.ts: GIT_LINEAGE_SEED=${seed}`);
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'git-lineage-cut-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
  let from: Awaited<ReturnType<typeof prepared>>;

  beforeAll(async () => {
    from = await prepared(library, scenario, await mkdtemp(join(dir, 'scenario-')));
  });

  it.each(FAULTS)(
    '%s',
    async (fault) => {
      const strides = name === 'record' && fault !== 'killed' && fault !== 'partly synced' ? RECORD_STRIDE : STRIDE;
      const stride = strides[fault === 'refused' ? 'refused' : 'cut'];
      const turn = Math.floor(seed / stride) % ERRNOS.length;
      const cutFrom = (offset: number) =>
        cutRounds({ library, scenario, from, fault, dir, seed, stride, offset, turn });
      const first = await cutFrom(seed % stride);
      // The transaction may be over before the first cut.
      const { rounds, complaints } = first.rounds > 0 ? first : await cutFrom(seed % LEAST);
      expect(complaints).toEqual([]);
      expect(rounds).toBeGreaterThan(0);
    },
    300_000,
  );
});
