/** Errors of an import: which release they are about, and how the import goes on. */

import { Complaint } from '../complaint.js';
import type { LedgerError } from '../library.js';
import type { Library } from '../verb.js';
import { ReleaseError } from './release.js';

/** True where the ledger refuses what an operator can allow. */
export function isRefusal({ isLedgerError }: Library, error: unknown): boolean {
  return (['APPROVAL_REQUIRED', 'VERSION_REVERTED', 'HOOK_REFUSED'] as const).some((code) =>
    isLedgerError(error, code),
  );
}

/** The error with the release that it is about, and how to go on. `leaveOut`: how the release can be left out. */
export function withRelease(library: Library, error: unknown, leaveOut: string): unknown {
  const { isLedgerError, LedgerError } = library;
  if (error instanceof ReleaseError) {
    const { release, cause } = error;
    const hintOf = (hint: string) => `${hint}; or ${leaveOut}`;
    if (cause instanceof Complaint)
      return new Complaint(cause.code, `${release.name}: ${cause.message}`, cause.data, hintOf(cause.hint), cause);
    if (!isLedgerError(cause)) return cause;
    const hint = isLedgerError(cause, 'INVALID_FILES') ? 'leave files out with --exclude PATTERN' : cause.hint;
    return reworded(LedgerError, cause, `${release.name}: ${cause.message}`, hintOf(hint));
  }
  if (!isLedgerError(error) || !isRefusal(library, error)) return error;
  return reworded(
    LedgerError,
    error,
    error.message,
    `${error.hint}; then run the same import again: it goes on from there`,
  );
}

function reworded(
  Class: typeof LedgerError,
  { code, data, committed }: LedgerError,
  message: string,
  hint: string,
): LedgerError {
  return new Class(code, message, data, { hint, committed });
}
