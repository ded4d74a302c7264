/** The host's end of a worker: calls that wait for their answers, and what becomes of them when the worker ends. */

import type { Worker } from 'node:worker_threads';
import { LedgerError } from '../../errors.js';
import { ResponseWatch } from './response-watch.js';
import { fromWire } from './worker-errors.js';
import type { FromWorker, Shape, ToWorker } from './worker-protocol.js';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Question =
  | { readonly type: 'call'; path: readonly string[]; args: readonly unknown[] }
  | { readonly type: 'next' | 'return'; stream: number };

/** How a worker ended. */
export interface WorkerEnd {
  /** A sentence that names the version. */
  readonly reason: string;
  readonly cause: unknown;
  /** Calls that waited for it. */
  readonly inFlight: number;
}

export interface ConnectionParts {
  readonly worker: Worker;
  /** The version, for messages. */
  readonly name: string;
  /** How long it may be silent while calls wait, in milliseconds; then it is ended. */
  readonly unresponsiveMs: number;
  /** Told before the calls that wait are rejected; answers with the hint that they are given. Not told of `terminate`. */
  readonly onEnd: (end: WorkerEnd) => string;
  readonly onUnresponsive: (forMs: number) => void;
}

/** What a call is rejected with for which there is no worker. */
export function workerError(message: string, name: string, hint: string, cause?: unknown): LedgerError<'IO'> {
  const data = { operation: 'run a version in a worker', path: name, errno: null };
  return new LedgerError('IO', message, data, { hint, cause });
}

export class WorkerConnection {
  private readonly parts: ConnectionParts;
  private readonly pending = new Map<number, Pending>();
  private readonly watch: ResponseWatch;
  private nextId = 1;
  private ended: LedgerError | null = null;
  private failStart: (error: unknown) => void = () => undefined;
  private readonly ready: Promise<Shape>;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    const { worker, unresponsiveMs, onUnresponsive } = parts;
    this.watch = new ResponseWatch({
      limitMs: unresponsiveMs,
      ping: () => worker.postMessage({ type: 'ping' } satisfies ToWorker),
      suspected: onUnresponsive,
      hung: (forMs) => this.fail(`did not answer for ${Math.round(forMs)} ms`),
    });
    this.ready = new Promise((resolve, reject) => {
      this.failStart = reject;
      worker.on('message', (message: FromWorker) => this.receive(message, resolve));
    });
    this.ready.catch(() => undefined);
    worker.on('error', (error) => this.fail(`failed outside of any call: ${String(error)}`, error));
    worker.on('messageerror', (error) => this.fail(`sent what cannot be read: ${error.message}`, error));
    worker.on('exit', (code) => this.fail(`ended with exit code ${code}`));
  }

  /** The shape of the exports, once the version has been imported. After that an idle worker keeps no process alive. */
  async shape(): Promise<Shape> {
    const shape = await this.ready;
    this.parts.worker.unref();
    return shape;
  }

  /** Calls a function of the exports; rejects as the function does, and with `IO` where the worker has ended or ends. */
  call(path: readonly string[], args: readonly unknown[]): Promise<unknown> {
    return this.ask({ type: 'call', path, args });
  }

  /** Ends the worker, whatever it is doing; calls that wait are rejected. */
  async terminate(): Promise<void> {
    const { name, worker } = this.parts;
    this.close(workerError(`the worker of ${name} was let go of`, name, 'call the version that runs now'));
    await worker.terminate();
  }

  /** The worker ended on its own, or has to: `what` it did. Without effect on one that has ended. */
  fail(what: string, cause?: unknown): void {
    if (this.ended !== null) return;
    const { name, worker, onEnd } = this.parts;
    const reason = `the worker of ${name} ${what}`;
    const hint = onEnd({ reason, cause, inFlight: this.pending.size });
    this.close(workerError(reason, name, hint, cause));
    void worker.terminate();
  }

  private receive(message: FromWorker, ready: (shape: Shape) => void): void {
    this.watch.heard();
    if (message.type === 'ready') ready(message.shape);
    else if (message.type === 'failed') this.failStart(fromWire(message.error));
    else if (message.type !== 'pong') this.settle(message);
  }

  private ask(question: Question): Promise<unknown> {
    if (this.ended !== null) return Promise.reject(this.ended);
    const id = this.nextId++;
    const { worker } = this.parts;
    return new Promise((resolve, reject) => {
      // Arguments that cannot be cloned throw here, before anything waits.
      worker.postMessage({ ...question, id } satisfies ToWorker);
      this.pending.set(id, { resolve, reject });
      this.waits();
    });
  }

  /** A worker for which somebody waits keeps the process alive, and is watched. */
  private waits(): void {
    const { worker } = this.parts;
    if (this.pending.size > 0) {
      worker.ref();
      this.watch.start();
    } else {
      worker.unref();
      this.watch.stop();
    }
  }

  private settle(message: Extract<FromWorker, { readonly id: number }>): void {
    const waiting = this.pending.get(message.id);
    this.pending.delete(message.id);
    this.waits();
    if (message.type === 'error') waiting?.reject(fromWire(message.error));
    else waiting?.resolve(message.type === 'stream' ? this.stream(message.id) : message.value);
  }

  /** The values of a stream in the worker, each asked for when it is wanted. */
  private stream(stream: number): AsyncIterableIterator<unknown> {
    const ask = (type: 'next' | 'return') => this.ask({ type, stream }) as Promise<IteratorResult<unknown>>;
    return {
      next: () => ask('next'),
      return: () => ask('return'),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  private close(error: LedgerError): void {
    if (this.ended !== null) return;
    this.ended = error;
    this.watch.stop();
    this.failStart(error);
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
