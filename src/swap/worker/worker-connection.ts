/** The host's end of a worker: calls that wait for their answers, and what becomes of them when the worker ends. */

import type { ResourceLimits } from 'node:worker_threads';
import { LedgerError, messageOf } from '../../errors.js';
import { withTimeLimit } from '../time-limit.js';
import { isShape, type Shape } from './export-shape.js';
import { ResponseWatch } from './response-watch.js';
import type { Runner, RunnerKind } from './runner.js';
import { WorkerChannel } from './worker-channel.js';
import { fromWire } from './worker-errors.js';
import type { Greeting, Message } from './worker-protocol.js';

/** How a worker ended. */
export interface WorkerEnd {
  /** A sentence that names the version. */
  readonly reason: string;
  readonly cause: unknown;
  /** Calls that waited for it. */
  readonly inFlight: number;
}

export interface ConnectionParts {
  readonly runner: Runner;
  readonly kind: RunnerKind;
  /** The version, for messages. */
  readonly name: string;
  /** How long a call may take, in milliseconds; undefined: as long as it takes. */
  readonly callTimeoutMs: number | undefined;
  /** How long it may be silent while calls wait, in milliseconds; then it is ended. */
  readonly unresponsiveMs: number;
  /** Told before the calls that wait are rejected; answers with the hint that they are given. Not told of `terminate`. */
  readonly onEnd: (end: WorkerEnd) => string;
  readonly onUnresponsive: (forMs: number) => void;
}

/** What an error outside of any call says of a worker's end. */
function failureOf(error: unknown, limits: ResourceLimits): string {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'))
    return `failed outside of any call: ${String(error)}`;
  const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb } = limits;
  return `reached its memory limit (maxOldGenerationSizeMb ${maxOldGenerationSizeMb}, maxYoungGenerationSizeMb ${maxYoungGenerationSizeMb})`;
}

/** `what` became of a version's worker or process, in a sentence. */
export function reasonOf(kind: RunnerKind, name: string, what: string): string {
  return `the ${kind} of ${name} ${what}`;
}

/** What a call is rejected with for which there is no worker, or process. */
export function workerError(
  kind: RunnerKind,
  reason: string,
  name: string,
  hint: string,
  cause?: unknown,
): LedgerError<'IO'> {
  const data = { operation: `run a version in a ${kind}`, path: name, errno: null };
  return new LedgerError('IO', reason, data, { hint, cause });
}

export class WorkerConnection {
  private readonly parts: ConnectionParts;
  private readonly channel: WorkerChannel;
  private readonly watch: ResponseWatch;
  private ended = false;
  private failStart: (error: unknown) => void = () => undefined;
  private readonly ready: Promise<Shape>;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    const { runner, unresponsiveMs, onUnresponsive } = parts;
    this.channel = new WorkerChannel({
      post: (message, transfer) => runner.postMessage(message, transfer),
      onCall: () => Promise.reject(new TypeError('a worker calls nothing of its host')),
      onWaiting: (waiting) => this.waits(waiting),
    });
    this.watch = new ResponseWatch({
      limitMs: unresponsiveMs,
      ping: () => this.channel.say({ type: 'ping' }),
      suspected: onUnresponsive,
      hung: (forMs) => this.fail(`did not answer for ${Math.round(forMs)} ms`),
    });
    this.ready = new Promise((resolve, reject) => {
      this.failStart = reject;
      runner.on('message', (message: Message | Greeting) => this.receive(message, resolve));
    });
    this.ready.catch(() => undefined);
    // Asked for now: a worker that has ended has none.
    const { resourceLimits = {} } = runner;
    runner.on('error', (error) => this.fail(failureOf(error, resourceLimits), error));
    runner.on('messageerror', (error) => this.fail(`sent what cannot be read: ${error.message}`, error));
    runner.on('exit', (how: number | string) =>
      this.fail(`ended with ${typeof how === 'number' ? `exit code ${how}` : how}`),
    );
  }

  /** The shape of the exports, once the version has been imported. After that an idle worker keeps no process alive. */
  async shape(): Promise<Shape> {
    const shape = await this.ready;
    this.parts.runner.unref();
    return shape;
  }

  /**
   * Calls a function of the exports; rejects as the function does, with `IO` where the worker has ended or ends, and with a
   * `TIME_LIMIT` where its time is up: the worker goes on, and what it answers later is ignored.
   */
  call(path: readonly string[], args: readonly unknown[]): Promise<unknown> {
    const answer = this.channel.ask({ type: 'call', path }, args);
    const { name, callTimeoutMs: limitMs } = this.parts;
    if (limitMs === undefined) return answer;
    return withTimeLimit({ what: `${path.join('.')}() of ${name}`, limitMs }, () => answer);
  }

  /** Ends the worker, whatever it is doing; calls that wait are rejected. */
  async terminate(): Promise<void> {
    const { kind, name, runner } = this.parts;
    this.close(workerError(kind, reasonOf(kind, name, 'was let go of'), name, 'call the version that runs now'));
    await runner.terminate();
  }

  /** The worker ended on its own, or has to: `what` it did. Without effect on one that has ended. */
  fail(what: string, cause?: unknown): void {
    if (this.ended) return;
    const { kind, name, runner, onEnd } = this.parts;
    const reason = reasonOf(kind, name, what);
    const hint = onEnd({ reason, cause, inFlight: this.channel.waiting });
    this.close(workerError(kind, reason, name, hint, cause));
    void runner.terminate();
  }

  private receive(message: Message | Greeting, ready: (shape: Shape) => void): void {
    this.watch.heard();
    // A module may post messages of its own on this port.
    if (typeof message !== 'object' || message === null) return;
    try {
      if (message.type === 'ready') {
        if (!isShape(message.shape)) throw new TypeError('its exports are not described');
        ready(message.shape);
      } else if (message.type === 'failed') this.failStart(fromWire(message.error));
      else this.channel.receive(message);
    } catch (error) {
      this.fail(`sent what cannot be read: ${messageOf(error)}`, error);
    }
  }

  /** A worker for which somebody waits keeps the process alive, and is watched. */
  private waits(waiting: number): void {
    const { runner } = this.parts;
    if (waiting > 0) {
      runner.ref();
      this.watch.start();
    } else {
      runner.unref();
      this.watch.stop();
    }
  }

  private close(error: LedgerError): void {
    if (this.ended) return;
    this.ended = true;
    this.failStart(error);
    this.channel.close(error);
    this.watch.stop();
  }
}
