/** `untag MODULE@N TAG`: takes a tag off. */

import { changeTag, TAG_ARGUMENTS } from './tag.js';
import type { Verb } from './verb.js';

export const untag: Verb = {
  name: 'untag',
  group: 'Versions:',
  summary: 'Remove a tag from a version',
  arguments: TAG_ARGUMENTS,
  example: 'git-lineage untag planner@2 stable',
  run: (context) => changeTag(context, 'untag'),
};
