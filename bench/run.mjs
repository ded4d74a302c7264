// Every figure that the ledger is to reach, beside a peer in the same run: `npm run bench`.
//
//   --only PART       one part alone (see PARTS; again for more)       --rounds N     of which the median counts
//   --versions N      of the large ledgers                              --distance N   versions back to the far target
//   --writes N        records and reports one at a time, a round        --lineage N    versions of the lineage read whole
//   --size N          versions whose bytes are counted                  --audited N    versions that are audited
//   --chained N      deltas on each other in a pack
//   --loose N         refs in files of their own that git gc finds      --calls N      a second, at each service of a fleet
//   --seconds N       that nodes of one ledger write, for each number of nodes
//   --full            git verifies every signature, which takes many minutes
//   --ledgers DIR     keeps the large ledgers there, for the next run
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LargeLedgers } from './large-ledgers.mjs';
import { printSummary } from './table.mjs';

const number = (/** @type {string} */ value) => ({ type: /** @type {const} */ ('string'), default: value });
const { values } = parseArgs({
  options: {
    audited: number('10000'),
    calls: number('1000'),
    chained: number('10'),
    distance: number('10000'),
    full: { type: 'boolean', default: false },
    ledgers: { type: 'string' },
    lineage: number('5000'),
    loose: number('1000'),
    only: { type: 'string', multiple: true },
    rounds: number('5'),
    seconds: number('10'),
    size: number('1000'),
    versions: number('100000'),
    writes: number('100'),
  },
});

// Fewer would leave a module of the largest number of modules without a version to go back to.
if (!(Number(values.versions) >= 2000)) throw new Error(`--versions ${values.versions}: expected 2000 or more`);

const folder = mkdtempSync(join(tmpdir(), 'git-lineage-bench-'));
const options = {
  folder,
  ledgers: new LargeLedgers(values.ledgers ?? join(folder, 'large')),
  rounds: Number(values.rounds),
  versions: Number(values.versions),
  distance: Number(values.distance),
  lineage: Number(values.lineage),
  size: Number(values.size),
  writes: Number(values.writes),
};

/** In the order in which they run: large ledgers are measured before others write to them. */
const PARTS = {
  record: async () => (await import('./record.mjs')).benchRecord(options),
  calls: async () => (await import('./live-calls.mjs')).benchCalls(options),
  'event-loop': async () => (await import('./event-loop.mjs')).benchEventLoop(options),
  fleet: async () =>
    (await import('./fleet.mjs')).benchFleet({ folder, rounds: options.rounds, calls: Number(values.calls) }),
  nodes: async () =>
    (await import('./nodes.mjs')).benchNodes({ folder, rounds: options.rounds, seconds: Number(values.seconds) }),
  size: async () => (await import('./size.mjs')).benchSize(options),
  memory: async () => (await import('./memory.mjs')).benchMemory(options),
  packs: async () =>
    (await import('./packs.mjs')).benchPacks({ folder, rounds: options.rounds, chained: Number(values.chained) }),
  cold: async () => (await import('./cold.mjs')).benchCold(options),
  lineage: async () => (await import('./cold.mjs')).benchLineage(options),
  cli: async () => (await import('./cli.mjs')).benchCli(options),
  questions: async () => (await import('./questions.mjs')).benchQuestions(options),
  scale: async () => (await import('./scale.mjs')).benchScale(options),
  page: async () => (await import('./page.mjs')).benchPage(options),
  audit: async () =>
    (await import('./audit.mjs')).benchAudit({
      rounds: options.rounds,
      versions: Number(values.audited),
      full: values.full,
    }),
  gc: async () => (await import('./gc.mjs')).benchGc({ rounds: options.rounds, versions: Number(values.loose) }),
  assess: async () => (await import('./assess.mjs')).benchAssess({ rounds: options.rounds }),
  history: async () => (await import('./assess-history.mjs')).benchHistory({ rounds: options.rounds }),
  stranger: async () => (await import('./stranger.mjs')).benchStranger(),
};

const unknown = (values.only ?? []).filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) throw new Error(`--only ${unknown.join(', ')}: expected ${Object.keys(PARTS).join(', ')}`);
const version = execFileSync('git', ['--version'], { encoding: 'utf8' }).trim();
console.log(`medians of ${options.rounds} rounds; node ${process.version}, ${version}\n`);
try {
  for (const [part, bench] of Object.entries(PARTS)) if (values.only?.includes(part) ?? true) await bench();
  printSummary();
} finally {
  // What is cached of modules is read-only.
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true, force: true });
}
