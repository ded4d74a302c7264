/** `status`: where every module stands. */

import type { ModuleStanding } from '../index.js';
import type { Cell } from './render.js';
import type { Verb } from './verb.js';
import { viewWarnings } from './view-age.js';
import { withLedger } from './with-ledger.js';

function json({ moduleId, active, stable, highest, staged, pending }: ModuleStanding): ModuleStanding {
  return { moduleId, active, stable, highest, staged, pending };
}

function row(module: ModuleStanding): (string | Cell)[] {
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
      const modules: ModuleStanding[] = [];
      for (const moduleId of await ledger.modules()) modules.push(await ledger.standing(moduleId));
      return {
        json: modules.map(json),
        warnings: await viewWarnings(ledger),
        blocks: [
          { columns: ['MODULE', 'ACTIVE', 'ROLLBACK TARGET', 'HIGHEST', 'STAGED', 'PENDING'], rows: modules.map(row) },
        ],
      };
    }),
};
