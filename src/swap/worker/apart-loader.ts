/** What the loaders have in common that run a version apart from their host: stand-ins for its exports, restarts, limits. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import type { ContentCache } from '../load/content-cache.js';
import { type PreparedContent, prepareContent } from '../load/prepare-content.js';
import { isMs, msFrom } from '../milliseconds.js';
import { lifecycleOf } from '../module/lifecycle.js';
import type { LoadedModule, Loader, LoadRequest } from '../swap-ports.js';
import type { Members, Shape } from './export-shape.js';
import type { Runner, RunnerKind } from './runner.js';
import { WorkerConnection } from './worker-connection.js';
import { type WorkerLifecycle, workerLifecycle } from './worker-lifecycle.js';
import { type Call, WorkerSupervisor } from './worker-supervisor.js';

/** How long a version that runs apart may take. */
export interface ApartLimits {
  /**
   * How long it may be silent while calls wait for it, in milliseconds; then it is ended and started again. 30 s by default: a version
   * that computes for longer without a break needs more. It is told as unresponsive after a sixth of it.
   */
  readonly unresponsiveMs?: number | undefined;
  /**
   * How long a call may take until its answer, in milliseconds; then it is rejected with `TIME_LIMIT`, and the version goes on. No
   * limit by default. The values of an iterable or stream that is the answer may come later.
   */
  readonly callTimeoutMs?: number | undefined;
}

/** What runs one version, again and again. */
export interface VersionRunner {
  start(): Runner;
  /** Says whether calls begin on the version, to what runs and to what is started later. */
  setCurrent(is: boolean): void;
}

interface ApartParts extends ApartLimits {
  readonly kind: RunnerKind;
  readonly cache: ContentCache;
  readonly runnerOf: (request: LoadRequest, content: PreparedContent) => VersionRunner | Promise<VersionRunner>;
}

const UNRESPONSIVE_MS = 30_000;

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

/** The version behind its stand-ins. */
async function loaded(supervisor: WorkerSupervisor, runner: VersionRunner): Promise<LoadedModule & Restartable> {
  const exports = standIn(await supervisor.shape(), [], supervisor);
  const declared = lifecycleOf({ exports });
  const lifecycle = declared === null ? undefined : workerLifecycle(declared);
  return {
    exports,
    lifecycle,
    setCurrent: (is) => runner.setCurrent(is),
    dispose: () => supervisor.dispose(),
  };
}

/** What is wrong with limits of time. */
export function limitIssues({ unresponsiveMs, callTimeoutMs }: ApartLimits): InputIssue[] {
  return Object.entries({ unresponsiveMs, callTimeoutMs })
    .filter(([, ms]) => ms !== undefined && !isMs(ms, 1))
    .map(([path, ms]) => ({ path, expected: msFrom(1), actual: quoted(ms) }));
}

/** @throws `INVALID_ARGUMENT` */
export function assertLimits(limits: ApartLimits): void {
  const issues = limitIssues(limits);
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, 'for example { unresponsiveMs: 60_000, callTimeoutMs: 5_000 }');
}

/** A loader whose versions run apart, each in what `runnerOf` starts for it. */
export function apartLoader({ kind, cache, runnerOf, callTimeoutMs, unresponsiveMs }: ApartParts): Loader {
  return {
    async load(request) {
      const prepare = () => prepareContent(cache, request);
      const content = await prepare();
      request.signal.throwIfAborted();
      const runner = await runnerOf(request, content);
      const name = `${request.moduleId} v${request.version}`;
      let version: (LoadedModule & Restartable) | null = null;
      const supervisor = new WorkerSupervisor({
        name,
        kind,
        // A cache that was deleted loses nothing: a restart finds its files again.
        prepare,
        onRunEvent: (event) => request.onRunEvent?.(event),
        onRestart: async (call: Call) => version?.lifecycle?.again(call),
        connect: (events) =>
          new WorkerConnection({
            ...events,
            ...{ runner: runner.start(), kind, name },
            ...{ callTimeoutMs, unresponsiveMs: unresponsiveMs ?? UNRESPONSIVE_MS },
          }),
      });
      const stop = (): void => void supervisor.dispose();
      request.signal.addEventListener('abort', stop, { once: true });
      try {
        version = await loaded(supervisor, runner);
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
