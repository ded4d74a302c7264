/** What runs in the process of `processLoader`: imports a version's entry, then answers calls on its exports. */

import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import v8 from 'node:v8';
import { serveVersion } from '../worker/serve-version.js';
import type { Message } from '../worker/worker-protocol.js';
import { FrameReader, framed } from './message-frames.js';
import { CHANNEL_FD, type HostNote } from './process-protocol.js';

/** Some of V8's flags write files wherever they are told, past the permissions: `--trace-turbo-path`. To set them takes both. */
function withholdFlags(): void {
  const mayEvaluate = !process.execArgv.includes('--disallow-code-generation-from-strings');
  if (mayEvaluate && process.permission.has('fs.write')) return;
  const refuse = (): never => {
    const message =
      'v8.setFlagsFromString takes the grants code and fs-write: flags of V8 write files past the permissions';
    throw Object.assign(new Error(message), { code: 'ERR_ACCESS_DENIED' });
  };
  Object.assign(v8, { setFlagsFromString: refuse });
  syncBuiltinESMExports();
}
withholdFlags();

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
