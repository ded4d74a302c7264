/** Bringing back a ledger whose last entries a fast clock has dated: an admin says so, and dates begin again. */

import { invalidInput, type LedgerError } from '../errors.js';
import { clockAhead } from '../model/clock.js';
import type { EventOf } from '../model/ledger-event.js';
import { adminsObjection } from '../model/policy-authority.js';
import type { Verifier } from '../ports/keys.js';
import { addCountersigned, refuseUnsigned } from './countersign.js';
import type { Decision } from './decision.js';
import type { JournalState } from './journal.js';
import type { CountersignOptions } from './ledger-policy.js';
import { refuseFormat1 } from './refuse-format-1.js';

/** Why nobody can write after the last entry, whose date is ahead of the clock `now` by more than the policy allows; null where it is not. */
export function headAhead({ records, policy }: JournalState, now: number): LedgerError<'CLOCK_AHEAD'> | null {
  const head = records.head();
  if (head === null || head.timestamp <= now + policy.clockTolerance) return null;
  return clockAhead(head, now, policy.clockTolerance);
}

/** The event that says which entries are misdated: from the first that is ahead of this clock up to the last. @throws `INVALID_ARGUMENT` where none is */
export function clockEvent({ records, base, policy }: Decision): EventOf<'clock'> {
  const tip = records.head()?.seq ?? 0;
  const latest = base.clock() + policy.clockTolerance;
  let first: number | null = null;
  for (const [seq, { timestamp }] of records.entries(0, tip)) {
    // Dates never go back: the first good one, seen from the end, ends the bad ones.
    if (timestamp <= latest) break;
    first = seq;
  }
  if (first !== null) return { type: 'clock', first, last: tip };
  const issue = { path: 'clock', expected: 'an entry that is dated ahead of this clock', actual: 'none' };
  throw invalidInput(
    'INVALID_ARGUMENT',
    [issue],
    'nothing is to be done: every date is one that this clock can have seen',
  );
}

/** Dates the decision's entry by this machine's clock, not before the last good entry. */
export function dateAnew(decision: Decision, { first }: { readonly first: number }): void {
  const { base, records } = decision;
  decision.dated = Math.max(base.clock(), records.entry(first - 1)?.timestamp ?? 0);
}

/** Says that the entries ahead of this clock are misdated. @throws `INVALID_ARGUMENT`, `BAD_SIGNATURE`; `ROLE_REQUIRED` where it takes more signatures */
export function declareMisdated(
  decision: Decision,
  options: CountersignOptions,
  verifier: Verifier,
): { readonly first: number; readonly last: number } {
  const event = clockEvent(decision);
  refuseFormat1(decision.policy.format, 'clock');
  const by = addCountersigned(decision, event, options, verifier);
  refuseUnsigned(adminsObjection(decision.policy, by, [event]), decision, ['root', 'admin']);
  dateAnew(decision, event);
  return { first: event.first, last: event.last };
}
