/** `approve MODULE FROM TO`, and what it shares with `withdraw`. */

import { PAIR_ARGUMENTS, pairArguments, pairName } from '../options/arguments.js';
import { gainedJson, reportJson } from '../terminal/json-answers.js';
import { levelText, returnBlocks } from '../terminal/show-level.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

export const RATIONALE = { flags: '--rationale <TEXT>', description: 'why' } as const;

/** Signs for a pair, or takes that back, and answers with the report. */
export async function decidePair(context: Context, act: 'approve' | 'withdraw'): Promise<Answer> {
  const pair = pairArguments(context.given);
  return withLedger(context, 'write', async (opened) => {
    const rationale = context.given.text('rationale');
    const reports = act === 'withdraw' && context.given.flag('reports');
    const { ledger } = opened;
    const { moduleId, fromVer, toVer } = pair;
    const report =
      act === 'approve'
        ? await ledger.approve(moduleId, fromVer, toVer, { rationale })
        : await ledger.withdraw(moduleId, fromVer, toVer, { rationale, reports });
    const isWritten = opened.notices.some(({ type }) => type === 'committed');
    const approved = isWritten ? 'approved' : 'nothing was changed: approved already,';
    const line =
      act === 'approve'
        ? `${approved} ${pairName(pair)} (${levelText(report)}) as ${report.approvedBy}`
        : `withdrew the ${reports ? 'report on' : 'approval of'} ${pairName(pair)} (${report.level})`;
    const level = context.library.returnLevelOf(await ledger.reports.list(moduleId, fromVer, toVer));
    const returning = level === null ? {} : { returnLevel: level };
    const json = { report: reportJson(report), ...returning, ...gainedJson(report) };
    return written(opened, json, [{ line }, ...returnBlocks(level, fromVer)]);
  });
}

export const approve: Verb = {
  name: 'approve',
  group: 'Compatibility:',
  summary: 'Sign for a pair as an operator; takes a key with the role approver',
  arguments: PAIR_ARGUMENTS,
  options: [RATIONALE],
  example: "git-lineage approve planner 2 3 --rationale 'callers were migrated'",
  run: (context) => decidePair(context, 'approve'),
};
