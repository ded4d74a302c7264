/** Requests that were passed on and wait for their answer, by the id that the guard gave them: nobody else's id crosses. */

import type { Request } from './message.js';

/** So many answers that nobody waits for any more are expected all the same; of an older one it is forgotten that it was asked. */
const MAX_CANCELLED = 10_000;

/** So many requests of one end may wait. */
export const MAX_WAITING = 1_000;

/** What an answer is to: `waiting`, or why nobody waits for it. */
type AnswerPlace = 'waiting' | 'cancelled' | 'answered' | 'never-asked';

export class Calls<T> {
  private readonly waiting = new Map<number, T>();
  private readonly cancelled = new Set<number>();
  private last = 0;

  get size(): number {
    return this.waiting.size;
  }

  /** A number for a request, never used before. */
  add(call: T): number {
    this.last += 1;
    this.waiting.set(this.last, call);
    return this.last;
  }

  /** What waits under an id; taken away, so that a second answer finds nothing. */
  take(id: string | number): { readonly place: AnswerPlace; readonly call: T | null } {
    if (typeof id !== 'number' || id < 1 || id > this.last) return { place: 'never-asked', call: null };
    const call = this.waiting.get(id);
    if (this.waiting.delete(id)) return { place: 'waiting', call: call ?? null };
    return { place: this.cancelled.delete(id) ? 'cancelled' : 'answered', call: null };
  }

  /** Nobody waits for the answer any more: it may still come, once. */
  cancel(id: number): void {
    if (!this.waiting.delete(id)) return;
    this.cancelled.add(id);
    const [oldest] = this.cancelled;
    if (this.cancelled.size > MAX_CANCELLED && oldest !== undefined) this.cancelled.delete(oldest);
  }

  get(id: number): T | undefined {
    return this.waiting.get(id);
  }

  entries(): IterableIterator<[number, T]> {
    return this.waiting.entries();
  }
}

/** An id or a token as a key: 1 and "1" are two. */
export function idKey(id: string | number): string {
  return JSON.stringify(id);
}

/** The token by which a request asks to be told how far it is; null where it does not. */
export function progressToken({ params }: Request): string | null {
  const meta = params['_meta'];
  if (typeof meta !== 'object' || meta === null || !('progressToken' in meta)) return null;
  const token = meta['progressToken'];
  return typeof token === 'string' || typeof token === 'number' ? idKey(token) : null;
}
