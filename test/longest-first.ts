/** The order of the test files: a long one that began last would keep one core busy and leave the others idle. */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of half a minute and more, longest first. The rest follows by size, as vitest sorts what it has not timed. */
const LONGEST = [
  'crash/cut',
  'assess/hostile',
  'swap/crash',
  'assess/limits',
  'publisher/publisher',
  'audit/tamper-entries',
  'docs/readme',
  'docs/backup',
  'crash/pack-tags',
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
