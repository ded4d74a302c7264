/**
 * The long run: every operation of every transaction cut, writers killed, processes racing, writers beside git's housekeeping, one process
 * that does operation after operation, two that read what the other writes, services that swap at one ledger; parsers fuzzed. Exits
 * non-zero on any violation.
 *
 *     npm run soak -- --kills 100 --beside 50 --operations 2000 --writes 200 --reading 600 --fleets 100 --seconds 3000 --inputs 1000000 --seed N
 *     npm run soak -- --only kills --kills 1000 --seconds 7200
 *
 * A violation is also a part that did nothing in its time: a run that must pass on any machine is bounded by counts alone.
 */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzRound } from '../fuzz/soak.mjs';
import { nodeRound } from '../remote/node-rounds.mjs';
import { fleetRounds } from '../swap/fleet-rounds.mjs';
import { removeTree } from '../swap/live.mjs';
import { besideGitRound } from './beside-git-round.mjs';
import { cutRounds, ERRNOS, FAULTS } from './cut-rounds.mjs';
import { killRounds } from './kill-rounds.mjs';
import { oneProcessRound } from './one-process-round.mjs';
import { raceRound } from './race-rounds.mjs';
import { readingRound, TELLING } from './reading-rounds.mjs';
import { builtLibrary, prepared, SCENARIOS } from './scenarios.mjs';
import { chosenSeed } from './seeded-random.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    kills: { type: 'string', default: '100' },
    inputs: { type: 'string', default: '1000000' },
    beside: { type: 'string', default: '50' },
    operations: { type: 'string', default: '10000' },
    writes: { type: 'string', default: '200' },
    reading: { type: 'string', default: '120' },
    fleets: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '900' },
    seed: { type: 'string' },
  },
});
const until = Date.now() + Number(values.seconds) * 1000;
const seed = values.seed === undefined ? chosenSeed() : Number(values.seed);
const library = await builtLibrary();
const dir = mkdtempSync(join(tmpdir(), 'git-lineage-soak-'));
/** @type {string[]} */
const violations = [];

/** So many processes write beside git's housekeeping. */
const BESIDE = 8;
/** So many inputs are thought up before what was kept of the earlier ones is forgotten. */
const INPUTS_A_ROUND = 500_000;
/** Whoever checks a ledger after each kill reads all of it, so after so many kills another one begins. */
const KILLS_A_LEDGER = 50;

/** @param {string} title @param {readonly string[]} complaints */
function report(title, complaints) {
  console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${title}`);
  for (const complaint of complaints) console.log(`     ${complaint}`);
  violations.push(...complaints.map((complaint) => `${title}: ${complaint}`));
}

/** @param {readonly import('./held.mjs').Held[]} measured */
function reportHeld(measured) {
  const every = Math.max(1, Math.ceil(measured.length / 10));
  const shown = measured
    .filter((_, i) => i % every === 0)
    .map(({ rss, heap, descriptors }) => `${rss >> 20} MB (heap ${heap >> 20}) ${descriptors}`);
  console.log(`     memory and descriptors: ${shown.join(', ')}`);
}

async function kill() {
  const kills = Number(values.kills);
  /** @type {Map<string, number>} */
  const histogram = new Map();
  let [killed, acknowledged] = [0, 0];
  for (let ledger = 0; killed < kills && Date.now() < until; ledger++) {
    const asked = Math.min(KILLS_A_LEDGER, kills - killed);
    const done = await killRounds({
      library,
      dir,
      kills: asked,
      seed: seed + ledger,
      measured: ledger % 2 === 0,
      until,
    });
    killed += done.kills;
    acknowledged += done.acknowledged;
    for (const [step, count] of done.histogram) histogram.set(step, (histogram.get(step) ?? 0) + count);
    report(`${killed} kills inside transactions, ${acknowledged} acknowledged versions`, done.complaints);
  }
  for (const [step, count] of [...histogram].sort()) console.log(`     ${String(count).padStart(4)}  ${step}`);
  // How many there are says how fast the machine is; none at all shows nothing.
  if (killed < kills) console.log(`     of ${kills}: out of time`);
  if (killed === 0) report('no kill in the time given', ['out of time']);
}

async function race() {
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
}

async function beside() {
  if (Date.now() > until) return console.log("skip writers beside git's housekeeping: out of time");
  const done = await besideGitRound({ library, dir, writers: BESIDE, count: Number(values.beside) });
  const title = `${BESIDE} writers beside git: ${done.acknowledged} acknowledged in ${done.seconds.toFixed(0)} s`;
  report(`${title}, ${done.commands} git commands, ${done.failed} told to wait, ${done.syncs} syncs`, done.complaints);
}

async function one() {
  if (Date.now() > until) return console.log('skip one process: out of time');
  const operations = Number(values.operations);
  const { entries, measured, complaints } = await oneProcessRound({ library, dir, operations });
  report(`${operations} operations in one process: ${entries} entries`, complaints);
  reportHeld(measured);
}

async function reading() {
  // At most two thirds of what is left: the others want their turn.
  const seconds = Math.min(Number(values.reading), ((until - Date.now()) / 1000) * (2 / 3));
  if (seconds < 1) return console.log('skip two that read what the other writes: out of time');
  const { written, read, measured, complaints } = await readingRound({ library, dir, seconds });
  const title = `two that read what the other writes: ${written} written and ${read} read in ${seconds.toFixed(0)} s`;
  report(title, complaints);
  if (seconds < TELLING) console.log(`     too short to tell whether what is held grows: that takes ${TELLING} s`);
  for (const list of measured) reportHeld(list);
}

async function fleets() {
  // A round takes seconds, and is not cut short; what it leaves of the time is for the others.
  const fleetsUntil = Date.now() + (until - Date.now()) / 2;
  const done = await fleetRounds({ library, dir, rounds: Number(values.fleets), seed, until: fleetsUntil });
  report(
    `${done.rounds} rounds of three services at one ledger: ${done.entries} entries, ${done.deaths} processes died`,
    done.complaints,
  );
  if (done.rounds < Number(values.fleets)) console.log(`     of ${values.fleets}: out of time`);
  if (done.complaints.length > 0) console.log('     one seed again: node test/crash/fleet-soak.mjs --seed N');
}

async function nodes() {
  if (Date.now() > until) return console.log('skip five nodes: out of time');
  const { href } = new URL('../../build/index.js', import.meta.url);
  const count = Number(values.writes);
  const done = await nodeRound({ library, libraryUrl: href, dir, nodes: 5, count, killed: 2, seed, until });
  const { acknowledged, seconds, unknown } = done;
  const title = `five nodes: ${acknowledged} acknowledged in ${seconds.toFixed(0)} s, ${done.kills} kills, ${unknown} unknown`;
  report(title, done.complaints);
}

async function cuts() {
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
}

async function inputs() {
  // A round is counted, not timed: the same inputs on every machine. Each has a seed of its own, and what time is left for another one.
  for (let [left, round] = [Number(values.inputs), 0]; left > 0; left -= INPUTS_A_ROUND, round++) {
    if (round > 0 && Date.now() > until) return console.log(`     out of time: ${left} inputs were left`);
    const each = Math.ceil(Math.min(left, INPUTS_A_ROUND) / 2);
    for (const objectFormat of /** @type {const} */ (['sha1', 'sha256'])) {
      const fuzzed = await fuzzRound({ dir, inputs: each, seed: seed + round, objectFormat });
      report(fuzzed.title, fuzzed.complaints);
      for (const line of fuzzed.lines) console.log(`     ${line}`);
    }
  }
}

/** In this order, because what has no bound of its own takes what the others leave of the time. @type {Record<string, () => Promise<unknown>>} */
const PARTS = { kills: kill, races: race, beside, operations: one, reading, fleets, nodes, cuts, inputs };

const unknown = (values.only ?? []).filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) throw new Error(`--only ${unknown.join(', ')}: expected ${Object.keys(PARTS).join(', ')}`);
console.log(`seed ${seed}`);
try {
  for (const [part, run] of Object.entries(PARTS)) if (values.only?.includes(part) ?? true) await run();
} finally {
  // What is cached of modules is read-only.
  await removeTree(dir);
}
// Once more at the end, where somebody looks who has only the last lines.
for (const violation of violations) console.log(`violation in ${violation}`);
console.log(violations.length === 0 ? 'no violation' : `violations: ${violations.length}`);
process.exitCode = violations.length === 0 ? 0 : 1;
