// Every figure that the ledger is to reach, beside a peer in the same run: `npm run bench`.
//
//   --only PART     one part alone (see PARTS; again for more)       --rounds N     of which the median counts
//   --writes N      records and reports one at a time, a round       --size N       versions whose bytes are counted
//   --audited N     versions that are audited                        --full         git verifies every signature: many minutes
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printSummary } from './table.mjs';

const number = (/** @type {string} */ value) => ({ type: /** @type {const} */ ('string'), default: value });
const { values } = parseArgs({
  options: {
    audited: number('10000'),
    full: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    rounds: number('5'),
    size: number('1000'),
    writes: number('100'),
  },
});

const folder = mkdtempSync(join(tmpdir(), 'git-lineage-bench-'));
const options = {
  folder,
  rounds: Number(values.rounds),
  size: Number(values.size),
  writes: Number(values.writes),
};

/** In the order in which they run. */
const PARTS = {
  record: async () => (await import('./record.mjs')).benchRecord(options),
  'event-loop': async () => (await import('./event-loop.mjs')).benchEventLoop(options),
  size: async () => (await import('./size.mjs')).benchSize(options),
  audit: async () =>
    (await import('./audit.mjs')).benchAudit({
      rounds: options.rounds,
      versions: Number(values.audited),
      full: values.full,
    }),
  assess: async () => (await import('./assess.mjs')).benchAssess({ rounds: options.rounds }),
};

const unknown = (values.only ?? []).filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) throw new Error(`--only ${unknown.join(', ')}: expected ${Object.keys(PARTS).join(', ')}`);
const version = execFileSync('git', ['--version'], { encoding: 'utf8' }).trim();
console.log(`medians of ${options.rounds} rounds; node ${process.version}, ${version}\n`);
try {
  for (const [part, bench] of Object.entries(PARTS)) if (values.only?.includes(part) ?? true) await bench();
  printSummary();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
