/** Who and when, as the ledger's commits and tags say it; and times that a journal can hold. */

import { invalidInput } from '../errors.js';
import { timestampIssues } from '../model/checkpoint.js';
import { gitSeconds } from '../model/journal-entry.js';
import type { Identity } from '../ports/objects.js';

export function identityOf(principal: string, timestamp: number): Identity {
  return { name: principal, email: principal, seconds: gitSeconds(timestamp) };
}

/** The time by the clock given, or `INVALID_ARGUMENT` where it shows none that the journal could hold. */
export function checkedTime(timestamp: number): number {
  const issues = timestampIssues(timestamp, 'now()');
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'the clock counts seconds: Date.now() / 1000');
  return timestamp;
}

/**
 * A clock that never goes back, neither within a transaction nor behind the entry before it: a journal tells its dates in
 * its order, whatever a machine's clock was set to meanwhile.
 */
export function steadyClock(now: () => number, last: number): () => number {
  let latest = last;
  return () => {
    latest = Math.max(latest, now());
    return latest;
  };
}
