/** The errors where the journal moved: what was decided on it does not count, and nothing was written. */

import { LedgerError } from '../errors.js';
import { JOURNAL_REF } from '../model/ref-names.js';

export function journalMoved(message: string, hint: string): LedgerError<'REF_CHANGED'> {
  return new LedgerError('REF_CHANGED', message, { ref: JOURNAL_REF, expected: null, actual: null }, { hint });
}

/** The error where it moved each time that a transaction was decided. */
export function movedAgain(): LedgerError<'REF_CHANGED'> {
  return journalMoved(
    'the journal kept moving while the transaction was decided',
    'others write faster than this process: try again',
  );
}
