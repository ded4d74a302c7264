/** `stage MODULE PATH…`: a new version, not active yet. */

import type { Verb } from '../verb.js';
import { makeVersion, NEW_VERSION_ARGUMENTS, NEW_VERSION_OPTIONS } from './new-version.js';

export const stage: Verb = {
  name: 'stage',
  group: 'Versions:',
  summary: 'Put a version into the ledger without making it active',
  arguments: NEW_VERSION_ARGUMENTS,
  options: NEW_VERSION_OPTIONS,
  example: 'git-lineage stage planner ./dist',
  run: (context) => makeVersion(context, 'staged', (ledger, checkpoint, content) => ledger.stage(checkpoint, content)),
};
