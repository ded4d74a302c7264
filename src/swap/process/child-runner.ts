/** A child process that a connection speaks with as with a worker. */

import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { MessagePort, type TransferListItem } from 'node:worker_threads';
import { invalidInput } from '../../errors.js';
import type { Runner } from '../worker/runner.js';
import { FrameReader, framed } from './message-frames.js';
import { CHANNEL_FD } from './process-protocol.js';

/** Its messages are cloned on a pipe, so that what a thread takes crosses as well, but for what only threads share. */
export class ChildRunner extends EventEmitter implements Runner {
  private readonly child: ChildProcess;
  private readonly pipe: Socket;
  private readonly exited: Promise<void>;

  /** `child` has a pipe as its descriptor `CHANNEL_FD`. */
  constructor(child: ChildProcess) {
    super();
    this.child = child;
    this.pipe = child.stdio[CHANNEL_FD] as Socket;
    this.exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      // One that did not start never exits.
      child.once('error', () => child.pid === undefined && resolve());
    });
    child.on('error', (error) => this.emit('error', error));
    child.on('exit', (code, signal) => this.emit('exit', signal === null ? `exit code ${code}` : `signal ${signal}`));
    this.listen();
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
    const frame = framed(message);
    if (this.pipe.writable) this.pipe.write(frame);
  }

  ref(): void {
    this.child.ref();
    this.pipe.ref();
  }

  unref(): void {
    this.child.unref();
    this.pipe.unref();
  }

  /** Ends it and all that it has started. */
  async terminate(): Promise<void> {
    const { pid } = this.child;
    if (this.child.exitCode !== null || this.child.signalCode !== null || pid === undefined) return;
    // Whoever waits for its end keeps the host alive until then.
    this.child.ref();
    this.kill();
    await this.exited;
  }

  private listen(): void {
    const reader = new FrameReader((message) => this.emit('message', message));
    const take = (chunk: Buffer): void => {
      try {
        reader.take(chunk);
      } catch (error) {
        this.pipe.off('data', take).resume();
        this.emit('messageerror', error);
      }
    };
    this.pipe.on('data', take);
    // Told by `exit`.
    this.pipe.on('error', () => undefined);
    // Nobody can speak with it any more.
    this.pipe.on('close', () => this.kill());
  }

  private kill(): void {
    const { pid, exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      this.child.kill('SIGKILL');
    }
  }
}
