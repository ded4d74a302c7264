// Every figure that the ledger is to reach, beside a peer in the same run: `npm run bench`; `npm run bench -- --help` has the options.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LargeLedgers } from './large-ledgers.mjs';
import { printSummary } from './table.mjs';

/** Each with its default and what it says. @type {Record<string, [fallback: string, means: string]>} */
const NUMBERS = {
  rounds: ['5', 'rounds, of which the median counts'],
  versions: ['100000', 'versions of the large ledgers'],
  distance: ['10000', 'versions back to the far target'],
  writes: ['100', 'records and reports one at a time, a round'],
  lineage: ['5000', 'versions of the lineage that is read whole'],
  size: ['1000', 'versions whose bytes are counted'],
  audited: ['10000', 'versions that are audited'],
  chained: ['10', 'deltas on each other in a pack'],
  loose: ['1000', 'refs in files of their own that git gc finds'],
  calls: ['1000', 'calls a second at each service of a fleet'],
  seconds: ['10', 'seconds that nodes, or processes, of one ledger write, for each number of them'],
};

/** @param {unknown} wrong @returns {never} */
function endWith(wrong) {
  console.error(`${wrong instanceof Error ? wrong.message : wrong}\nnpm run bench -- --help has the options`);
  process.exit(2);
}

function parsed() {
  const numbers = Object.entries(NUMBERS).map(([name, [fallback]]) => {
    return [name, { type: /** @type {const} */ ('string'), default: fallback }];
  });
  try {
    return parseArgs({
      options: {
        .../** @type {Record<string, { type: 'string', default: string }>} */ (Object.fromEntries(numbers)),
        full: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        ledgers: { type: 'string' },
        only: { type: 'string', multiple: true },
      },
    }).values;
  } catch (error) {
    return endWith(error);
  }
}

const values = parsed();
/** @param {string} name */
const number = (name) => Number(Reflect.get(values, name));
for (const name of Object.keys(NUMBERS))
  if (!Number.isSafeInteger(number(name)) || number(name) < 1)
    endWith(`--${name} ${Reflect.get(values, name)}: expected a whole number, 1 or more`);
// Fewer would leave a module of the largest number of modules without a version to go back to.
if (number('versions') < 2000) endWith(`--versions ${number('versions')}: expected 2000 or more`);

/** In the order in which they run: large ledgers are measured before others write to them. */
const PARTS = {
  record: async () => (await import('./record.mjs')).benchRecord(options),
  calls: async () => (await import('./live-calls.mjs')).benchCalls(options),
  'event-loop': async () => (await import('./event-loop.mjs')).benchEventLoop(options),
  fleet: async () =>
    (await import('./fleet.mjs')).benchFleet({ folder, rounds: options.rounds, calls: number('calls') }),
  nodes: async () =>
    (await import('./nodes.mjs')).benchNodes({ folder, rounds: options.rounds, seconds: number('seconds') }),
  processes: async () =>
    (await import('./nodes.mjs')).benchProcesses({ folder, rounds: options.rounds, seconds: number('seconds') }),
  size: async () => (await import('./size.mjs')).benchSize(options),
  memory: async () => (await import('./memory.mjs')).benchMemory(options),
  packs: async () =>
    (await import('./packs.mjs')).benchPacks({ folder, rounds: options.rounds, chained: number('chained') }),
  cold: async () => (await import('./cold.mjs')).benchCold(options),
  lineage: async () => (await import('./cold.mjs')).benchLineage(options),
  cli: async () => (await import('./cli.mjs')).benchCli(options),
  questions: async () => (await import('./questions.mjs')).benchQuestions(options),
  scale: async () => (await import('./scale.mjs')).benchScale(options),
  page: async () => (await import('./page.mjs')).benchPage(options),
  audit: async () =>
    (await import('./audit.mjs')).benchAudit({
      rounds: options.rounds,
      versions: number('audited'),
      full: values.full,
    }),
  gc: async () => (await import('./gc.mjs')).benchGc({ rounds: options.rounds, versions: number('loose') }),
  assess: async () => (await import('./assess.mjs')).benchAssess({ rounds: options.rounds }),
  history: async () => (await import('./assess-history.mjs')).benchHistory({ rounds: options.rounds }),
  stranger: async () => (await import('./stranger.mjs')).benchStranger(),
};

const unknown = (values.only ?? []).filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) endWith(`--only ${unknown.join(', ')}: expected ${Object.keys(PARTS).join(', ')}`);
if (values.help) {
  const lines = [
    ['--only PART', `one part alone, again for more: ${Object.keys(PARTS).join(', ')}`],
    ...Object.entries(NUMBERS).map(([name, [fallback, means]]) => [`--${name} N`, `${means} (${fallback})`]),
    ['--full', 'git verifies every signature, which takes many minutes'],
    ['--ledgers DIR', 'keeps the large ledgers there, for the next run'],
  ];
  for (const [option = '', means = ''] of lines) console.log(`  ${option.padEnd(16)}${means}`);
  process.exit();
}
const folder = mkdtempSync(join(tmpdir(), 'git-lineage-bench-'));
const options = {
  folder,
  ledgers: new LargeLedgers(values.ledgers ?? join(folder, 'large')),
  rounds: number('rounds'),
  versions: number('versions'),
  distance: number('distance'),
  lineage: number('lineage'),
  size: number('size'),
  writes: number('writes'),
};

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
