/** The two ends of an iterable that is read from another thread: values come as far ahead of their reader as it has said. */

import { Readable } from 'node:stream';

/** So many values ahead of their reader, at most. */
const CREDITS = 16;

/** What becomes of a source, as it is read. */
interface Readings {
  item(value: unknown): void;
  end(value: unknown): void;
  fail(error: unknown): void;
}

/** Where the source is. It is asked for nothing before the first pull. */
export class OutgoingIterable {
  private readonly source: AsyncIterable<unknown>;
  private readonly readings: Readings;
  private iterator: AsyncIterator<unknown> | null = null;
  private credits = 0;
  private pumping = false;
  /** The source was asked for a value that it has not given. */
  private asked = false;
  private over = false;

  constructor(source: AsyncIterable<unknown>, readings: Readings) {
    this.source = source;
    this.readings = readings;
  }

  pull(credits: number): void {
    this.credits += credits;
    if (!this.pumping) void this.pump();
  }

  /**
   * Its reader wants no more: resolves when the source has cleaned up, and rejects as it does. A source that waits for its next value cleans
   * up after that, which is not waited for; a Node stream is destroyed at once.
   */
  async return(value?: unknown): Promise<void> {
    if (this.over) return;
    this.over = true;
    if (this.iterator === null) return;
    if (this.source instanceof Readable) this.source.destroy();
    const returned = this.iterator.return?.(value);
    if (this.asked) returned?.catch(() => undefined);
    else await returned;
  }

  private async pump(): Promise<void> {
    this.pumping = true;
    try {
      this.iterator ??= this.source[Symbol.asyncIterator]();
      while (this.credits > 0 && !this.over) {
        this.credits -= 1;
        this.asked = true;
        const result = await this.iterator.next();
        this.asked = false;
        await this.step(result);
      }
    } catch (error) {
      if (!this.over) this.readings.fail(error);
      this.over = true;
    }
    this.pumping = false;
  }

  private async step({ done, value }: IteratorResult<unknown>): Promise<void> {
    if (this.over) return;
    try {
      if (done === true) {
        this.over = true;
        this.readings.end(value);
      } else this.readings.item(value);
    } catch (error) {
      // The value cannot cross: the source is well, and not read on.
      this.over = true;
      this.readings.fail(error);
      await this.iterator?.return?.();
    }
  }
}

/** A promise that somebody waits for. */
export interface Wait<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

interface IncomingParts {
  pull(credits: number): void;
  return(value: unknown): Promise<unknown>;
  wait(): Wait<IteratorResult<unknown>>;
}

const DONE: IteratorResult<unknown> = Object.freeze({ done: true, value: undefined });

/** Where the reader is. */
export class IncomingIterable implements Readings {
  private readonly parts: IncomingParts;
  private readonly values: unknown[] = [];
  private readonly waiting: Wait<IteratorResult<unknown>>[] = [];
  /** How it ended, until a reader was told. */
  private last: (() => Promise<IteratorResult<unknown>>) | null = null;
  private over = false;
  private started = false;
  private taken = 0;

  constructor(parts: IncomingParts) {
    this.parts = parts;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.values.length > 0) {
      this.take();
      return Promise.resolve({ done: false, value: this.values.shift() });
    }
    if (this.over) return this.tellLast();
    if (!this.started) this.parts.pull(CREDITS);
    this.started = true;
    const wait = this.parts.wait();
    this.waiting.push(wait);
    return wait.promise;
  }

  /** Resolves when the source has cleaned up; rejects as it does. */
  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    const wasOver = this.over;
    this.values.length = 0;
    this.last = null;
    this.finish();
    if (!wasOver) await this.parts.return(value);
    return { done: true, value };
  }

  item(value: unknown): void {
    const wait = this.waiting.shift();
    if (wait === undefined) this.values.push(value);
    else {
      this.take();
      wait.resolve({ done: false, value });
    }
  }

  end(value: unknown): void {
    const wait = this.waiting.shift();
    if (wait === undefined) this.last = async () => ({ done: true, value });
    else wait.resolve({ done: true, value });
    this.finish();
  }

  fail(error: unknown): void {
    if (this.over) return;
    const wait = this.waiting.shift();
    if (wait === undefined) this.last = () => Promise.reject(error);
    else wait.reject(error);
    this.finish();
  }

  private finish(): void {
    this.over = true;
    for (const wait of this.waiting.splice(0)) wait.resolve(DONE);
  }

  private tellLast(): Promise<IteratorResult<unknown>> {
    const { last } = this;
    this.last = null;
    return last?.() ?? Promise.resolve(DONE);
  }

  /** A value has reached its reader; credits are given back by the half dozen. */
  private take(): void {
    this.taken += 1;
    if (this.taken % (CREDITS / 2) === 0 && !this.over) this.parts.pull(CREDITS / 2);
  }
}
