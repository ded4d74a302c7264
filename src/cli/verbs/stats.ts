/** `stats`: four numbers. */

import type { Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

export const stats: Verb = {
  name: 'stats',
  group: 'The ledger:',
  summary: 'Count modules, versions, reports and pending approvals',
  example: 'git-lineage stats --json',
  run: (context) =>
    withLedger(context, 'read', async ({ ledger }) => {
      const { trackedModules, totalCheckpoints, compatibilityRecords, pendingApprovals } = await ledger.stats();
      const json = { trackedModules, totalCheckpoints, compatibilityRecords, pendingApprovals };
      const rows = Object.entries(json).map(([name, count]) => [name, String(count)]);
      return { json, blocks: [{ columns: ['WHAT', 'COUNT'], rows }] };
    }),
};
