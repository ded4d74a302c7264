/** What runs in the worker of `workerLoader`: imports a version's entry, then answers calls on its exports. */

import { parentPort, workerData } from 'node:worker_threads';
import { serveVersion } from './serve-version.js';
import type { Message, WorkerData } from './worker-protocol.js';

const { content, current } = workerData as WorkerData;

const receive = await serveVersion({
  content,
  isCurrent: () => Atomics.load(current, 0) === 1,
  post: (message, transfer) => parentPort?.postMessage(message, transfer),
});
if (receive !== null) parentPort?.on('message', (message: Message) => receive(message));
