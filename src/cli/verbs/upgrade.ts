/** `upgrade`: takes the ledger to format 2. */

import { policyJson } from '../terminal/json-answers.js';
import type { Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';
import { settingsTable, signersTable } from './policy.js';

export const upgrade: Verb = {
  name: 'upgrade',
  group: 'The ledger:',
  summary: 'Take the ledger to format 2, which release 0.1.0 cannot read; takes a key with the role admin',
  example: 'git-lineage upgrade',
  run: (context) =>
    withLedger(context, 'write', async (opened) => {
      const { format: before } = await opened.ledger.policy.get();
      const onProgress = (done: number, total: number): void =>
        opened.progress.show('sealing the versions', done, total);
      const policy = await opened.ledger.policy.upgrade({ onProgress });
      opened.progress.clear();
      const json = policyJson(policy, context.library);
      const line = before === 2 ? 'the ledger is of format 2 already' : 'the ledger is of format 2 from now on';
      return written(opened, { ...json, upgraded: before !== 2 }, [
        { line, tone: 'good' },
        settingsTable(json),
        signersTable(json),
      ]);
    }),
};
