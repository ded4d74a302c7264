/** `record MODULE PATH…`: a new version, active at once. */

import type { Verb } from '../verb.js';
import { makeVersion, NEW_VERSION_ARGUMENTS, NEW_VERSION_OPTIONS } from './new-version.js';

export const record: Verb = {
  name: 'record',
  group: 'Versions:',
  summary: 'Record a version and make it active',
  arguments: NEW_VERSION_ARGUMENTS,
  options: NEW_VERSION_OPTIONS,
  example: "git-lineage record planner ./dist --tag stable --exclude '*.map'",
  run: (context) =>
    makeVersion(context, 'recorded', (ledger, checkpoint, content) => ledger.recordCheckpoint(checkpoint, content)),
};
