/** What runs in the worker of `workerLoader`: imports a version's entry, then answers calls on its exports. */

import { parentPort, workerData } from 'node:worker_threads';
import { type Entry, importEntry } from '../load/import-entry.js';
import { toWire } from './worker-errors.js';
import { describe, type FromWorker, type ToWorker } from './worker-protocol.js';

const streams = new Map<number, AsyncIterator<unknown>>();

function say(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
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

/** The answer to one message; a stream stays here, its values are asked for one by one. */
async function answer(exports: unknown, message: Exclude<ToWorker, { readonly type: 'ping' }>): Promise<FromWorker> {
  const { id } = message;
  if (message.type === 'call') {
    const value = await callAt(exports, message.path, message.args);
    if (!isAsyncIterable(value)) return { type: 'result', id, value };
    streams.set(id, value[Symbol.asyncIterator]());
    return { type: 'stream', id };
  }
  const iterator = streams.get(message.stream);
  const result = message.type === 'next' ? await iterator?.next() : await iterator?.return?.();
  const done = result?.done !== false;
  if (done || message.type === 'return') streams.delete(message.stream);
  return { type: 'result', id, value: { done, value: result?.value } };
}

async function respond(exports: unknown, message: ToWorker): Promise<void> {
  if (message.type === 'ping') return say({ type: 'pong' });
  try {
    say(await answer(exports, message));
  } catch (error) {
    // Also where the answer cannot be cloned.
    say({ type: 'error', id: message.id, error: toWire(error) });
  }
}

try {
  const exports = await importEntry(workerData as Entry);
  parentPort?.on('message', (message: ToWorker) => void respond(exports, message));
  say({ type: 'ready', shape: describe(exports) ?? { kind: 'object', members: [] } });
} catch (error) {
  say({ type: 'failed', error: toWire(error) });
}
