/** Asking the validator about a loaded candidate. */

import { isLedgerError, messageOf } from '../../errors.js';
import { complaintOf } from '../health/check-answer.js';
import type { VersionKey } from '../swap-ports.js';
import type { SwapperSettings } from '../swapper-options.js';
import { withTimeLimit } from '../time-limit.js';

/** What speaks against a candidate, and what was thrown, if anything was. */
export interface Fault {
  readonly complaint: string;
  readonly error: unknown;
  /** False where the validator has not said so itself: its time was up. Then nothing is known of the candidate. */
  readonly judged: boolean;
}

/** Null where the validator finds nothing; a throw and garbage speak against the candidate, silence beyond the limit does not let it pass. */
export async function findFault(
  { moduleId, version }: VersionKey,
  exports: unknown,
  { validator, validateTimeoutMs }: SwapperSettings,
): Promise<Fault | null> {
  try {
    const limit = { what: 'the validator', limitMs: validateTimeoutMs };
    const answer = await withTimeLimit(limit, (signal) => validator.validate({ moduleId, version, exports, signal }));
    const complaint = complaintOf(answer);
    return complaint === null ? null : { complaint, error: null, judged: true };
  } catch (error) {
    return { complaint: messageOf(error), error, judged: !isLedgerError(error, 'TIME_LIMIT') };
  }
}
