/** `sync [REMOTE]`: both ways. */

import type { Verb } from '../verb.js';
import { REMOTE_ARGUMENT, replicate } from './replicate.js';

export const sync: Verb = {
  name: 'sync',
  group: 'The ledger:',
  summary: 'Pull, then push what is left',
  arguments: [REMOTE_ARGUMENT],
  example: 'git-lineage sync',
  run: (context) => replicate(context, (ledger, remote) => ledger.replicas.sync(remote)),
};
