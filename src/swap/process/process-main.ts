/** What runs in the process of `processLoader`: imports a version's entry, then answers calls on its exports. */

import { serveVersion } from '../worker/serve-version.js';
import type { Message } from '../worker/worker-protocol.js';
import type { HostNote } from './process-protocol.js';

let current = false;
let receive: ((message: Message) => void) | null = null;

// Whoever started it is gone: nobody calls any more.
process.on('disconnect', () => process.exit());
process.on('message', (message: Message | HostNote) => {
  if (message.type === 'current') current = message.is;
  else if (message.type === 'start') void start(message);
  else receive?.(message);
});

async function start({ content }: Extract<HostNote, { readonly type: 'start' }>): Promise<void> {
  receive = await serveVersion({
    content,
    isCurrent: () => current,
    // Of a channel that is closed there is nobody to tell.
    post: (message) => void process.send?.(message, undefined, undefined, () => undefined),
  });
}
