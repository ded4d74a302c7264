/** Waiting for the signal that ends a verb which runs until it is interrupted. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The signal, once it came. */
export function interrupted(): Promise<string> {
  return new Promise((resolve) => {
    const ended = (signal: string): void => {
      for (const other of SIGNALS) process.off(other, ended);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, ended);
  });
}
