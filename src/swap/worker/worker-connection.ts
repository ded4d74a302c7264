/** The host's end of a worker: calls that wait for their answers, and what becomes of them when the worker ends. */

import type { Worker } from 'node:worker_threads';
import { LedgerError } from '../../errors.js';
import { type FromWorker, fromWire, type Shape, type ToWorker } from './worker-protocol.js';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Question =
  | { readonly type: 'call'; path: readonly string[]; args: readonly unknown[] }
  | { readonly type: 'next' | 'return'; stream: number };

export class WorkerConnection {
  private readonly worker: Worker;
  private readonly name: string;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private ended: LedgerError | null = null;
  private readonly ready: Promise<Shape>;

  /** `name` is the version, for messages. */
  constructor(worker: Worker, name: string) {
    this.worker = worker;
    this.name = name;
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'ready') resolve(message.shape);
        else if (message.type === 'failed') reject(fromWire(message.error));
        else this.settle(message);
      });
      const end = (reason: string, cause?: unknown): void => reject(this.end(reason, cause));
      worker.on('error', (error) => end(`failed outside of any call: ${String(error)}`, error));
      worker.on('messageerror', (error) => end(`sent what cannot be read: ${error.message}`, error));
      worker.on('exit', (code) => end(`ended with exit code ${code}`));
    });
    this.ready.catch(() => undefined);
  }

  /** The shape of the exports, once the version has been imported. After that an idle worker keeps no process alive. */
  async shape(): Promise<Shape> {
    const shape = await this.ready;
    this.worker.unref();
    return shape;
  }

  /** Calls a function of the exports; rejects as the function does, and with `IO` where the worker has ended or ends. */
  call(path: readonly string[], args: readonly unknown[]): Promise<unknown> {
    return this.ask({ type: 'call', path, args });
  }

  /** Ends the worker, whatever it is doing; calls that wait are rejected. */
  async terminate(): Promise<void> {
    this.end('was let go of');
    await this.worker.terminate();
  }

  private ask(question: Question): Promise<unknown> {
    const ended = this.ended;
    if (ended !== null) return Promise.reject(this.endedError(ended.message));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      // Arguments that cannot be cloned throw here, before anything waits.
      this.worker.postMessage({ ...question, id } satisfies ToWorker);
      if (this.pending.size === 0) this.worker.ref();
      this.pending.set(id, { resolve, reject });
    });
  }

  private settle(message: Extract<FromWorker, { readonly id: number }>): void {
    const waiting = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (this.pending.size === 0) this.worker.unref();
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

  private end(reason: string, cause?: unknown): LedgerError {
    this.ended ??= this.endedError(`the worker of ${this.name} ${reason}`, cause);
    for (const { reject } of this.pending.values()) reject(this.endedError(this.ended.message, cause));
    this.pending.clear();
    return this.ended;
  }

  private endedError(message: string, cause?: unknown): LedgerError<'IO'> {
    const data = { operation: 'run a version in a worker', path: this.name, errno: null };
    return new LedgerError('IO', message, data, { hint: 'swap in a version that does not end its worker', cause });
  }
}
