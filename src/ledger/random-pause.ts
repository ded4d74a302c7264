/** Waits a random while, so that those who wait for the same do not come back together; `limitMs` milliseconds at most. */
export function randomPause(limitMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * limitMs));
}
