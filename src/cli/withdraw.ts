/** `withdraw MODULE FROM TO`: takes back every approval of a pair. */

import { decidePair, RATIONALE } from './approve.js';
import { PAIR_ARGUMENTS } from './arguments.js';
import type { Verb } from './verb.js';

export const withdraw: Verb = {
  name: 'withdraw',
  group: 'Compatibility:',
  summary: 'Take back every approval of a pair',
  arguments: PAIR_ARGUMENTS,
  options: [RATIONALE],
  example: 'git-lineage withdraw planner 2 3',
  run: (context) => decidePair(context, 'withdraw'),
};
