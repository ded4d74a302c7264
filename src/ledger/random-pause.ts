/** Waits a while, in milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits a random while, so that those who wait for the same do not come back together; `limitMs` milliseconds at most. */
export function randomPause(limitMs: number): Promise<void> {
  return pause(Math.random() * limitMs);
}
