/** Waits until the event loop has done what else there is to do: long work lets others in between its pieces. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
