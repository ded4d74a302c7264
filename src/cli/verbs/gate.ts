/** `gate MODULE FROM TO`: may TO replace FROM? `gate --changed`: may what is about to be committed? */

import { invalidArgument, quoted } from '../complaint.js';
import { EXIT } from '../exit-codes.js';
import { OPTIONAL_PAIR_ARGUMENTS, pairArguments } from '../options/arguments.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';
import { gateChanged } from './gate-changed.js';

const HINT = 'git-lineage gate MODULE FROM TO asks about a pair, git-lineage gate --changed about a work tree';

async function gatePair(context: Context): Promise<Answer> {
  const { moduleId, fromVer, toVer } = pairArguments(context.given);
  return withLedger(context, 'read', async ({ ledger }) => {
    const { allow, level, reasons } = await ledger.gate(moduleId, fromVer, toVer);
    return {
      json: { allow, level, reasons },
      blocks: [
        { line: `${allow ? 'allow' : 'refuse'} ${level}`, tone: allow ? 'good' : 'bad' },
        ...reasons.map(({ message }) => ({ line: message })),
      ],
      exitCode: allow ? EXIT.done : EXIT.no,
    };
  });
}

export const gate: Verb = {
  name: 'gate',
  group: 'Compatibility:',
  summary: 'Ask whether a version may replace another, or what is about to be committed; exit code 1 where not',
  arguments: OPTIONAL_PAIR_ARGUMENTS,
  options: [
    {
      flags: '--changed',
      description: 'instead of a pair: compare each module that package.json maps with its active version',
    },
  ],
  example: 'git-lineage gate planner 2 3 && git-lineage activate planner@3',
  run: async (context) => {
    const { given } = context;
    const changed = given.flag('changed');
    const module = given.text('MODULE');
    const missing = ['MODULE', 'FROM', 'TO'].find((name) => given.text(name) === undefined);
    if (changed && module !== undefined) {
      throw invalidArgument('MODULE', 'either MODULE FROM TO or --changed', `${quoted(module)} and --changed`, HINT);
    }
    if (!changed && missing !== undefined) {
      throw invalidArgument(missing, 'MODULE FROM TO, or --changed', 'none', HINT);
    }
    return changed ? gateChanged(context) : gatePair(context);
  },
};
