/**
 * The engine against real upgrades: each row of `fixtures/assess/npm-upgrades.tsv` fetched with `npm pack`, assessed in
 * a process of its own, and compared with the level that somebody found by reading the declarations.
 *
 *     npm run --silent build && node test/assess/upgrades.mjs [--package NAME] [--only-wrong] [--json FILE]
 *     node test/assess/upgrades.mjs --callers [--package NAME]
 *
 * `--callers` asks the compiler and not the engine: each caller in `fixtures/assess/upgrade-callers` compiles against the
 * earlier version and not against the later one. `--record` writes down when the engine first judged a row, and as what
 * (see `upgrade-dates.mjs`).
 *
 * `--through worker` assesses as a ledger does, in the assessor's own process with its limits and its fallback; otherwise
 * the engine runs directly, and `--limit-ms` and `--limit-mb` bound the process that it runs in.
 *
 * Exits 1 when a row differs from its level, unless the row argues why in its seventh column. An upgrade that breaks
 * callers and is called COMPATIBLE or MINOR_CHANGE cannot be argued: it is the error that takes a service down.
 */

import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CACHE, fetchMissing, tarball } from './fetch-packages.mjs';
import { unpack } from './unpack.mjs';
import { compileCallers } from './upgrade-callers.mjs';
import { datesBeside, readDates, recordRun } from './upgrade-dates.mjs';
import { readUpgrades, UPGRADES, versionsOf } from './upgrade-table.mjs';

/**
 * @typedef {import('./upgrade-table.mjs').Upgrade} Upgrade
 *
 * @typedef {object} Job what a child is asked
 * @property {string} engine URL of a module that exports `assessFiles`, or `createAssessor` for the one with a worker
 * @property {string} from path of a tarball
 * @property {string} to
 * @property {boolean} warm whether to assess a second time
 * @property {number} limitMs what the worker may take, where there is one
 * @property {number} limitMB
 *
 * @typedef {object} Outcome what a child answers; one that died or was stopped has only a failure
 * @property {string} verdict a level, or what stopped the child
 * @property {string | null} limit
 * @property {readonly import('../../src/assess/contract.js').Finding[]} findings
 * @property {readonly string[]} notes
 * @property {number | null} coldMs the first assessment of a process, with loading the engine
 * @property {number | null} warmMs the same again
 * @property {number | null} peakMB
 * @property {string | null} failure
 *
 * @typedef {Upgrade & Outcome & { ok: boolean }} Row
 */

/** What `--through` takes. */
const BUILT = new Map([
  ['engine', '../../build/assess/assess-files.js'],
  ['worker', '../../build/assess/assessor.js'],
]);
const MAX_JSON_FINDINGS = 20;
/** What a process needs to start and to read two tarballs, beside what the assessments may take. */
const START_MS = 5_000;

// --- In the child -------------------------------------------------------------------------------------------------

/** The engine itself, or an assessor that keeps nothing of a pair. @param {Job} job */
async function loadEngine(job) {
  /** @type {typeof import('../../src/assess/assess-files.js') & typeof import('../../src/assess/assessor.js')} */
  const { assessFiles, createAssessor } = await import(job.engine);
  if (createAssessor === undefined) return assessFiles;
  const assessor = createAssessor({ cache: false, timeLimitMs: job.limitMs, memoryLimitMb: job.limitMB });
  return assessor.assessFiles.bind(assessor);
}

/** The most memory that a process of this one's has held, in kilobytes; 0 where the system doesn't tell. */
function childrenPeakKB() {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
    const peaks = children.map((pid) => /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return Math.max(0, ...peaks.map((peak) => Number(peak ?? 0)));
  } catch {
    return 0;
  }
}

/** @param {Job} job @returns {Promise<Outcome>} */
async function assessOnce(job) {
  const fromFiles = unpack(job.from);
  const toFiles = unpack(job.to);
  const start = performance.now();
  const assess = await loadEngine(job);
  const { level, limit, notes, findings } = await assess({ fromFiles, toFiles });
  const coldMs = performance.now() - start;
  const peakMB = Math.max(process.resourceUsage().maxRSS, childrenPeakKB()) / 1024;
  let warmMs = null;
  if (job.warm) {
    // Fresh maps, so that an engine that remembers a tree by identity is not measured doing nothing.
    const again = { fromFiles: unpack(job.from), toFiles: unpack(job.to) };
    const restart = performance.now();
    await assess(again);
    warmMs = performance.now() - restart;
  }
  const some = findings.slice(0, MAX_JSON_FINDINGS);
  return { verdict: level, limit, findings: some, notes, coldMs, warmMs, peakMB, failure: null };
}

async function child() {
  const job = await new Promise((resolve) => process.once('message', resolve));
  const outcome = await assessOnce(/** @type {Job} */ (job)).catch((error) => failed('CRASHED', String(error?.stack)));
  process.send?.(outcome, () => process.exit(0));
}

// --- In the parent ------------------------------------------------------------------------------------------------

/** @param {string} verdict @param {string} failure @returns {Outcome} */
function failed(verdict, failure) {
  return { verdict, limit: null, findings: [], notes: [], coldMs: null, warmMs: null, peakMB: null, failure };
}

/** One assessment in a process with limits on time and memory: a bad pair costs its own row and no other.
 * @param {Job} job @returns {Promise<Outcome>} */
function assessInChild(job) {
  const { limitMs, limitMB } = job;
  return new Promise((resolve) => {
    const process = fork(fileURLToPath(import.meta.url), ['--child'], {
      execArgv: [`--max-old-space-size=${limitMB}`],
      // A child that runs out of memory fills stderr with stack frames of the VM that tell nobody anything.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    /** @type {Outcome | null} */
    let outcome = null;
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        process.kill('SIGKILL');
      },
      (job.warm ? 2 : 1) * limitMs + START_MS,
    );
    process.once('message', (message) => {
      outcome = /** @type {Outcome} */ (message);
    });
    process.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (outcome !== null) resolve(outcome);
      else if (late) resolve(failed('TIMED_OUT', `not done after ${limitMs} ms`));
      else resolve(failed('CRASHED', `died of ${signal ?? `exit code ${code}`}: out of ${limitMB} MB?`));
    });
    process.send(job);
  });
}

/** @param {Row} row */
function isMissed(row) {
  return row.adjudicated === 'BREAKING' && (row.verdict === 'COMPATIBLE' || row.verdict === 'MINOR_CHANGE');
}

/** Whether a row counts against the engine. @param {Row} row */
function isWrong(row) {
  return !row.ok && (row.argued === '' || row.adjudicated === 'BREAKING');
}

/** @param {number | null} value */
function rounded(value) {
  return value === null ? '-' : String(Math.round(value));
}

/** @param {Row} row */
function mark(row) {
  if (row.ok) return 'ok';
  if (isMissed(row)) return 'MISSED';
  return isWrong(row) ? 'wrong' : 'argued';
}

/** @param {Row} row */
function topFinding(row) {
  if (row.failure !== null) return (row.failure.split('\n')[0] ?? '').slice(0, 100);
  const [top] = row.findings;
  const limit = row.limit === null ? '' : `[${row.limit} limit] `;
  return `${limit}${top === undefined ? '' : `${top.code} ${top.path}: ${top.message}`}`
    .replace(/\s+/g, ' ')
    .slice(0, 120);
}

/** @type {readonly (readonly [string, number])[]} */
const COLUMNS = [
  ['package', 26],
  ['old', 9],
  ['new', 9],
  ['declared', 8],
  ['adjudicated', 12],
  ['verdict', 12],
  ['', 6],
  ['cold ms', 7],
  ['warm ms', 7],
  ['MB', 5],
  ['top finding', 0],
];

/** @param {readonly string[]} cells */
function printLine(cells) {
  const padded = COLUMNS.map(([, width], i) => (cells[i] ?? '').padEnd(width));
  process.stdout.write(`${padded.join(' ').trimEnd()}\n`);
}

/** @param {Row} row */
function printRow(row) {
  const figures = [row.coldMs, row.warmMs, row.peakMB].map(rounded);
  const levels = [row.declared, row.adjudicated, row.verdict, mark(row)];
  printLine([row.package, row.old, row.new, ...levels, ...figures, topFinding(row)]);
}

/** @param {readonly (number | null)[]} values @param {number} share */
function quantile(values, share) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

/** @param {readonly Row[]} rows @param {readonly Row[]} of */
function share(rows, of) {
  const percent = of.length === 0 ? 0 : (100 * rows.length) / of.length;
  return `${rows.length} of ${of.length} (${percent.toFixed(1)}%)`;
}

/** @param {readonly Row[]} rows @param {(row: Row) => number | null} figure */
function spread(rows, figure) {
  const values = rows.map(figure);
  return `median ${rounded(quantile(values, 0.5))}, 90th percentile ${rounded(quantile(values, 0.9))}, most ${rounded(quantile(values, 1))}`;
}

/** @param {readonly Row[]} rows */
function totals(rows) {
  const harmless = rows.filter((row) => row.adjudicated === 'COMPATIBLE' || row.adjudicated === 'MINOR_CHANGE');
  // A row is adjudicated UNKNOWN where the package ships no types, or none that can be judged.
  const typed = rows.filter((row) => row.adjudicated !== 'UNKNOWN');
  const breaking = rows.filter((row) => row.adjudicated === 'BREAKING');
  const by = (/** @type {readonly Row[]} */ some, /** @type {string} */ verdict) =>
    some.filter((row) => row.verdict === verdict);
  const stopped = rows.filter((row) => row.failure !== null || row.limit !== null);
  return [
    `right                                    ${share(
      rows.filter((row) => row.ok),
      rows,
    )}`,
    `argued                                   ${share(
      rows.filter((row) => !row.ok && !isWrong(row)),
      rows,
    )}`,
    `BREAKING called COMPATIBLE or MINOR      ${share(rows.filter(isMissed), breaking)}`,
    `COMPATIBLE or MINOR called BREAKING      ${share(by(harmless, 'BREAKING'), harmless)}`,
    `UNKNOWN among those adjudicated by types ${share(by(typed, 'UNKNOWN'), typed)}`,
    `stopped by a limit or crashed            ${share(stopped, rows)}`,
    `cold ms                                  ${spread(rows, (row) => row.coldMs)}`,
    `warm ms                                  ${spread(rows, (row) => row.warmMs)}`,
    `peak MB                                  ${spread(rows, (row) => row.peakMB)}`,
  ];
}

async function main() {
  const { values } = parseArgs({
    options: {
      package: { type: 'string', multiple: true },
      file: { type: 'string', default: UPGRADES },
      cache: { type: 'string', default: CACHE },
      through: { type: 'string', default: 'engine' },
      /** Another module in place of both: it exports `assessFiles` or `createAssessor`. */
      engine: { type: 'string' },
      'limit-ms': { type: 'string', default: '60000' },
      'limit-mb': { type: 'string', default: '1024' },
      'only-wrong': { type: 'boolean', default: false },
      'no-warm': { type: 'boolean', default: false },
      'fetch-only': { type: 'boolean', default: false },
      callers: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const names = values.package;
  const table = readUpgrades(values.file);
  const dated = readDates(datesBeside(values.file), table);
  const upgrades = table.filter((row) => names === undefined || names.includes(row.package));
  if (upgrades.length === 0) throw new Error(`no row of ${values.file} is about ${names?.join(', ') ?? 'anything'}`);
  fetchMissing(values.cache, versionsOf(upgrades));
  if (values['fetch-only']) return;
  if (values.callers) {
    process.exitCode = compileCallers(values.cache, upgrades, dated) ? 0 : 1;
    return;
  }
  const built = BUILT.get(values.through);
  if (built === undefined) throw new Error(`--through takes ${[...BUILT.keys()].join(' or ')}, not ${values.through}`);
  const engine = values.engine === undefined ? new URL(built, import.meta.url).href : pathToFileURL(values.engine).href;
  const limits = { limitMs: Number(values['limit-ms']), limitMB: Number(values['limit-mb']) };
  printLine(COLUMNS.map(([title]) => title));
  /** @type {Row[]} */
  const rows = [];
  for (const upgrade of upgrades) {
    const from = tarball(values.cache, upgrade.package, upgrade.old);
    const to = tarball(values.cache, upgrade.package, upgrade.new);
    const outcome = await assessInChild({ engine, from, to, warm: !values['no-warm'], ...limits });
    const row = { ...upgrade, ...outcome, ok: outcome.verdict === upgrade.adjudicated };
    rows.push(row);
    if (!values['only-wrong'] || isWrong(row)) printRow(row);
  }
  process.stdout.write(`\n${totals(rows).join('\n')}\n`);
  if (values.record) recordRun(datesBeside(values.file), dated, rows);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  process.exitCode = rows.some(isWrong) ? 1 : 0;
}

await (process.argv[2] === '--child' ? child() : main());
