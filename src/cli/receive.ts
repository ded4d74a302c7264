/** `receive`: what the hooks of a ledger run when somebody pushes to it. */

import { applyReceived, checkReceived } from './received-push.js';
import type { Verb } from './verb.js';

export const receive: Verb = {
  name: 'receive',
  group: 'Copies:',
  summary: 'Check or apply a push to this ledger; its hooks call it, people do not',
  options: [
    {
      flags: '--check',
      description: 'as pre-receive: lines of old, new and ref on standard input',
      conflicts: ['apply'],
    },
    { flags: '--apply', description: 'as proc-receive: its protocol on standard input and output' },
  ],
  example: 'git-lineage receive --check',
  run: (context) => (context.given.flag('apply') ? applyReceived(context) : checkReceived(context)),
};
