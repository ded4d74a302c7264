/** `gate MODULE FROM TO`: may TO replace FROM? The exit code is the answer. */

import { PAIR_ARGUMENTS, pairArguments } from './arguments.js';
import { EXIT } from './exit-codes.js';
import type { Verb } from './verb.js';
import { withLedger } from './with-ledger.js';

export const gate: Verb = {
  name: 'gate',
  group: 'Compatibility:',
  summary: 'Ask whether a version may replace another; exit code 1 where it may not',
  arguments: PAIR_ARGUMENTS,
  example: 'git-lineage gate planner 2 3 && git-lineage activate planner@3',
  run: async (context) => {
    const { moduleId, fromVer, toVer } = pairArguments(context.given);
    return withLedger(context, 'read', async ({ ledger }) => {
      const { allow, level, reasons } = await ledger.gate(moduleId, fromVer, toVer);
      return {
        json: { allow, level, reasons },
        blocks: [
          { line: `${allow ? 'allow' : 'refuse'} ${level}`, tone: allow ? 'good' : 'bad' },
          ...reasons.map((line) => ({ line })),
        ],
        exitCode: allow ? EXIT.done : EXIT.no,
      };
    });
  },
};
