/** `withdraw MODULE FROM TO`: takes back every approval of a pair. */

import { PAIR_ARGUMENTS } from '../options/arguments.js';
import type { Verb } from '../verb.js';
import { decidePair, RATIONALE } from './approve.js';

export const withdraw: Verb = {
  name: 'withdraw',
  group: 'Compatibility:',
  summary: 'Take back every approval of a pair, or reports on what is not there',
  arguments: PAIR_ARGUMENTS,
  options: [
    RATIONALE,
    {
      flags: '--reports',
      description: 'instead of approvals: reports made before the version was there, and those of revoked keys',
    },
  ],
  example: 'git-lineage withdraw planner 2 3',
  run: (context) => decidePair(context, 'withdraw'),
};
