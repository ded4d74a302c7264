/** `status`: where every module stands. */

import type { CompatibilityReport, Ledger } from '../index.js';
import type { Cell } from './render.js';
import type { Verb } from './verb.js';
import { viewWarnings } from './view-age.js';
import { withLedger } from './with-ledger.js';

interface ModuleStatusJson {
  readonly moduleId: string;
  readonly active: number | null;
  /** The rollback target. */
  readonly stable: number | null;
  /** The highest number used. */
  readonly highest: number;
  readonly staged: readonly number[];
  /** How many of its pairs wait for an operator. */
  readonly pending: number;
}

async function statusOf(
  ledger: Ledger,
  moduleId: string,
  pending: readonly CompatibilityReport[],
): Promise<ModuleStatusJson> {
  const [versions, lineage] = await Promise.all([
    ledger.versions(moduleId),
    ledger.getLineage(moduleId, { full: true }),
  ]);
  const target = await ledger.rollbackTarget(moduleId, 'MANUAL');
  // What is in the active lineage was active: only the others need asking.
  const known = new Set(lineage.map((v) => v.version));
  const staged: number[] = [];
  for (const { version } of versions) {
    if (!known.has(version) && (await ledger.statusOf(moduleId, version)) === 'STAGED') staged.push(version);
  }
  return {
    moduleId,
    active: lineage.at(-1)?.version ?? null,
    stable: target?.version ?? null,
    highest: versions.at(-1)?.version ?? 0,
    staged,
    pending: pending.filter((report) => report.moduleId === moduleId).length,
  };
}

function row(module: ModuleStatusJson): (string | Cell)[] {
  return [
    { text: module.moduleId, tone: 'strong' },
    { text: String(module.active ?? '-'), tone: 'good' },
    String(module.stable ?? '-'),
    String(module.highest),
    module.staged.join(', ') || '-',
    { text: String(module.pending), tone: module.pending > 0 ? 'bad' : 'plain' },
  ];
}

export const status: Verb = {
  name: 'status',
  group: 'The ledger:',
  summary: 'Show where every module stands',
  example: 'git-lineage status',
  run: (context) =>
    withLedger(context, 'read', async ({ ledger }) => {
      const pending = await ledger.pendingApprovals();
      const modules: ModuleStatusJson[] = [];
      for (const moduleId of await ledger.modules()) modules.push(await statusOf(ledger, moduleId, pending));
      return {
        json: modules,
        warnings: await viewWarnings(ledger),
        blocks: [
          { columns: ['MODULE', 'ACTIVE', 'ROLLBACK TARGET', 'HIGHEST', 'STAGED', 'PENDING'], rows: modules.map(row) },
        ],
      };
    }),
};
