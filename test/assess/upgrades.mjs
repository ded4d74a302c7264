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

import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { assessInChild, ENGINE } from './assess-tarballs.mjs';
import { CACHE, fetchMissing, tarball } from './fetch-packages.mjs';
import { compileCallers } from './upgrade-callers.mjs';
import { datesBeside, readDates, recordRun } from './upgrade-dates.mjs';
import { readUpgrades, UPGRADES, versionsOf } from './upgrade-table.mjs';

/**
 * @typedef {import('./upgrade-table.mjs').Upgrade} Upgrade
 * @typedef {import('./assess-tarballs.mjs').Outcome} Outcome
 * @typedef {Upgrade & Outcome & { ok: boolean }} Row
 */

/** What `--through` takes. */
const BUILT = new Map([
  ['engine', ENGINE],
  ['worker', new URL('../../build/assess/assessor.js', import.meta.url).href],
]);

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
    process.exitCode = (await compileCallers(values.cache, upgrades, dated)) ? 0 : 1;
    return;
  }
  const built = BUILT.get(values.through);
  if (built === undefined) throw new Error(`--through takes ${[...BUILT.keys()].join(' or ')}, not ${values.through}`);
  const engine = values.engine === undefined ? built : pathToFileURL(values.engine).href;
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

await main();
