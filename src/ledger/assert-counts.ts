/** Limits and numbers of entries, as questions give them. */

import { invalidInput, quoted } from '../errors.js';

/** @throws `INVALID_ARGUMENT` where one of them is given and counts nothing */
export function assertCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [path, value] of Object.entries(counts)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    const issue = { path, expected: 'an integer from 0 on', actual: quoted(value) };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'leave it out for all that there is');
  }
}
