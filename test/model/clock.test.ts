/** Dates of entries against clocks: which date an entry may have, and what is ahead or behind. */

import { describe, expect, test } from 'vitest';
import { clockAhead, clockBehind, earliestDate, firstAhead, misdatedBy } from '../../src/model/clock.js';
import type { LedgerEvent } from '../../src/model/ledger-event.js';

const TAG: LedgerEvent = { type: 'tag', moduleId: 'm', version: 1, tag: 'stable' };
const clock = (first: number, last: number): LedgerEvent => ({ type: 'clock', first, last });

test('the entries that an entry says are misdated', () => {
  expect(misdatedBy([TAG])).toBeNull();
  expect(misdatedBy([TAG, clock(3, 7)])).toEqual({ first: 3, last: 7 });
});

describe('the earliest date of an entry', () => {
  const dateOf = (seq: number) => (seq === 9 ? null : seq * 100);
  const earliest = (events: readonly LedgerEvent[]) => earliestDate({ seq: 12, events }, 5000, dateOf);

  test.each([
    ['is that of the one before', [TAG], 5000],
    ['is the last good one where it says that those before it are misdated', [clock(4, 11)], 300],
    ['is any where all before it are', [clock(0, 11)], 0],
    ['is that of the one before where the last good one is not known', [clock(10, 11)], 5000],
  ])('%s', (_, events, date) => {
    expect(earliest(events)).toEqual({ earliest: date, objection: null });
  });

  test.each([
    [4, 10],
    [4, 12],
  ])(
    'is that of the one before where it says entries %i to %i are misdated, and these do not end at itself',
    (first, last) => {
      expect(earliest([clock(first, last)])).toEqual({
        earliest: 5000,
        objection: `it says that entries ${first} to ${last} are misdated, and not up to itself`,
      });
    },
  );
});

describe('the first entry that is ahead', () => {
  const entries = [10, 20, 40, 30, 50].map((timestamp, seq) => ({ seq, timestamp }));
  const ahead = (latest: number, ...misdated: [first: number, last: number][]) =>
    firstAhead(
      entries,
      misdated.map(([first, last]) => ({ first, last })),
      latest,
    )?.seq ?? null;

  test('is dated later than a clock allows, and covered by nothing', () => {
    expect(ahead(50)).toBeNull();
    expect(ahead(49)).toBe(4);
    expect(ahead(40)).toBe(4);
    expect(ahead(39)).toBe(2);
    expect(ahead(9)).toBe(0);
    expect(ahead(39, [2, 2])).toBe(4);
    expect(ahead(25, [2, 3])).toBe(4);
    expect(ahead(25, [0, 1])).toBe(2);
    expect(ahead(25, [3, 4])).toBe(2);
    expect(ahead(25, [1, 2], [3, 4])).toBeNull();
  });
});

test('the error for an entry that is ahead names both dates and the tolerance', () => {
  const { code, message, data, hint } = clockAhead({ seq: 7, timestamp: 1_790_000_000 }, 1_780_000_000, 300);
  expect([code, data]).toEqual([
    'CLOCK_AHEAD',
    { seq: 7, timestamp: 1_790_000_000, now: 1_780_000_000, tolerance: 300 },
  ]);
  expect(message).toBe(
    "entry 7 is dated 2026-09-21T14:13:20.000Z, and this machine's clock shows 2026-05-28T20:26:40.000Z: more than 300 s apart",
  );
  expect(hint).toMatch(/git-lineage clock/);
});

test('a clock is behind by more than the second in which clocks are in step', () => {
  const entry = { seq: 7, timestamp: 1_780_000_000 };
  expect(clockBehind(entry, 1_780_000_000)).toBeNull();
  expect(clockBehind(entry, 1_779_999_999)).toBeNull();
  expect(clockBehind(entry, 1_790_000_000)).toBeNull();
  expect(clockBehind(entry, 1_779_999_998)).toBe(
    "entry 7 is dated 2026-05-28T20:26:40.000Z, and this machine's clock shows 2026-05-28T20:26:38.000Z: what is written takes the later date",
  );
});
