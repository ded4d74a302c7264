/** `pending`: what waits for an operator. */

import { pendingJson } from '../terminal/json-answers.js';
import { reportTable } from '../terminal/show-level.js';
import type { Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

export const pending: Verb = {
  name: 'pending',
  group: 'Compatibility:',
  summary: 'List the reports that wait for an operator',
  example: 'git-lineage pending',
  run: (context) =>
    withLedger(context, 'read', async ({ ledger }) => {
      const reports = await ledger.pendingApprovals();
      return { json: reports.map(pendingJson), blocks: [reportTable(reports)] };
    }),
};
