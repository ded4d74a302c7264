/** What a ledger refuses for good: to try it again, or to go ahead and tell it later, changes nothing. */

import { type ErrorCode, isLedgerError } from '../../errors.js';

/** It is no version that can be gone back to. */
const NO_TARGET: readonly ErrorCode[] = ['NOT_FOUND', 'INVALID_VERSION', 'VERSION_REVERTED', 'VERSION_REDACTED'];

/** The key of this process has no right to it, so nothing was written. */
const NO_RIGHT: readonly ErrorCode[] = ['ROLE_REQUIRED', 'UNTRUSTED_SIGNER'];

/** True where the ledger answers, and the version is none that it goes back to. */
export function refusesTarget(error: unknown): boolean {
  return isLedgerError(error) && NO_TARGET.includes(error.code);
}

/** True where the key of this process may not write that, as one that was revoked. */
export function refusesKey(error: unknown): boolean {
  return isLedgerError(error) && NO_RIGHT.includes(error.code);
}
