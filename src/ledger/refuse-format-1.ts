/** What a ledger of format 1 does not have. */

import { invalidInput } from '../errors.js';
import type { LedgerFormat } from '../model/ledger-event.js';

/** Refuses a parameter that only a ledger of format 2 takes. @throws `code` */
export function refuseFormat1(
  format: LedgerFormat,
  path: string,
  code: 'INVALID_ARGUMENT' | 'INVALID_REPORT' = 'INVALID_ARGUMENT',
): void {
  if (format > 1) return;
  const issue = { path, expected: 'a ledger of format 2', actual: 'one of format 1' };
  throw invalidInput(code, [issue], 'an admin takes it to format 2 with git-lineage upgrade');
}
