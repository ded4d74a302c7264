/** What callers hold instead of a module: each call begins on the version that is active, and ends on it. */

import { invalidInput, LedgerError, quoted } from '../../errors.js';
import { countedCall } from './counted-call.js';
import type { Instance } from './instance.js';

/** A version held by hand, for work that is no single call. */
export interface Lease<T> {
  readonly exports: T;
  readonly version: number;
  /** Ends it; a second time is without effect. */
  release(): void;
}

/** Where a handle finds the version that runs. */
export interface Running {
  readonly moduleId: string;
  readonly current: Instance | null;
  readonly closed: boolean;
  /** The instance that a call with this key begins on. */
  choose(key: string | undefined): Instance | null;
}

/** How a call is routed. */
export interface CallOptions {
  /** Calls with the same key meet the same version while a canary runs: a user, a session, an account. */
  readonly key?: string | undefined;
}

/** Said at each call, and not only while a canary runs: objects would all be the same key. */
function noKey(key: unknown): LedgerError<'INVALID_ARGUMENT'> {
  const issue = { path: 'options.key', expected: 'a string, or undefined', actual: quoted(key) };
  return invalidInput('INVALID_ARGUMENT', [issue], 'give an id as text: String(user.id)');
}

/**
 * Always the version that runs now; while a canary runs, a share of the calls begins on its candidate. The choice is synchronous: a call that begins before a swap's switch runs to its
 * end on the old version, a call that begins after it runs on the new one.
 */
export class ModuleHandle<T = Record<string, unknown>> {
  readonly moduleId: string;
  /** Out of reach of whoever holds the handle: a call goes through it, and nothing else. */
  readonly #running: Running;

  constructor(running: Running) {
    this.moduleId = running.moduleId;
    this.#running = running;
  }

  /** The version that a call would begin on now; null where none is loaded. */
  get version(): number | null {
    return this.#running.current?.version ?? null;
  }

  /**
   * Calls `fn` at once with the exports and the number of the version that runs.
   *
   * The call counts as in flight until what `fn` returns has ended: a promise when it settles, a Node `Readable`, web
   * `ReadableStream` or async iterable (or a promise of one) when it was read to its end, failed or was given up; a `Response`, or an
   * object with one of these as its own `body`, when the body was. Promises, web streams, async iterables, responses and plain objects
   * with such a body come back wrapped or copied, with the same results. One that nobody reads is held
   * until the drain limit.
   * @throws `NOT_FOUND` where no version is loaded; `INVALID_ARGUMENT` for a key that is no string; what `fn` throws
   * @example
   * const plan = await handle.call((planner) => planner.plan(order));
   */
  call<R>(fn: (exports: T, version: number) => R, options?: CallOptions): R {
    return countedCall(this.instance(options?.key), fn);
  }

  /**
   * Holds the version that runs now, until `release`.
   * @throws `NOT_FOUND` where no version is loaded
   */
  acquire(options?: CallOptions): Lease<T> {
    const current = this.instance(options?.key);
    const { release } = current.hold();
    return { exports: current.exports as T, version: current.version, release };
  }

  private instance(key: string | undefined): Instance {
    if (key !== undefined && typeof key !== 'string') throw noKey(key);
    const { closed, moduleId } = this.#running;
    if (closed) {
      const issue = { path: 'handle', expected: 'the handle of an open swapper', actual: 'its swapper was closed' };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'make a new HotSwapper and resume it');
    }
    const chosen = this.#running.choose(key);
    if (chosen !== null) return chosen;
    const data = { kind: 'VERSION', what: `a loaded version of ${moduleId}` } as const;
    const hint = 'call swapper.resume({ versionManager }) after a start, or swap a first version in';
    throw new LedgerError('NOT_FOUND', `${moduleId} has no version in this process`, data, { hint });
  }
}
