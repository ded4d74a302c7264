/** Work that is cut into slices, so that the event loop does something else in between. */

import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long a slice holds the event loop, in milliseconds: what a service at a thousand requests a second does not notice. */
const SLICE_MS = 2;

/** Gives the event loop a turn whenever a slice is used up. */
export class WorkSlices {
  private began = performance.now();

  /** To be awaited between two pieces of work, each of which is much shorter than a slice. */
  async next(): Promise<void> {
    if (performance.now() - this.began < SLICE_MS) return;
    await nextTurn();
    this.began = performance.now();
  }
}
