/** An operation that waits for its transaction, with what was found out for it so far. */

import type { LedgerError } from '../errors.js';
import type { Operation } from './decide.js';
import type { Measurements } from './measure-first.js';

export interface WaitingOperation extends Operation {
  /** Tells whoever asked for it how it ended. */
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LedgerError) => void;
  /** Settles when the operation can be decided: its content has been hashed. */
  readonly ready: Promise<unknown>;
  /** The questions that the operator's hook has let pass. */
  readonly passed: Set<string>;
  rounds: number;
  /** What was measured for it. */
  readonly measured: Measurements;
  measuredRounds: number;
}
