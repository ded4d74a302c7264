/** The order of the test files: a long one that began last would keep one core busy and leave the others idle. */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of 20 seconds and more on two cores, longest first. The rest follows by size, as vitest sorts what it has not timed. */
const LONGEST = [
  'monitoring/incidents',
  'crash/cut',
  'crash/kill',
  'remote/redacted',
  'cli/import-npm',
  'assess/limits',
  'assess/hostile/great-size',
  'attacks/keep-a-secret-that-was-redacted',
  'hooks/guard-transactions',
  'swap/crash',
  'assess/pairs',
  'suite/object-format',
  'docs/examples',
  'audit/tamper-notes',
  'docs/guides',
  'cli/gate-changed-filters',
  'remote/replication',
  'attacks/move-a-ref-while-git-packs-refs',
  'interop/notes',
  'cli/import-git',
  'hooks/guard',
  'cli/gate-changed',
  'audit/tamper-history',
  'docs/backup',
  'cli/ten-skills',
  'docs/documents',
  'docs/readme',
];

function rankOf({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return at === -1 ? LONGEST.length : at;
}

export class LongestFirst extends BaseSequencer {
  /** Dealt out like cards, so that each part has its share of the long ones, and the same files on each machine. */
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { shard } = this.ctx.config;
    if (shard === undefined) return files;
    const dealt = [...files].sort((a, b) => rankOf(a) - rankOf(b) || (a.moduleId < b.moduleId ? -1 : 1));
    return dealt.filter((_, i) => i % shard.count === shard.index - 1);
  }

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}
