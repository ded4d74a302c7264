/** What the exit code says: done, answered no, or which family of errors. */

import type { ErrorFamily } from './library.js';

/** The six exit codes. */
export const EXIT = Object.freeze({
  done: 0,
  /** A question was answered no: the gate refused, there is no rollback target, doctor left a finding unmended. */
  no: 1,
  usage: 2,
  conflict: 3,
  refused: 4,
  storage: 5,
} as const satisfies Record<ErrorFamily | 'done' | 'no', number>);

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
