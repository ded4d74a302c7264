/** `untag MODULE@N TAG`: takes a tag off. */

import type { Verb } from '../verb.js';
import { changeTag, TAG_ARGUMENTS } from './tag.js';

export const untag: Verb = {
  name: 'untag',
  group: 'Versions:',
  summary: 'Remove a tag from a version',
  arguments: TAG_ARGUMENTS,
  example: 'git-lineage untag planner@2 stable',
  run: (context) => changeTag(context, 'untag'),
};
