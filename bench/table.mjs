// Rows of figures: ours beside a peer's, both less the better, with the goal and whether it is met. Medians of rounds.
import { median } from './statistics.mjs';

/**
 * @typedef {{ kind: 'times-as-fast' | 'times-as-much' | 'at-most', value: number }} Goal
 * @typedef {{ name: string, unit: string, peer: string, goal: Goal | null }} Row
 * @typedef {Row & { ours: number[], theirs: number[] }} Filled
 */

/** The peer's figure divided by ours is at least this. @param {number} value @returns {Goal} */
export const timesAsFast = (value) => ({ kind: 'times-as-fast', value });
/** Our figure divided by the peer's is at most this. @param {number} value @returns {Goal} */
export const timesAsMuch = (value) => ({ kind: 'times-as-much', value });
/** Our own figure is at most this. @param {number} value @returns {Goal} */
export const atMost = (value) => ({ kind: 'at-most', value });

/** @param {number} value */
function figure(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 1 ? value.toFixed(2) : value.toPrecision(2);
}

/** @type {{ missed: string[], rows: number }} */
const all = { missed: [], rows: 0 };

/** @param {Filled} row */
function lineOf({ name, unit, peer, goal, ours, theirs }) {
  const ratios = ours.map((value, i) => value / (theirs[i] ?? Number.NaN));
  const [own, other, ratio] = [median(ours), median(theirs), median(ratios)];
  const beside = Number.isNaN(other) ? '' : `; ${peer}: ${figure(other)} ${unit}; ratio ${figure(ratio)}`;
  const start = `  ${name}: ${figure(own)} ${unit}${beside}`;
  if (goal === null) return { line: start, met: true };
  const { met, said } = {
    'times-as-fast': {
      met: 1 / ratio >= goal.value,
      said: `${figure(1 / ratio)} times as fast, goal: >= ${goal.value}`,
    },
    'times-as-much': { met: ratio <= goal.value, said: `goal: ratio <= ${goal.value}` },
    'at-most': { met: own <= goal.value, said: `goal: <= ${goal.value} ${unit}` },
  }[goal.kind];
  return { line: `${start} (${said})${met ? '' : ', MISSED'}`, met };
}

/** The rows of one part. */
export class Table {
  /** @type {Map<string, Filled>} */
  #rows = new Map();

  /** @param {string} title */
  constructor(title) {
    this.title = title;
  }

  /** One round's figures of a row; the peer's may be NaN. @param {Row} row @param {number} ours @param {number} theirs */
  note(row, ours, theirs) {
    const filled = this.#rows.get(row.name) ?? { ...row, ours: [], theirs: [] };
    filled.ours.push(ours);
    filled.theirs.push(theirs);
    this.#rows.set(row.name, filled);
  }

  print() {
    console.log(this.title);
    for (const row of this.#rows.values()) {
      const { line, met } = lineOf(row);
      console.log(line);
      all.rows += 1;
      if (!met) all.missed.push(row.name);
    }
    console.log('');
  }
}

/** What all tables of this process came to. */
export function printSummary() {
  console.log(`${all.rows} rows, ${all.missed.length} goals missed${all.missed.length === 0 ? '' : ':'}`);
  for (const name of all.missed) console.log(`  ${name}`);
}
