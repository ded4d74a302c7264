/** A child process that a connection speaks with as with a worker. */

import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { MessagePort, type TransferListItem } from 'node:worker_threads';
import { invalidInput } from '../../errors.js';
import type { Runner } from '../worker/runner.js';

/** Its messages are cloned by `serialization: 'advanced'`, so that what a thread takes crosses as well, but for what only threads share. */
export class ChildRunner extends EventEmitter implements Runner {
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;

  constructor(child: ChildProcess) {
    super();
    this.child = child;
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()));
    child.on('message', (message) => this.emit('message', message));
    child.on('error', (error) => this.emit('error', error));
    child.on('exit', (code, signal) => this.emit('exit', signal === null ? `exit code ${code}` : `signal ${signal}`));
  }

  postMessage(message: unknown, transfer: readonly TransferListItem[] = []): void {
    if (transfer.some((item) => item instanceof MessagePort)) {
      const issue = {
        path: 'an argument or a result',
        expected: 'what can cross to a process',
        actual: 'a MessagePort',
      };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'use workerLoader where threads are to share a port');
    }
    // What was marked to be moved is copied. A child that has gone is told by `exit`.
    this.child.send(message as object, () => undefined);
  }

  ref(): void {
    this.child.ref();
    this.child.channel?.ref();
  }

  unref(): void {
    this.child.unref();
    this.child.channel?.unref();
  }

  /** Ends it and all that it has started. */
  async terminate(): Promise<void> {
    const { pid } = this.child;
    if (this.child.exitCode !== null || this.child.signalCode !== null || pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      this.child.kill('SIGKILL');
    }
    await this.exited;
  }
}
