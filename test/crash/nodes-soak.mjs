/**
 * The long run of many nodes on one ledger. Exits non-zero on any violation.
 *
 *     node test/crash/nodes-soak.mjs --nodes 5 --writes 200 --killed 2 --seconds 900 --seed N
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeRound } from '../remote/node-rounds.mjs';
import { builtLibrary } from './scenarios.mjs';
import { chosenSeed } from './seeded-random.mjs';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5' },
    writes: { type: 'string', default: '200' },
    killed: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '900' },
    seed: { type: 'string' },
    library: { type: 'string' },
  },
});
const libraryUrl =
  values.library === undefined
    ? new URL('../../build/index.js', import.meta.url).href
    : pathToFileURL(values.library).href;
const seed = values.seed === undefined ? chosenSeed() : Number(values.seed);
const library = await builtLibrary(libraryUrl);
const dir = mkdtempSync(join(tmpdir(), 'git-lineage-nodes-'));
console.log(`seed ${seed}`);
try {
  const { complaints, ...told } = await nodeRound({
    library,
    libraryUrl,
    dir,
    nodes: Number(values.nodes),
    count: Number(values.writes),
    killed: Number(values.killed),
    seed,
    until: Date.now() + Number(values.seconds) * 1000,
  });
  const { acknowledged, unknown, failed, kills, seconds } = told;
  console.log(
    `${acknowledged} acknowledged in ${seconds.toFixed(1)} s (${(acknowledged / seconds).toFixed(1)} a second), ${kills} kills, ${unknown} unknown, ${failed.length} failed`,
  );
  for (const line of [...failed.slice(0, 10), ...complaints]) console.log(`     ${line}`);
  console.log(complaints.length === 0 ? 'no violation' : `${complaints.length} violations`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
