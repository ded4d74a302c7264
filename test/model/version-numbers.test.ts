/** Which number a new version may have, and which it gets where nobody gives one. */

import { describe, expect, test } from 'vitest';
import type { Policy } from '../../src/model/policy.js';
import {
  highestFirst,
  nextNumber,
  numberBounds,
  numberObjection,
  type Staging,
  type UsedNumbers,
  usedNumbers,
} from '../../src/model/version-numbers.js';
import { ReplayedJournal } from './replayed-journal.js';
import { policyOf, print } from './written-policy.js';

/** Numbers that were used, each with the key that staged it (null: nobody looked) and the entry. */
function used(...stagings: readonly (readonly [version: number, key: string | null, entry: number])[]): UsedNumbers {
  const newestFirst = [...stagings].sort(([a], [b]) => b - a);
  return {
    highest: newestFirst[0]?.[0] ?? 0,
    stagings: () =>
      newestFirst.map(([version, key, entry]) => ({ version, entry, fingerprint: key === null ? null : print(key) })),
    isUsed: (version) => stagings.some(([number]) => number === version),
  };
}

const OPEN = policyOf({ a: {}, t: {} }, { maxVersionJump: 10 });
/** What t signed from entry 5 on is not to be believed. */
const DOUBTING = policyOf({ a: {}, t: { revokedFrom: 5 } }, { maxVersionJump: 10 });
const FORMAT_1 = policyOf({ a: {}, t: { revokedFrom: 5 } }, { maxVersionJump: 10, format: 1 });

function objection(policy: Policy, numbers: UsedNumbers, version: number, parentVer: number | null = null) {
  return numberObjection(policy, numbers, { version, parentVer });
}

describe('a number', () => {
  const three = used([1, 'a', 1], [3, 'a', 2]);

  test('is after the highest that was used', () => {
    expect(objection(OPEN, three, 4)).toBeNull();
    for (const version of [2, 3])
      expect(objection(OPEN, three, version)).toBe('its number is not after 3, the highest used');
  });

  test('is not far above it in format 2; in format 1 it may be anything', () => {
    expect(objection(OPEN, three, 13)).toBeNull();
    expect(objection(OPEN, three, 14)).toBe('its number is more than 10 above 3, the highest used');
    expect(objection(OPEN, used(), 10)).toBeNull();
    expect(objection(OPEN, used(), 11)).toBe('its number is more than 10 above 0, the highest used');
    expect(objection(FORMAT_1, three, 1_000_000)).toBeNull();
  });

  test('is after that of the version that it is made from', () => {
    expect(objection(OPEN, three, 4, 3)).toBeNull();
    expect(objection(OPEN, three, 4, 4)).toBe('its number is not after v4, which it is made from');
    expect(objection(OPEN, three, 4, 5)).toBe('its number is not after v5, which it is made from');
  });
});

describe('a thief who staged a high number', () => {
  const numbers = used([3, 'a', 2], [900, 't', 7], [4, 't', 4]);

  test('leaves the numbers between to others, in format 2: what it signed before is believed', () => {
    expect(numberBounds(DOUBTING, numbers)).toEqual({ above: 4, most: 14 });
    expect(objection(DOUBTING, numbers, 5)).toBeNull();
    expect(objection(DOUBTING, numbers, 4)).toBe('its number is not after 4, the highest used');
    expect(objection(DOUBTING, numbers, 15)).toBe('its number is more than 10 above 4, the highest used');
  });

  test('has spent the number all the same: no two versions have one', () => {
    const near = used([3, 'a', 2], [6, 't', 7]);
    expect(objection(DOUBTING, near, 6)).toBe('its number is spent already');
    expect(objection(DOUBTING, near, 5)).toBeNull();
  });

  test('leaves none in format 1, nor while its key is believed', () => {
    expect(numberBounds(FORMAT_1, numbers)).toEqual({ above: 900, most: 900 + Number.MAX_SAFE_INTEGER });
    expect(numberBounds(OPEN, numbers)).toEqual({ above: 900, most: 910 });
  });

  test('who staged all of them leaves all that it did not spend', () => {
    expect(numberBounds(DOUBTING, used([900, 't', 7], [2, 't', 6]))).toEqual({ above: 0, most: 10 });
  });

  test('draws no bound closer where nobody looked who staged a version', () => {
    expect(numberBounds(DOUBTING, used([3, 'a', 2], [40, null, 3], [30, null, 3]))).toEqual({ above: 3, most: 50 });
    expect(numberBounds(DOUBTING, used([50, 'a', 2], [40, null, 3]))).toEqual({ above: 50, most: 60 });
    expect(numberBounds(DOUBTING, used([40, null, 3]))).toEqual({ above: 0, most: 50 });
  });

  test('is looked for only from the first entry on from which any key is revoked', () => {
    const asked: number[] = [];
    const policy = policyOf({ a: {}, t: { revokedFrom: 9 }, u: { revokedFrom: 5 } }, { maxVersionJump: 10 });
    const stagings = (since: number) => {
      asked.push(since);
      return [];
    };
    numberBounds(policy, { ...used(), stagings });
    numberBounds(OPEN, { ...used(), stagings });
    expect(asked).toEqual([5]);
  });
});

describe('the number that follows', () => {
  test('is one more than the highest', () => {
    expect(nextNumber(OPEN, used(), null)).toBe(1);
    expect(nextNumber(OPEN, used([1, 'a', 1], [3, 'a', 2]), 1)).toBe(4);
    // Also after a thief's, as long as that is near: 6 is spent, and 7 may be used.
    expect(nextNumber(DOUBTING, used([3, 'a', 2], [6, 't', 7]), 3)).toBe(7);
    expect(nextNumber(DOUBTING, used([3, 'a', 2], [12, 't', 7]), 3)).toBe(13);
  });

  test('is the first free one that may be used, where the highest is out of reach', () => {
    const numbers = used([3, 'a', 2], [4, 't', 7], [5, 't', 7], [13, 't', 7]);
    expect(nextNumber(DOUBTING, numbers, 3)).toBe(6);
    expect(nextNumber(DOUBTING, numbers, null)).toBe(6);
    // Made from a version of the thief's, it comes after that one.
    expect(nextNumber(DOUBTING, numbers, 5)).toBe(6);
    expect(nextNumber(DOUBTING, numbers, 6)).toBe(7);
  });
});

test('two lists of stagings are one, highest number first', () => {
  const of = (...versions: number[]): Staging[] =>
    versions.map((version) => ({ version, entry: version, fingerprint: null }));
  const merged = (one: number[], other: number[]) =>
    [...highestFirst(of(...one), of(...other))].map(({ version }) => version);
  expect(merged([9, 5, 2], [8, 7, 1])).toEqual([9, 8, 7, 5, 2, 1]);
  expect(merged([], [3, 2])).toEqual([3, 2]);
  expect(merged([3, 2], [])).toEqual([3, 2]);
  expect(merged([2], [4, 3, 1])).toEqual([4, 3, 2, 1]);
});

describe('the numbers that a journal has used', () => {
  const of = (version: number, entry: number, fingerprint = print('key')) => ({ version, entry, fingerprint });
  const planner = { moduleId: 'planner', checksum: 'sum' } as const;

  /** Entries 2 to 4 stage v1 to v3 of planner; entry 5 is about v1 again. */
  function three(): ReplayedJournal {
    const journal = new ReplayedJournal();
    journal.record('router', 1);
    for (const version of [1, 2, 3]) journal.record('planner', version);
    journal.tell([{ type: 'tag', moduleId: 'planner', version: 1, tag: 'stable' }]);
    return journal;
  }

  test('are those of the one module', () => {
    const { highest, isUsed } = usedNumbers(three().records, 'planner');
    expect([highest, isUsed(3), isUsed(4)]).toEqual([3, true, false]);
    expect(usedNumbers(three().records, 'other').highest).toBe(0);
  });

  test('are told with who staged each, where an entry that is about it may be doubted; else it is believed', () => {
    const { stagings } = usedNumbers(three().records, 'planner');
    expect([...stagings(1)]).toEqual([of(3, 4), of(2, 3), of(1, 2)]);
    expect([...stagings(4)]).toEqual([of(3, 4), of(2, 0, ''), of(1, 2)]);
    expect([...stagings(6)]).toEqual([of(3, 0, ''), of(2, 0, ''), of(1, 0, '')]);
  });

  test('are told with the entry that staged each, not with one that reported on it, or staged something else', () => {
    const journal = three();
    journal.tell([
      { type: 'report', ...planner, fromVer: 3, toVer: 5, seq: 1, level: 'BREAKING', payloadSha256: '0'.repeat(64) },
      { type: 'stage', ...planner, version: 4, parentVer: 3 },
      { type: 'stage', moduleId: 'router', version: 5, parentVer: 1, checksum: 'sum' },
    ]);
    journal.tell([{ type: 'stage', ...planner, version: 5, parentVer: 3 }]);
    expect(journal.records.version('planner', 5)?.entries).toEqual([6, 7]);
    expect([...usedNumbers(journal.records, 'planner').stagings(6)].slice(0, 2)).toEqual([of(5, 7), of(4, 6)]);
  });
});
