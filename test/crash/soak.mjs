/**
 * The long run: every operation of every transaction cut, writers killed, processes racing, two that read what the other writes,
 * services that swap at one ledger; parsers fuzzed. Exits non-zero on any violation.
 *
 *     npm run soak -- --kills 100 --writes 200 --reading 600 --fleets 100 --seconds 3000 --inputs 1000000 --seed N
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzRound } from '../fuzz/soak.mjs';
import { nodeRound } from '../remote/node-rounds.mjs';
import { fleetRounds } from '../swap/fleet-rounds.mjs';
import { removeTree } from '../swap/live.mjs';
import { cutRounds, ERRNOS, FAULTS } from './cut-rounds.mjs';
import { killRounds } from './kill-rounds.mjs';
import { raceRound } from './race-rounds.mjs';
import { readingRound, TELLING } from './reading-rounds.mjs';
import { prepared, SCENARIOS } from './scenarios.mjs';
import { chosenSeed } from './seeded-random.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    inputs: { type: 'string', default: '1000000' },
    writes: { type: 'string', default: '200' },
    reading: { type: 'string', default: '120' },
    fleets: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '900' },
    seed: { type: 'string' },
  },
});
const kills = Number(values.kills);
const writes = Number(values.writes);
const until = Date.now() + Number(values.seconds) * 1000;
const seed = values.seed === undefined ? chosenSeed() : Number(values.seed);
/** @type {typeof import('../../src/index.js')} */
const library = await import(new URL('../../build/index.js', import.meta.url).href);
const dir = mkdtempSync(join(tmpdir(), 'git-lineage-soak-'));
/** @type {string[]} */
const violations = [];

/** @param {string} title @param {readonly string[]} complaints */
function report(title, complaints) {
  console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${title}`);
  for (const complaint of complaints) console.log(`     ${complaint}`);
  violations.push(...complaints);
}

console.log(`seed ${seed}`);
try {
  const killed = await killRounds({ library, dir, kills, seed, until });
  report(`${killed.kills} kills, ${killed.acknowledged} acknowledged versions`, killed.complaints);
  for (const [step, count] of [...killed.histogram].sort()) console.log(`     ${String(count).padStart(4)}  ${step}`);
  // How many there are says how fast the machine is; none at all shows nothing.
  if (killed.kills < kills) console.log(`     of ${kills}: out of time`);
  if (killed.kills === 0) report('no kill in the time given', ['out of time']);

  for (const modules of [
    ['a', 'b'],
    ['a', 'a'],
    ['a', 'b', 'c', 'd'],
    ['a', 'a', 'b', 'b'],
  ]) {
    if (Date.now() > until) break;
    const race = await raceRound({ library, dir, modules, count: 100 });
    report(`race of ${modules.join(' ')}: ${race.acknowledged} acknowledged, ${race.lost} lost races`, race.complaints);
  }

  // At most two thirds of what is left: the others want their turn.
  const reading = Math.min(Number(values.reading), ((until - Date.now()) / 1000) * (2 / 3));
  if (reading < 1) console.log('skip two that read what the other writes: out of time');
  else {
    const { written, read, measured, complaints } = await readingRound({ library, dir, seconds: reading });
    report(
      `two that read what the other writes: ${written} written and ${read} read in ${reading.toFixed(0)} s`,
      complaints,
    );
    if (reading < TELLING) console.log(`     too short to tell whether what is held grows: that takes ${TELLING} s`);
    for (const list of measured) {
      const every = Math.max(1, Math.ceil(list.length / 10));
      const shown = list
        .filter((_, i) => i % every === 0)
        .map(({ rss, descriptors }) => `${rss >> 20} MB ${descriptors}`);
      console.log(`     memory and descriptors: ${shown.join(', ')}`);
    }
  }

  // A round takes seconds, and is not cut short; what it leaves of the time is for the others.
  const fleetsUntil = Date.now() + (until - Date.now()) / 2;
  const fleets = await fleetRounds({ library, dir, rounds: Number(values.fleets), seed, until: fleetsUntil });
  report(
    `${fleets.rounds} rounds of three services at one ledger: ${fleets.entries} entries, ${fleets.deaths} processes died`,
    fleets.complaints,
  );
  if (fleets.rounds < Number(values.fleets)) console.log(`     of ${values.fleets}: out of time`);
  if (fleets.complaints.length > 0) console.log('     one seed again: node test/crash/fleet-soak.mjs --seed N');

  if (Date.now() < until) {
    const { href } = new URL('../../build/index.js', import.meta.url);
    const nodes = await nodeRound({ library, libraryUrl: href, dir, nodes: 5, count: writes, killed: 2, seed, until });
    const { acknowledged, seconds, unknown } = nodes;
    const title = `five nodes: ${acknowledged} acknowledged in ${seconds.toFixed(0)} s, ${nodes.kills} kills, ${unknown} unknown`;
    report(title, nodes.complaints);
  }

  for (const [i, scenario] of SCENARIOS.entries()) {
    const from = await prepared(library, scenario, join(dir, `scenario-${i}`));
    for (const fault of FAULTS) {
      if (Date.now() > until) {
        console.log(`skip ${scenario.name}, ${fault}: out of time`);
        continue;
      }
      // Every call is refused with every errno.
      for (const turn of fault === 'refused' ? ERRNOS.keys() : [0]) {
        if (Date.now() > until) break;
        const cut = await cutRounds({ library, scenario, from, fault, dir, seed, turn });
        report(`${scenario.name}, ${fault}: cut at each of ${cut.operations} operations`, cut.complaints);
      }
    }
  }

  // Counted, not timed: the same inputs on every machine.
  const fuzzed = await fuzzRound({ dir, inputs: Number(values.inputs), seed });
  report(fuzzed.title, fuzzed.complaints);
  for (const line of fuzzed.lines) console.log(`     ${line}`);
} finally {
  // What is cached of modules is read-only.
  await removeTree(dir);
}
console.log(violations.length === 0 ? 'no violation' : `${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
