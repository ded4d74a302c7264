/** A loader for versions that must be unloadable, or must not be able to end the process: each runs in a worker thread. */

import { type ResourceLimits, Worker } from 'node:worker_threads';
import { builtFile } from '../../built-file.js';
import { invalidInput, quoted } from '../../errors.js';
import type { LoadedModule, Loader, LoadRequest } from '../contract.js';
import { type CacheOptions, ContentCache } from '../load/content-cache.js';
import { prepareContent } from '../load/prepare-content.js';
import { isMs, msFrom } from '../milliseconds.js';
import { lifecycleOf } from '../module/lifecycle.js';
import type { Members, Shape } from './export-shape.js';
import { WorkerConnection } from './worker-connection.js';
import { type CurrentFlag, currentFlag, type WorkerLifecycle, workerLifecycle } from './worker-lifecycle.js';
import type { WorkerData } from './worker-protocol.js';
import { type Call, WorkerSupervisor } from './worker-supervisor.js';

/** Where the files of versions are written, and the limits of the workers that run them. */
export interface WorkerLoaderOptions extends CacheOptions {
  /**
   * How long a worker may be silent while calls wait for it, in milliseconds; then it is ended and started again. 30 s by default: a version
   * that computes for longer without a break needs more. It is told as unresponsive after a sixth of it.
   */
  readonly unresponsiveMs?: number | undefined;
  /**
   * How long a call may take until its answer, in milliseconds; then it is rejected with a `TimeLimitError`, and the worker goes on. No
   * limit by default. The values of an iterable or stream that is the answer may come later.
   */
  readonly callTimeoutMs?: number | undefined;
  /** Limits of each worker, in megabytes; a version that exceeds them ends, the process goes on. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** The environment that the versions see; the process's own by default. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const UNRESPONSIVE_MS = 30_000;

const SCRIPT = builtFile('swap/worker/worker-main.js');

function withMembers(target: object, members: Members, path: readonly string[], supervisor: WorkerSupervisor): object {
  for (const [name, shape] of members) {
    const value = standIn(shape, [...path, name], supervisor);
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true });
  }
  return Object.freeze(target);
}

/** What callers see of an export: functions that answer with a promise, objects of such, copies of all else. */
function standIn(shape: Shape, path: readonly string[], supervisor: WorkerSupervisor): unknown {
  if (shape.kind === 'value') return shape.value;
  const target = shape.kind === 'object' ? {} : (...args: readonly unknown[]) => supervisor.call(path, args);
  return withMembers(target, shape.members, path, supervisor);
}

/** A version that is activated again with each worker. */
interface Restartable {
  readonly lifecycle?: WorkerLifecycle | undefined;
}

/** What starts the workers of one version. */
interface Starting {
  readonly request: LoadRequest;
  readonly options: WorkerLoaderOptions;
  readonly data: WorkerData;
  /** Finds the files again. */
  readonly prepare: () => Promise<unknown>;
  readonly onRestart: (call: Call) => Promise<void>;
}

function start({ request, options, data, prepare, onRestart }: Starting): WorkerSupervisor {
  const { resourceLimits, env, callTimeoutMs, unresponsiveMs = UNRESPONSIVE_MS } = options;
  const name = `${request.moduleId} v${request.version}`;
  return new WorkerSupervisor({
    name,
    prepare,
    onRunEvent: (event) => request.onRunEvent?.(event),
    onRestart,
    connect(events) {
      const worker = new Worker(SCRIPT, {
        name,
        workerData: data,
        ...(resourceLimits === undefined ? {} : { resourceLimits }),
        ...(env === undefined ? {} : { env }),
      });
      return new WorkerConnection({ worker, name, callTimeoutMs, unresponsiveMs, ...events });
    },
  });
}

/** The version behind its stand-ins. */
async function loaded(supervisor: WorkerSupervisor, current: CurrentFlag): Promise<LoadedModule & Restartable> {
  const exports = standIn(await supervisor.shape(), [], supervisor);
  const declared = lifecycleOf({ exports });
  const lifecycle = declared === null ? undefined : workerLifecycle(declared);
  return {
    exports,
    lifecycle,
    setCurrent: (is) => void Atomics.store(current, 0, is ? 1 : 0),
    dispose: () => supervisor.dispose(),
  };
}

function assertOptions({ unresponsiveMs, callTimeoutMs }: WorkerLoaderOptions): void {
  const issues = Object.entries({ unresponsiveMs, callTimeoutMs })
    .filter(([, ms]) => ms !== undefined && !isMs(ms, 1))
    .map(([path, ms]) => ({ path, expected: msFrom(1), actual: quoted(ms) }));
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, 'for example { unresponsiveMs: 60_000, callTimeoutMs: 5_000 }');
}

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
  const cache = new ContentCache(options);
  assertOptions(options);
  return {
    async load(request) {
      const prepare = () => prepareContent(cache, request);
      const content = await prepare();
      request.signal.throwIfAborted();
      const current = currentFlag();
      let version: (LoadedModule & Restartable) | null = null;
      const onRestart = async (call: Call): Promise<void> => version?.lifecycle?.again(call);
      // A cache that was deleted loses nothing: a restart finds its files again.
      const supervisor = start({ request, options, data: { content, current }, prepare, onRestart });
      const stop = (): void => void supervisor.dispose();
      request.signal.addEventListener('abort', stop, { once: true });
      try {
        version = await loaded(supervisor, current);
        return version;
      } catch (error) {
        await supervisor.dispose();
        throw error;
      } finally {
        request.signal.removeEventListener('abort', stop);
        void cache.prune(request.moduleId);
      }
    },
  };
}
