/** What cannot be cloned and crosses by reference: kept here under a number, or stood in for. */

import { invalidInput } from '../../errors.js';
import type { Kind } from './packed-values.js';
import { IncomingIterable, OutgoingIterable, type Wait } from './remote-iterable.js';
import { RemoteSignals } from './remote-signals.js';
import { fromWire, toWire } from './worker-errors.js';
import type { Note, Question, Ref } from './worker-protocol.js';

/** How the two ends talk. */
export interface Link {
  say(note: Note, value?: unknown): void;
  ask(question: Question, values: readonly unknown[]): Promise<unknown>;
  /** Something that the other end is waited for. */
  wait(): Wait<IteratorResult<unknown>>;
}

type ResponseRef = Extract<Ref, { readonly kind: 'response' }>;

/** The values of a stream, whose lock is taken at once. A read that waits ends with `return`, as that of its own iterator would not. */
function valuesOf(stream: ReadableStream<unknown>): AsyncIterable<unknown> {
  const reader = stream.getReader();
  const iterator: AsyncIterator<unknown> = {
    next: () => reader.read(),
    async return(reason) {
      await reader.cancel(reason);
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function iteratorOver(incoming: IncomingIterable): AsyncIterableIterator<unknown> {
  return {
    next: () => incoming.next(),
    return: (value) => incoming.return(value),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function streamOver(incoming: IncomingIterable): ReadableStream<unknown> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await incoming.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        await incoming.return(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

export class RemoteObjects {
  private readonly link: Link;
  private readonly signals: RemoteSignals;
  private readonly sources = new Map<number, OutgoingIterable>();
  private readonly sinks = new Map<number, WritableStreamDefaultWriter<unknown>>();
  private readonly incoming = new Map<number, IncomingIterable>();
  private nextId = 1;
  /** A stand-in that nobody holds is read and written no more: what it stands for may go. */
  private readonly dropped = new FinalizationRegistry<number>((of) => {
    this.incoming.delete(of);
    this.link.say({ type: 'release', of });
  });

  constructor(link: Link) {
    this.link = link;
    this.signals = new RemoteSignals((note) => link.say(note));
  }

  /** Keeps a value of this side, and names it. @throws `INVALID_ARGUMENT`, `TypeError` for a stream that somebody reads or writes */
  refOf(kind: Kind, value: object): Ref {
    switch (kind) {
      case 'error':
        return { kind, error: toWire(value) };
      case 'signal':
        return this.signals.refOf(value as AbortSignal, () => this.nextId++);
      case 'iterable':
        return { kind, of: this.keepSource(value as AsyncIterable<unknown>) };
      case 'readable':
        return { kind, of: this.keepSource(valuesOf(value as ReadableStream<unknown>)) };
      case 'writable':
        return { kind, of: this.keepSink(value as WritableStream<unknown>) };
      case 'transform': {
        const { readable, writable } = value as TransformStream<unknown, unknown>;
        return { kind, readable: this.keepSource(valuesOf(readable)), writable: this.keepSink(writable) };
      }
      case 'response':
        return this.responseRef(value as Response);
    }
  }

  /** What stands for a value of the other side. */
  standInOf(ref: Ref): unknown {
    switch (ref.kind) {
      case 'error':
        return fromWire(ref.error);
      case 'signal':
        return this.signals.standIn(ref);
      case 'iterable':
        return this.registered(iteratorOver(this.reader(ref.of)), ref.of);
      case 'readable':
        return this.readable(ref.of);
      case 'writable':
        return this.writable(ref.of);
      case 'transform':
        return { readable: this.readable(ref.readable), writable: this.writable(ref.writable) };
      case 'response':
        return this.response(ref);
    }
  }

  /** What the other side says of its values, or of those that it has stand-ins of. */
  hear(note: Note, value: unknown): void {
    if (note.type === 'ping' || note.type === 'pong') return;
    const { type, of } = note;
    if (type === 'pull') this.sources.get(of)?.pull(note.credits);
    else if (type === 'release') this.drop(of, undefined);
    else if (type === 'item') this.incoming.get(of)?.item(value);
    else if (type === 'end') this.last(of)?.end(value);
    else if (type === 'fail') this.last(of)?.fail(fromWire(note.error));
    else if (type === 'aborted') this.signals.aborted(of, note.error);
    else if (type === 'forget') this.signals.forget(of);
  }

  /** What the other side wants of a value of this one. */
  async serve({ type, of }: Exclude<Question, { readonly type: 'call' }>, value: unknown): Promise<void> {
    if (type === 'return') {
      const source = this.sources.get(of);
      this.sources.delete(of);
      return source?.return(value);
    }
    const sink = this.sinks.get(of);
    if (sink === undefined) throw new TypeError('the stream was closed');
    if (type === 'write') return sink.write(value);
    this.sinks.delete(of);
    return type === 'close' ? sink.close() : sink.abort(value);
  }

  /** The other side is gone: its values fail, those of this side are let go of. */
  close(error: unknown): void {
    for (const incoming of this.incoming.values()) incoming.fail(error);
    this.incoming.clear();
    for (const of of [...this.sources.keys(), ...this.sinks.keys()]) this.drop(of, error);
    this.signals.close();
  }

  /** A source may clean up; a sink that was not closed is told that nothing more comes. */
  private drop(of: number, error: unknown): void {
    this.sources
      .get(of)
      ?.return()
      .catch(() => undefined);
    this.sinks
      .get(of)
      ?.abort(error)
      .catch(() => undefined);
    this.sources.delete(of);
    this.sinks.delete(of);
  }

  private keepSource(source: AsyncIterable<unknown>): number {
    const of = this.nextId++;
    const readings = {
      item: (value: unknown) => this.link.say({ type: 'item', of }, value),
      end: (value: unknown) => {
        this.link.say({ type: 'end', of }, value);
        this.sources.delete(of);
      },
      fail: (error: unknown) => {
        this.link.say({ type: 'fail', of, error: toWire(error) });
        this.sources.delete(of);
      },
    };
    this.sources.set(of, new OutgoingIterable(source, readings));
    return of;
  }

  private keepSink(stream: WritableStream<unknown>): number {
    const of = this.nextId++;
    this.sinks.set(of, stream.getWriter());
    return of;
  }

  private reader(of: number): IncomingIterable {
    const incoming = new IncomingIterable({
      pull: (credits) => this.link.say({ type: 'pull', of, credits }),
      return: (value) => {
        this.incoming.delete(of);
        return this.link.ask({ type: 'return', of }, [value]);
      },
      wait: () => this.link.wait(),
    });
    this.incoming.set(of, incoming);
    return incoming;
  }

  /** What is heard of it for the last time. */
  private last(of: number): IncomingIterable | undefined {
    const incoming = this.incoming.get(of);
    this.incoming.delete(of);
    return incoming;
  }

  private registered<T extends object>(standIn: T, of: number): T {
    this.dropped.register(standIn, of);
    return standIn;
  }

  private readable(of: number): ReadableStream<unknown> {
    return this.registered(streamOver(this.reader(of)), of);
  }

  private writable(of: number): WritableStream<unknown> {
    const ask = async (type: 'write' | 'close' | 'abort', value?: unknown): Promise<void> => {
      await this.link.ask({ type, of }, [value]);
    };
    const sink = {
      write: (chunk: unknown) => ask('write', chunk),
      close: () => ask('close'),
      abort: (reason: unknown) => ask('abort', reason),
    };
    return this.registered(new WritableStream(sink), of);
  }

  private responseRef(response: Response): ResponseRef {
    const { status, statusText, headers, url, body } = response;
    if (status < 200 || response.bodyUsed) {
      const actual = response.bodyUsed ? 'one whose body was read' : `one with the status ${status}`;
      const issue = { path: 'response', expected: 'a Response with a status from 200 and its whole body', actual };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'answer with a plain object: { status, headers, body }');
    }
    const of = body === null ? null : this.keepSource(valuesOf(body));
    return { kind: 'response', status, statusText, headers: [...headers], url, body: of };
  }

  private response({ status, statusText, headers, url, body }: ResponseRef): Response {
    const stream = body === null ? null : (this.readable(body) as ReadableStream<Uint8Array>);
    const made = new Response(stream, { status, statusText, headers: headers.map(([name, value]) => [name, value]) });
    return Object.defineProperty(made, 'url', { value: url });
  }
}
