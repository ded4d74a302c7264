/** What `audit` and `clone` measure again, and how that reads. */

import type { AuditQuestion, AuditReport } from '../library.js';
import type { Context, OptionSpec } from '../verb.js';
import type { Block } from './render.js';

export const REMEASURE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--remeasure', description: 'measure again what became active without an approval' },
  { flags: '--remeasure-all', description: 'measure again what was approved too' },
];

export function remeasureGiven({ given }: Context): AuditQuestion['remeasure'] {
  return given.flag('remeasure-all') ? 'all' : given.flag('remeasure') ? 'unapproved' : undefined;
}

export function remeasuredBlocks(remeasured: AuditReport['remeasured']): Block[] {
  if (remeasured === null) return [];
  const { same, differs } = remeasured;
  const rows = differs.map(({ seq, moduleId, fromVer, toVer, level, assessor, measured, engine, limit }) => [
    { text: `${moduleId} ${fromVer ?? '-'} -> ${toVer}`, tone: 'warn' as const },
    `entry ${seq}`,
    `${level} by ${assessor ?? 'hand, or nobody'}`,
    `${measured} by ${engine}${limit === null ? '' : `, cut short (${limit})`}`,
  ]);
  return [
    { line: `${same} activations by the level that is measured now, ${differs.length} by another one` },
    { columns: ['DIFFERS', 'ACTIVE BY', 'LEVEL THEN', 'MEASURED NOW'], rows },
  ];
}
