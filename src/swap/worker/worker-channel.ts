/** One end of what a worker and its host say to each other: questions, their answers, and values that cross by reference. */

import type { TransferListItem } from 'node:worker_threads';
import { pack, unpack } from './packed-values.js';
import type { Wait } from './remote-iterable.js';
import { RemoteObjects } from './remote-objects.js';
import { fromWire, toWire } from './worker-errors.js';
import type { Message, Note, Packed, Question } from './worker-protocol.js';

interface ChannelParts {
  readonly post: (message: Message, transfer: readonly TransferListItem[]) => void;
  /** Answers a call of the other end. */
  readonly onCall: (path: readonly string[], args: readonly unknown[]) => unknown;
  /** Told when something begins or ends to be waited for. */
  readonly onWaiting: (waiting: number) => void;
}

export class WorkerChannel {
  private readonly parts: ChannelParts;
  private readonly remote: RemoteObjects;
  private readonly questions = new Map<number, Wait<unknown>>();
  private nextId = 1;
  private waits = 0;
  private closed: { readonly error: unknown } | null = null;

  constructor(parts: ChannelParts) {
    this.parts = parts;
    this.remote = new RemoteObjects({
      say: (note, value) => this.say(note, value),
      ask: (question, values) => this.ask(question, values),
      wait: () => this.wait(),
    });
  }

  /** How many answers and values of streams are waited for. */
  get waiting(): number {
    return this.waits;
  }

  /** Rejects as the other end does, where a value cannot cross, and where the channel is or gets closed. */
  async ask(question: Question, values: readonly unknown[]): Promise<unknown> {
    if (this.closed !== null) throw this.closed.error;
    const id = this.nextId++;
    const { packed, transfer } = this.pack(values);
    // What cannot be cloned throws here, before anything waits.
    this.parts.post({ ...question, id, packed }, transfer);
    const wait = this.wait<unknown>();
    this.questions.set(id, wait);
    return wait.promise;
  }

  say(note: Note, value?: unknown): void {
    if (this.closed !== null) return;
    const hasValue = note.type === 'item' || note.type === 'end';
    const { packed, transfer } = hasValue ? this.pack([value]) : { packed: null, transfer: [] };
    this.parts.post({ ...note, packed }, transfer);
  }

  /** Takes what the other end has said; what is none of it is passed over. */
  receive(message: Message): void {
    switch (message.type) {
      case 'call':
      case 'return':
      case 'write':
      case 'close':
      case 'abort':
        // It goes back with the answer, and the other end may have said anything.
        if (!Number.isInteger(message.id)) throw new TypeError('a question has no number');
        void this.answer(message);
        break;
      case 'answer':
        this.settle(message.id, () => this.unpack(message.packed)[0]);
        break;
      case 'error':
        this.settle(message.id, () => {
          throw fromWire(message.error);
        });
        break;
      case 'ping':
        this.say({ type: 'pong' });
        break;
      default:
        this.remote.hear(message, message.packed == null ? undefined : this.unpack(message.packed)[0]);
    }
  }

  /** Ends it: whoever waits is rejected. */
  close(error: unknown): void {
    if (this.closed !== null) return;
    this.closed = { error };
    for (const wait of this.questions.values()) wait.reject(error);
    this.questions.clear();
    this.remote.close(error);
  }

  private pack(values: readonly unknown[]) {
    return pack(values, (kind, value) => this.remote.refOf(kind, value));
  }

  private unpack(packed: Packed): readonly unknown[] {
    return unpack(packed, (ref) => this.remote.standInOf(ref));
  }

  private wait<T>(): Wait<T> {
    let settle: Pick<Wait<T>, 'resolve' | 'reject'> | null = null;
    const promise = new Promise<T>((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.count(1);
    const once = (act: (settle: Pick<Wait<T>, 'resolve' | 'reject'>) => void): void => {
      if (settle === null) return;
      act(settle);
      settle = null;
      this.count(-1);
    };
    return {
      promise,
      resolve: (value) => once((s) => s.resolve(value)),
      reject: (error) => once((s) => s.reject(error)),
    };
  }

  private count(change: 1 | -1): void {
    this.waits += change;
    this.parts.onWaiting(this.waits);
  }

  private settle(id: number, body: () => unknown): void {
    const wait = this.questions.get(id);
    this.questions.delete(id);
    try {
      wait?.resolve(body());
    } catch (error) {
      wait?.reject(error);
    }
  }

  private async answer(message: Extract<Message, { readonly id: number }> & Question): Promise<void> {
    const { id } = message;
    try {
      const values = this.unpack(message.packed);
      const value =
        message.type === 'call' ? this.parts.onCall(message.path, values) : this.remote.serve(message, values[0]);
      const { packed, transfer } = this.pack([await value]);
      this.parts.post({ type: 'answer', id, packed }, transfer);
    } catch (error) {
      // Also where the answer cannot cross.
      this.parts.post({ type: 'error', id, error: toWire(error) }, []);
    }
  }
}
