/** `break-glass MODULE@N --reason TEXT`: a version goes live past the gate and the hook, for an emergency. */

import { versionReference } from '../options/arguments.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { versionLine } from '../terminal/show-version.js';
import type { Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

export const breakGlass: Verb = {
  name: 'break-glass',
  group: 'Going back:',
  summary: 'Make a version active past the gate and the hook, in an emergency; takes a key with the role approver',
  arguments: [{ name: '<MODULE@N>', description: 'the version; its parent must be the active one' }],
  options: [
    {
      flags: '--reason <TEXT>',
      description: 'why it could not wait, in one line; the journal shows it for good',
      mandatory: true,
    },
  ],
  example: "git-lineage break-glass planner@3 --reason 'v2 drops orders, its approver is on a plane'",
  run: async (context) => {
    const { moduleId, version } = versionReference(context.given.required('MODULE@N'));
    const reason = context.given.required('reason');
    return withLedger(context, 'write', async (opened) => {
      const checkpoint = await opened.ledger.live.breakGlass(moduleId, version, { reason });
      return written(opened, { checkpoint: checkpointJson(checkpoint), reason }, [
        versionLine('broke the glass for', checkpoint),
      ]);
    });
  },
};
