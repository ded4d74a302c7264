/** `assess MODULE FROM TO --level L`: what somebody found of a pair, as a signed report. */

import { oneOf, PAIR_ARGUMENTS, pairArguments, pairName } from './arguments.js';
import { levelTone } from './show-level.js';
import type { Verb } from './verb.js';
import { withLedger, written } from './with-ledger.js';

export const assess: Verb = {
  name: 'assess',
  group: 'Compatibility:',
  summary: 'Store a signed compatibility report on a pair of versions',
  arguments: PAIR_ARGUMENTS,
  options: [
    { flags: '--level <LEVEL>', description: 'COMPATIBLE, MINOR_CHANGE, BREAKING or UNKNOWN', mandatory: true },
    { flags: '--rationale <TEXT>', description: 'why' },
  ],
  example: "git-lineage assess planner 2 3 --level breaking --rationale 'plan() was removed'",
  run: async (context) => {
    const pair = pairArguments(context.given);
    const levels = Object.values(context.library.CompatibilityLevel);
    const level = oneOf(levels, context.given.required('level'), '--level');
    return withLedger(context, 'write', async (opened) => {
      const rationale = context.given.text('rationale');
      const inForce = await opened.ledger.assessCompatibility({ ...pair, level, rationale });
      const line = { line: `${inForce} is in force for ${pairName(pair)}`, tone: levelTone(inForce) };
      return written(opened, { ...pair, level: inForce }, [line]);
    });
  },
};
