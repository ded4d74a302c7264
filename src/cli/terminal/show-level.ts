/** How compatibility levels and reports read for people. */

import type { CompatibilityLevel, StoredReport } from '../library.js';
import type { Block, Cell, Table, Tone } from './render.js';

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

/** The level of a report, and what the version gains by it. */
export function levelText({ level, capabilitiesAdded: gained }: StoredReport): string {
  return gained === undefined ? level : `${level}, gaining ${gained.join(', ')}`;
}

/** Reports that wait for an operator, as a table. */
export function reportTable(reports: readonly StoredReport[]): Table {
  return {
    empty: 'nothing waits for an approval',
    columns: ['MODULE', 'FROM', 'TO', 'LEVEL', 'APPROVED BY', 'RATIONALE'],
    rows: reports.map((r) => [
      r.moduleId,
      String(r.fromVer ?? '-'),
      String(r.toVer),
      { text: levelText(r), tone: levelTone(r.level) },
      r.approvedBy,
      r.rationale,
    ]),
  };
}

/** What going back would do, where it would break somebody; else nothing. */
export function returnText(level: CompatibilityLevel | null | undefined, fromVer: number | null): string {
  return level === 'BREAKING' ? `going back to v${fromVer} would break callers` : '';
}

export function returnBlocks(level: CompatibilityLevel | null | undefined, fromVer: number | null): Block[] {
  const line = returnText(level, fromVer);
  return line === '' ? [] : [{ line, tone: 'warn' }];
}
