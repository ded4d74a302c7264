/**
 * The long run of several services at one ledger, or one seed of it again, with all that was done and said. Exits non-zero on any
 * violation.
 *
 *     node test/crash/fleet-soak.mjs --rounds 100 --seconds 1800 --seed N
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fleetRounds } from '../swap/fleet-rounds.mjs';
import { removeTree } from '../swap/live.mjs';
import { builtLibrary } from './scenarios.mjs';
import { chosenSeed } from './seeded-random.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1800' },
    seed: { type: 'string' },
  },
});
const seed = values.seed === undefined ? chosenSeed() : Number(values.seed);
const library = await builtLibrary();
const dir = mkdtempSync(join(tmpdir(), 'git-lineage-fleet-'));
console.log(`seed ${seed}`);
try {
  const until = Date.now() + Number(values.seconds) * 1000;
  const told = (/** @type {string} */ line) => console.log(`     ${line}`);
  const done = await fleetRounds({ library, dir, rounds: Number(values.rounds), seed, until, told });
  console.log(`${done.rounds} rounds, ${done.entries} entries, ${done.deaths} processes died`);
  for (const complaint of done.complaints) console.log(`     ${complaint}`);
  console.log(done.complaints.length === 0 ? 'no violation' : `${done.complaints.length} violations`);
  process.exitCode = done.complaints.length === 0 ? 0 : 1;
} finally {
  // What is cached of modules is read-only.
  await removeTree(dir);
}
