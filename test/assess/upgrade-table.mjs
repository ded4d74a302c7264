/** Reads the table of real upgrades, `fixtures/assess/npm-upgrades.tsv`. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Upgrade
 * @property {string} package
 * @property {string} old
 * @property {string} new
 * @property {string} declared what the version number claims
 * @property {string} adjudicated the level found by reading
 * @property {string} note the declaration that decides
 * @property {string} argued why a difference stands; empty where it doesn't
 */

export const UPGRADES = fileURLToPath(new URL('../../fixtures/assess/npm-upgrades.tsv', import.meta.url));
export const LEVELS = ['COMPATIBLE', 'MINOR_CHANGE', 'BREAKING', 'UNKNOWN'];
const DECLARED = ['patch', 'minor', 'major'];

/** What names an upgrade. @param {Pick<Upgrade, 'package' | 'old' | 'new'>} row */
export function keyOf(row) {
  return `${row.package} ${row.old} ${row.new}`;
}

/** The lines of a table below its heading, in cells. @param {string} file @returns {string[][]} */
export function readTable(file) {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split('\t'));
}

/** @param {string} [file] @returns {Upgrade[]} */
export function readUpgrades(file = UPGRADES) {
  const seen = new Set();
  return readTable(file).map((cells, i) => {
    const [name = '', old = '', next = '', declared = '', adjudicated = '', note = '', argued = ''] = cells;
    const row = { package: name, old, new: next, declared, adjudicated, note, argued };
    if (!LEVELS.includes(adjudicated) || !DECLARED.includes(declared) || note === '' || seen.has(keyOf(row))) {
      const found = cells.join('\t');
      throw new Error(`${file}:${i + 2}: expected package, old, new, declared, level, note, once each; found ${found}`);
    }
    seen.add(keyOf(row));
    return row;
  });
}

/** The versions that rows are about, as npm spells them. @param {readonly Upgrade[]} upgrades */
export function versionsOf(upgrades) {
  return upgrades.flatMap((row) => [`${row.package}@${row.old}`, `${row.package}@${row.new}`]);
}
