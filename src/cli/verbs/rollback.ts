/** `rollback MODULE`: back to the rollback target, at once and without asking for approval. */

import { versionNumber } from '../options/arguments.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { versionLine } from '../terminal/show-version.js';
import type { Verb } from '../verb.js';
import { type Opened, withLedger, written } from '../with-ledger.js';
import { filterFrom, reasonFrom, TARGET_OPTIONS } from './rollback-target.js';

/** The version that the rollback left, as its journal entry says. */
function abandonedIn({ notices }: Opened): number | null {
  const events = notices.flatMap((n) => (n.type === 'committed' ? n.events : []));
  const event = events.find((e) => e.type === 'rollback');
  return event === undefined ? null : event.fromVer;
}

export const rollback: Verb = {
  name: 'rollback',
  group: 'Going back:',
  summary: 'Make the rollback target active again, and tag the abandoned version reverted',
  arguments: [{ name: '<MODULE>', description: 'the module' }],
  options: [
    ...TARGET_OPTIONS,
    { flags: '--to <N>', description: 'an earlier version, instead of the rollback target', conflicts: ['tag', 'any'] },
  ],
  example: 'git-lineage rollback planner --reason health-failure',
  run: async (context) => {
    const moduleId = context.given.required('MODULE');
    const reason = reasonFrom(context);
    const text = context.given.text('to');
    const to = text === undefined ? undefined : versionNumber(text, '--to');
    return withLedger(context, 'write', async (opened) => {
      const checkpoint = await opened.ledger.rollback(moduleId, reason, { to, tagFilter: filterFrom(context) });
      const abandoned = abandonedIn(opened);
      return written(opened, { checkpoint: checkpointJson(checkpoint), abandoned, reason }, [
        versionLine(`rolled back ${moduleId}@${abandoned ?? '?'} to`, checkpoint),
      ]);
    });
  },
};
