/** `pull [REMOTE]`: what a remote has and this ledger lacks. */

import type { Verb } from '../verb.js';
import { REMOTE_ARGUMENT, replicate } from './replicate.js';

export const pull: Verb = {
  name: 'pull',
  group: 'The ledger:',
  summary: 'Adopt the entries that a remote has, each verified',
  arguments: [REMOTE_ARGUMENT],
  example: 'git-lineage pull',
  run: (context) => replicate(context, (ledger, remote) => ledger.replicas.pull(remote)),
};
