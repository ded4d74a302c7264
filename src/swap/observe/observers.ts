/** Whoever wants to know what a swapper does: any number of observers, and a diagnostics channel for those who trace. */

import { channel } from 'node:diagnostics_channel';
import { invalidInput, quoted } from '../../errors.js';
import type { SwapNotice } from '../swap-types.js';

/** The channel on which every swapper of the process publishes its notices. */
const SWAP_CHANNEL = 'git-lineage:swap';

/**
 * Told of each notice in the turn in which it happens. A notice is frozen. What an observer throws, or its promise
 * rejects with, is ignored.
 */
export type SwapObserver = (notice: SwapNotice) => void;

const published = channel(SWAP_CHANNEL);

/** An observer may be an async function, whose promise nobody waits for. */
function ignoreRejection(answer: unknown): void {
  if (answer instanceof Promise) answer.catch(() => undefined);
}

export class Observers {
  private readonly observers = new Set<SwapObserver>();

  /** Returns what ends it. @throws `INVALID_ARGUMENT` for what is no function */
  add(observer: SwapObserver): () => void {
    if (typeof observer !== 'function') {
      const issue = { path: 'observer', expected: 'a function', actual: quoted(observer) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'give a function that takes a SwapNotice');
    }
    // Each subscription is one of its own, also of the same function.
    const mine: SwapObserver = (notice) => observer(notice);
    this.observers.add(mine);
    return () => void this.observers.delete(mine);
  }

  readonly emit = (notice: SwapNotice): void => {
    Object.freeze(notice);
    for (const observer of this.observers) {
      try {
        ignoreRejection(observer(notice));
      } catch {
        // An observer cannot make a swap fail, nor keep a notice from another observer.
      }
    }
    if (published.hasSubscribers) published.publish(notice);
  };
}
