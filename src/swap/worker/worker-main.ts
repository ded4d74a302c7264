/** What runs in the worker of `workerLoader`: imports a version's entry, then answers calls on its exports. */

import { parentPort, workerData } from 'node:worker_threads';
import { importEntry } from '../load/import-entry.js';
import { endResolution } from '../load/resolution-end.js';
import { withFileNamed } from '../load/syntax-place.js';
import { describe } from './export-shape.js';
import { WorkerChannel } from './worker-channel.js';
import { toWire } from './worker-errors.js';
import { receivedArgs } from './worker-lifecycle.js';
import type { Greeting, Message, WorkerData } from './worker-protocol.js';

function greet(greeting: Greeting): void {
  parentPort?.postMessage(greeting);
}

function callAt(exports: unknown, path: readonly string[], args: readonly unknown[]): unknown {
  let owner: unknown;
  let target: unknown = exports;
  for (const name of path) {
    owner = target;
    target = (target as Record<string, unknown>)[name];
  }
  return Reflect.apply(target as (...args: readonly unknown[]) => unknown, owner, args);
}

const { content, current } = workerData as WorkerData;

try {
  endResolution(content.folder, content.packages);
  const exports = await importEntry(content.entry);
  const channel = new WorkerChannel({
    post: (message, transfer) => parentPort?.postMessage(message, transfer),
    onCall: (path, args) => callAt(exports, path, receivedArgs(path, args, current)),
    onWaiting: () => undefined,
  });
  parentPort?.on('message', (message: Message) => channel.receive(message));
  greet({ type: 'ready', shape: describe(exports) ?? { kind: 'object', members: [] } });
} catch (error) {
  greet({ type: 'failed', error: toWire(await withFileNamed(error, content)) });
}
