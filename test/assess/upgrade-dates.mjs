/**
 * When a row of the table of upgrades was adjudicated, when the engine was first asked, and what it said then:
 * `npm-upgrades-dates.tsv` beside the table. A level that was found first was not bent to what the engine says, and what the
 * engine said first tells how it does on upgrades that it was not built on. Rows older than this file are not in it.
 */

import { existsSync, writeFileSync } from 'node:fs';
import { keyOf, LEVELS, readTable } from './upgrade-table.mjs';

/**
 * @typedef {object} Dated
 * @property {string} package
 * @property {string} old
 * @property {string} new
 * @property {string} adjudicatedOn when the level was found, in UTC to the minute
 * @property {string} measuredOn when the engine was first asked; empty until then
 * @property {string} firstVerdict what it said; empty until then
 */

const HEADING = ['package', 'old', 'new', 'adjudicated-on', 'measured-on', 'first-verdict'];
const MINUTE = /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/;
/** What a run says that reached no level. */
const STOPPED = ['TIMED_OUT', 'CRASHED'];

/** The file of dates of a table. @param {string} file */
export function datesBeside(file) {
  return file.replace(/\.tsv$/, '-dates.tsv');
}

/** @param {Dated} row */
function isInOrder({ adjudicatedOn, measuredOn, firstVerdict }) {
  if (!MINUTE.test(adjudicatedOn)) return false;
  if (measuredOn === '') return firstVerdict === '';
  const said = LEVELS.includes(firstVerdict) || STOPPED.includes(firstVerdict);
  return MINUTE.test(measuredOn) && said && adjudicatedOn < measuredOn;
}

/**
 * @param {string} file
 * @param {readonly import('./upgrade-table.mjs').Upgrade[]} table
 * @returns {Map<string, Dated>} by what names an upgrade
 */
export function readDates(file, table) {
  /** @type {Map<string, Dated>} */
  const dates = new Map();
  if (!existsSync(file)) return dates;
  const known = new Set(table.map(keyOf));
  for (const [i, cells] of readTable(file).entries()) {
    const [name = '', old = '', next = '', adjudicatedOn = '', measuredOn = '', firstVerdict = ''] = cells;
    const row = { package: name, old, new: next, adjudicatedOn, measuredOn, firstVerdict };
    const key = keyOf(row);
    if (!known.has(key) || dates.has(key)) {
      throw new Error(`${file}:${i + 2}: expected a row of the table, once; found ${key}`);
    }
    if (!isInOrder(row)) {
      throw new Error(
        `${file}:${i + 2}: expected ${key} to be adjudicated before the engine was asked, with dates like 2026-01-31T12:00Z; found ${cells.slice(3).join(', ')}`,
      );
    }
    dates.set(key, row);
  }
  return dates;
}

/**
 * Writes down the first verdicts of rows that have none.
 *
 * @param {string} file
 * @param {ReadonlyMap<string, Dated>} dates
 * @param {readonly (import('./upgrade-table.mjs').Upgrade & { verdict: string })[]} judged
 */
export function recordRun(file, dates, judged) {
  const measuredOn = `${new Date().toISOString().slice(0, 16)}Z`;
  const verdicts = new Map(judged.map((row) => [keyOf(row), row.verdict]));
  const rows = [...dates.values()].map((row) => {
    const verdict = verdicts.get(keyOf(row));
    return verdict === undefined || row.measuredOn !== '' ? row : { ...row, measuredOn, firstVerdict: verdict };
  });
  const early = rows.find((row) => !isInOrder(row));
  if (early !== undefined)
    throw new Error(`${keyOf(early)} was adjudicated in this very minute: run again in the next`);
  const lines = rows.map((row) =>
    [row.package, row.old, row.new, row.adjudicatedOn, row.measuredOn, row.firstVerdict].join('\t'),
  );
  writeFileSync(file, `${[HEADING.join('\t'), ...lines].join('\n')}\n`);
}
