/** `push [REMOTE]`: what this ledger has and a remote lacks. */

import type { Verb } from '../verb.js';
import { REMOTE_ARGUMENT, replicate } from './replicate.js';

export const push: Verb = {
  name: 'push',
  group: 'The ledger:',
  summary: 'Send a remote the entries that it lacks; an empty repository gets all',
  arguments: [REMOTE_ARGUMENT],
  example: 'git-lineage push',
  run: (context) => replicate(context, (ledger, remote) => ledger.replicas.push(remote)),
};
