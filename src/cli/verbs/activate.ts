/** `activate MODULE@N`: a staged version goes live, through the gate. */

import { versionReference } from '../options/arguments.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { versionLine } from '../terminal/show-version.js';
import type { Verb } from '../verb.js';
import { withLedger, writtenWithWarnings } from '../with-ledger.js';

export const activate: Verb = {
  name: 'activate',
  group: 'Versions:',
  summary: 'Make a staged version active, through the gate',
  arguments: [{ name: '<MODULE@N>', description: 'the staged version; its parent must be the active one' }],
  example: 'git-lineage activate planner@3',
  run: async (context) => {
    const { moduleId, version } = versionReference(context.given.required('MODULE@N'));
    return withLedger(context, 'write', async (opened) => {
      const checkpoint = await opened.ledger.activate(moduleId, version);
      const line = versionLine('activated', checkpoint);
      return writtenWithWarnings(opened, { checkpoint: checkpointJson(checkpoint) }, [line]);
    });
  },
};
