/** How compatibility levels and reports read for people. */

import type { CompatibilityLevel, CompatibilityReport } from '../index.js';
import type { Cell, Table, Tone } from './render.js';

const TONES: Readonly<Record<CompatibilityLevel, Tone>> = {
  COMPATIBLE: 'good',
  MINOR_CHANGE: 'good',
  UNKNOWN: 'warn',
  BREAKING: 'bad',
};

export function levelTone(level: CompatibilityLevel): Tone {
  return TONES[level];
}

export function levelCell(level: CompatibilityLevel): Cell {
  return { text: level, tone: levelTone(level) };
}

/** Reports that wait for an operator, as a table. */
export function reportTable(reports: readonly CompatibilityReport[]): Table {
  return {
    empty: 'nothing waits for an approval',
    columns: ['MODULE', 'FROM', 'TO', 'LEVEL', 'APPROVED BY', 'RATIONALE'],
    rows: reports.map((r) => [
      r.moduleId,
      String(r.fromVer ?? '-'),
      String(r.toVer),
      levelCell(r.level),
      r.approvedBy,
      r.rationale,
    ]),
  };
}
