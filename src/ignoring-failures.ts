/** Whoever is told of something cannot make it fail. */

/** The same listener, but what it throws, or its promise rejects with, is ignored. */
export function ignoringFailures<T>(listener: ((told: T) => unknown) | undefined): ((told: T) => void) | undefined {
  if (listener === undefined) return undefined;
  return (told) => {
    try {
      const answer = listener(told);
      if (answer instanceof Promise) answer.catch(() => undefined);
    } catch {
      // It is the listener's own affair.
    }
  };
}
