/** Reading what a validator or a health check answered. */

import { quoted } from '../../errors.js';

/** Null where the answer means well: true or nothing. A string is its own reason; anything else is not taken for a yes. */
export function complaintOf(answer: unknown): string | null {
  if (answer === true || answer === undefined || answer === null) return null;
  if (answer === false) return 'it answered false';
  if (typeof answer === 'string') return answer === '' ? 'it answered with an empty reason' : answer;
  return `it answered with ${quoted(answer)}, which is neither true nor a reason`;
}
