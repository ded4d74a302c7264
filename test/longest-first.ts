/** The order of the test files: a long one that began last would keep one core busy and leave the others idle. */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of 20 seconds and more on two cores, longest first. The rest follows by size, as vitest sorts what it has not timed. */
const LONGEST = [
  'crash/cut',
  'monitoring/incidents',
  'crash/kill',
  'remote/redacted',
  'cli/import-npm',
  'assess/limits',
  'assess/hostile',
  'assess/pairs',
  'docs/readme',
  'cli/gate-changed-filters',
  'hooks/guard-transactions',
  'attacks/move-a-ref-while-git-packs-refs',
  'interop/notes',
  'monitoring/monitoring',
  'remote/replication',
  'docs/examples',
  'audit/tamper-entries',
  'swap/crash',
];

function rankOf({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return at === -1 ? LONGEST.length : at;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}
