/** Times that are given to the live side, in milliseconds. */

/** Node's timers fire at once beyond this. */
export const MAX_MS = 2 ** 31 - 1;

/** True for a number that a timer can wait for, `least` or more. */
export function isMs(value: unknown, least: number): value is number {
  return typeof value === 'number' && value >= least && value <= MAX_MS;
}

/** What is expected of a time, for an error. */
export function msFrom(least: number): string {
  return `milliseconds from ${least} to ${MAX_MS}`;
}
