/** Dates of entries against clocks, and what an admin says of dates that a wrong clock gave. */

import { LedgerError } from '../errors.js';
import type { EntryText } from './journal-entry.js';
import type { LedgerEvent } from './ledger-event.js';

/** The entries from `first` to `last`, whose dates say nothing. */
export interface MisdatedEntries {
  readonly first: number;
  readonly last: number;
}

/** The entries that an entry says are misdated; null for one that says nothing of the kind. */
export function misdatedBy(events: readonly LedgerEvent[]): MisdatedEntries | null {
  const event = events.find((e) => e.type === 'clock');
  return event === undefined ? null : { first: event.first, last: event.last };
}

/**
 * The earliest date that an entry may have, and why it may not say what it says of other dates. Dates never go back, but in an entry that says of the ones
 * before it, up to its own, that they are wrong: there they begin again at the last good one.
 *
 * @param dateOf the date of an earlier entry in seconds since the Unix epoch; null where it is not known
 * @param before that of the entry before
 */
export function earliestDate(
  { seq, events }: Pick<EntryText, 'seq' | 'events'>,
  before: number,
  dateOf: (seq: number) => number | null,
): { readonly earliest: number; readonly objection: string | null } {
  const misdated = misdatedBy(events);
  if (misdated === null) return { earliest: before, objection: null };
  const { first, last } = misdated;
  if (last !== seq - 1)
    return {
      earliest: before,
      objection: `it says that entries ${first} to ${last} are misdated, and not up to itself`,
    };
  return { earliest: first === 0 ? 0 : (dateOf(first - 1) ?? before), objection: null };
}

/** An entry and its date. */
export interface DatedEntry {
  readonly seq: number;
  /** In seconds since the Unix epoch. */
  readonly timestamp: number;
}

/** The first entry that is dated later than `latest` and that none of the ranges covers; null where there is none. */
export function firstAhead(
  entries: Iterable<DatedEntry>,
  misdated: readonly MisdatedEntries[],
  latest: number,
): DatedEntry | null {
  for (const entry of entries) {
    if (entry.timestamp <= latest) continue;
    if (!misdated.some(({ first, last }) => entry.seq >= first && entry.seq <= last)) return entry;
  }
  return null;
}

/** What a time is called in a message. */
function isoOf(timestamp: number): string {
  return new Date(timestamp * 1000).toISOString();
}

/** The error for an entry that is ahead of this machine's clock by more than the policy allows. */
export function clockAhead({ seq, timestamp }: DatedEntry, now: number, tolerance: number): LedgerError<'CLOCK_AHEAD'> {
  const message = `entry ${seq} is dated ${isoOf(timestamp)}, and this machine's clock shows ${isoOf(now)}: more than ${tolerance} s apart`;
  const hint =
    'compare this clock with another; where it is right, the one that dated the entry was fast: an admin runs git-lineage clock, after git-lineage upgrade in a ledger of format 1';
  return new LedgerError('CLOCK_AHEAD', message, { seq, timestamp, now, tolerance }, { hint });
}

/** Seconds that clocks which are kept in step may be apart. */
const IN_STEP = 1;

/** What a writer is told whose clock is behind the entry before by less than the policy refuses; null where the two are in step. */
export function clockBehind({ seq, timestamp }: DatedEntry, now: number): string | null {
  if (timestamp <= now + IN_STEP) return null;
  return `entry ${seq} is dated ${isoOf(timestamp)}, and this machine's clock shows ${isoOf(now)}: what is written takes the later date`;
}
