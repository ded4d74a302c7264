/** How long work holds the event loop in one piece. */

/** Between two looks at the clock, in milliseconds: Node's shortest timer. */
const LOOK_MS = 1;

/**
 * Runs `body` and tells the longest time for which the event loop did not come round meanwhile, in milliseconds, to one. Whatever else the
 * process did in that turn is part of it. From the signal on it looks no more: `body` may never end.
 */
export async function heldWhile<T>(
  body: () => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T; readonly heldMs: number }> {
  let heldMs = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    heldMs = Math.max(heldMs, now - last - LOOK_MS);
    last = now;
  };
  const looking = setInterval(look, LOOK_MS);
  const stop = (): void => clearInterval(looking);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const value = await body();
    look();
    return { value, heldMs };
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
  }
}
