/** Letting go of a client that takes what is ready for it too slowly: it holds a place that others wait for. */

import type { ServerResponse } from 'node:http';

const LOOK_MS = 1000;

/** How slow a client may be. */
interface Pace {
  /** Bytes a second, over `overMs` in which there was something for it to take. */
  readonly bytesPerSecond: number;
  readonly overMs: number;
}

/** Bytes that the client's side of the connection has taken. */
function taken({ socket }: ServerResponse): number {
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength;
}

/**
 * Watches while a response is under way, and calls `tooSlow` once. Time in which nothing is ready for the client does not count: it is
 * git's, not the client's.
 */
export function watchPace(response: ServerResponse, pace: Pace, tooSlow: () => void): void {
  let waitedMs = 0;
  let from = taken(response);
  let last = from;
  const timer = setInterval(() => {
    const now = taken(response);
    // What was taken while nothing waited is not counted for the client either.
    if (!response.writableNeedDrain) from += now - last;
    else waitedMs += LOOK_MS;
    last = now;
    if (waitedMs < pace.overMs) return;
    if (now - from < (pace.bytesPerSecond * waitedMs) / 1000) {
      clearInterval(timer);
      tooSlow();
      return;
    }
    waitedMs = 0;
    from = now;
  }, LOOK_MS).unref();
  response.on('close', () => clearInterval(timer));
}
