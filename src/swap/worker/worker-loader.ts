/** A loader for versions that must be unloadable, or must not be able to end the process: each runs in a worker thread. */

import type { ResourceLimits } from 'node:worker_threads';
import { builtFile } from '../../built-file.js';
import { optionsCheck } from '../../options-check.js';
import { startThread } from '../../start-thread.js';
import { type CacheOptions, ContentCache } from '../load/content-cache.js';
import type { Loader } from '../swap-ports.js';
import { type ApartLimits, apartLoader, assertLimits } from './apart-loader.js';
import { currentFlag } from './worker-lifecycle.js';
import type { WorkerData } from './worker-protocol.js';

/** Where the files of versions are written, and the limits of the workers that run them. */
export interface WorkerLoaderOptions extends CacheOptions, ApartLimits {
  /** Limits of each worker, in megabytes; a version that exceeds them ends, the process goes on. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** The environment that the versions see; the process's own by default. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const SCRIPT = builtFile('swap/worker/worker-main.js');

const checkOptions = optionsCheck<WorkerLoaderOptions>('WorkerLoaderOptions', {
  cacheDir: 'value',
  nodeModules: 'value',
  resourceLimits: 'value',
  env: 'value',
  unresponsiveMs: 'value',
  callTimeoutMs: 'value',
});

/**
 * A loader that runs each version in a worker thread of its own.
 *
 * `exports` is a stand-in: its functions return promises. Arguments and results are copied by structured clone; errors, async iterables, web
 * streams, responses and abort signals cross too, also in plain objects and arrays, four deep. Classes, functions, getters and what else
 * cannot be cloned do not.
 *
 * `process.exit`, a crash or a memory limit ends the worker alone, and so does silence (`unresponsiveMs`): calls that wait
 * are rejected with `IO` and never repeated, and the worker is started again after 0.1, 0.5 and 2 s; where it ends more often within
 * five minutes, it stays ended. The stand-in stays the same; what the worker had in memory is lost.
 * Letting go of a version ends its worker with all its timers and memory.
 * @throws `CHECKSUM_MISMATCH`, `INVALID_FILES`, `INVALID_ARGUMENT`, `IO`; what the module throws while it is imported
 */
export function workerLoader(options: WorkerLoaderOptions): Loader {
  checkOptions(options);
  const cache = new ContentCache(options);
  assertLimits(options);
  const { resourceLimits, env, callTimeoutMs, unresponsiveMs } = options;
  return apartLoader({
    ...{ kind: 'worker', cache, callTimeoutMs, unresponsiveMs },
    runnerOf({ moduleId, version }, content) {
      const current = currentFlag();
      const workerData: WorkerData = { content, current };
      const limits = {
        ...(resourceLimits === undefined ? {} : { resourceLimits }),
        ...(env === undefined ? {} : { env }),
      };
      return {
        start: () => startThread(SCRIPT, { name: `${moduleId} v${version}`, workerData, ...limits }),
        setCurrent: (is) => void Atomics.store(current, 0, is ? 1 : 0),
      };
    },
  });
}
