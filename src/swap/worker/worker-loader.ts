/** A loader for versions that must be unloadable, or must not be able to end the process: each runs in a worker thread. */

import { type ResourceLimits, Worker } from 'node:worker_threads';
import { builtFile } from '../../built-file.js';
import type { Loader, LoadRequest } from '../contract.js';
import { ContentCache } from '../load/content-cache.js';
import type { Entry } from '../load/import-entry.js';
import { prepareContent } from '../load/prepare-content.js';
import { WorkerConnection } from './worker-connection.js';
import type { Members, Shape } from './worker-protocol.js';

export interface WorkerLoaderOptions {
  /** Where the files of versions are written, one folder for each content. Deleting it loses nothing. */
  readonly cacheDir: string;
  /** A `node_modules` folder in which the modules' bare imports are found. */
  readonly nodeModules?: string | undefined;
  /** Limits of each worker, in megabytes; a version that exceeds them ends, the process goes on. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** The environment that the versions see; the process's own by default. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const SCRIPT = builtFile('swap/worker/worker-main.js');

function withMembers(target: object, members: Members, path: readonly string[], connection: WorkerConnection): object {
  for (const [name, shape] of members) {
    const value = standIn(shape, [...path, name], connection);
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true });
  }
  return Object.freeze(target);
}

/** What callers see of an export: functions that answer with a promise, objects of such, copies of all else. */
function standIn(shape: Shape, path: readonly string[], connection: WorkerConnection): unknown {
  if (shape.kind === 'value') return shape.value;
  const target = shape.kind === 'object' ? {} : (...args: readonly unknown[]) => connection.call(path, args);
  return withMembers(target, shape.members, path, connection);
}

function start(entry: Entry, request: LoadRequest, options: WorkerLoaderOptions): WorkerConnection {
  const { resourceLimits, env } = options;
  const worker = new Worker(SCRIPT, {
    name: `${request.moduleId} v${request.version}`,
    workerData: entry,
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
    ...(env === undefined ? {} : { env }),
  });
  return new WorkerConnection(worker, `${request.moduleId} v${request.version}`);
}

/**
 * A loader that runs each version in a worker thread of its own.
 *
 * `exports` is a stand-in: its functions return promises, arguments and results are copied by structured clone, an
 * async iterable that a function answers with is read value by value. Classes, getters and what cannot be cloned do
 * not cross. `process.exit`, a crash or a memory limit ends the worker alone: calls that wait are rejected with `IO`.
 * Letting go of a version ends its worker with all its timers and memory.
 * @throws `CHECKSUM_MISMATCH`, `INVALID_FILES`, `IO`; what the module throws while it is imported
 */
export function workerLoader(options: WorkerLoaderOptions): Loader {
  const cache = new ContentCache(options.cacheDir, options.nodeModules);
  return {
    async load(request) {
      const { entry } = await prepareContent(cache, request);
      request.signal.throwIfAborted();
      const connection = start(entry, request, options);
      const stop = (): void => void connection.terminate();
      request.signal.addEventListener('abort', stop, { once: true });
      try {
        const exports = standIn(await connection.shape(), [], connection);
        return { exports, dispose: () => connection.terminate() };
      } catch (error) {
        await connection.terminate();
        throw error;
      } finally {
        request.signal.removeEventListener('abort', stop);
      }
    },
  };
}
