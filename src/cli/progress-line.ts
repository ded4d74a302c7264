/** One line on a terminal that says how far a long task is. */

import type { Io } from './verb.js';

export interface ProgressLine {
  readonly show: (what: string, done: number, total: number) => void;
  readonly clear: () => void;
}

/** Where nobody is at a terminal nothing is written. */
export function progressLine({ stderr }: Pick<Io, 'stderr'>): ProgressLine {
  let shown = false;
  return {
    show: (what, done, total) => {
      if (stderr.isTTY !== true) return;
      stderr.write(`\r${what} ${done}/${total}\u001b[K`);
      shown = true;
    },
    clear: () => {
      if (shown) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
