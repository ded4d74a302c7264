/** What goes wrong once a transaction is in the journal is told as such: whoever asked for it must not repeat it. */

import { LedgerError, messageOf } from '../errors.js';

/** The same error, saying that the transaction is in the journal all the same. */
export function asCommitted(error: unknown): LedgerError {
  const hint =
    'the transaction is committed and will be completed by the next write or by git-lineage doctor --restore; do not repeat it';
  if (error instanceof LedgerError)
    return new LedgerError(error.code, error.message, error.data, { cause: error, hint, committed: true });
  const message = messageOf(error);
  const data = { operation: 'publish', path: '', errno: null };
  return new LedgerError('IO', message, data, { cause: error, hint, committed: true });
}
