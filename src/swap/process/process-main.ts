/** What runs in the process of `processLoader`: imports a version's entry, then answers calls on its exports. */

import { Socket } from 'node:net';
import { serveVersion } from '../worker/serve-version.js';
import type { Message } from '../worker/worker-protocol.js';
import { FrameReader, framed } from './message-frames.js';
import { CHANNEL_FD, type HostNote } from './process-protocol.js';

let current = false;
let receive: ((message: Message) => void) | null = null;

function hear(message: Message | HostNote): void {
  if (message.type === 'current') current = message.is;
  else if (message.type === 'start') void start(message);
  else receive?.(message);
}

const pipe = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const reader = new FrameReader((message) => hear(message as Message | HostNote));
pipe.on('data', (chunk) => reader.take(chunk));
// Of a pipe that is broken there is nobody to tell.
pipe.on('error', () => undefined);
// Whoever started it is gone: nobody calls any more.
pipe.on('close', () => process.exit());

async function start({ content }: Extract<HostNote, { readonly type: 'start' }>): Promise<void> {
  receive = await serveVersion({
    content,
    isCurrent: () => current,
    post: (message) => void pipe.write(framed(message)),
  });
}
