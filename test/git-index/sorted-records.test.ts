/** The sorted map and the layers over it give what a plain sorted list gives, whatever the keys are. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonBeginning, compareKeys, lowerBound } from '../../src/model/key-order.js';
import { SortedMap } from '../../src/model/sorted-map.js';
import { LayeredRecords } from '../../src/model/sorted-records.js';
import { runs } from '../property/seed.js';
import { byBytes, change, changed, key, part, type Records, sorted, value } from './sample-records.js';

const bounds = fc.record({ from: key, to: fc.option(key), reverse: fc.boolean() });

describe('keys', () => {
  test('are in the order of their bytes in UTF-8', () => {
    fc.assert(
      fc.property(key, key, (a, b) => Math.sign(compareKeys(a, b)) === Math.sign(byBytes(a, b))),
      runs(2000),
    );
  });

  test('are found in a list where the order says they belong', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key), key, (keys, wanted) => {
        const list = keys.sort(byBytes);
        expect(lowerBound(list, wanted)).toBe(list.filter((other) => byBytes(other, wanted) < 0).length);
      }),
      runs(500),
    );
  });

  test('between two others begin as both of these do', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 3 }), (keys) => {
        const list = keys.sort(byBytes);
        const beginning = commonBeginning(list.at(0) as string, list.at(-1) as string);
        for (const between of list) expect(between.startsWith(beginning)).toBe(true);
      }),
      runs(500),
    );
    expect(commonBeginning('tagged m stable a1', 'tagged m stable c999')).toBe('tagged m stable ');
  });
});

describe('a sorted map', () => {
  test('holds what was set and not deleted, in order, in any range and both directions', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), bounds, (changes, { from, to, reverse }) => {
        const map = new SortedMap<string>();
        for (const [k, v] of changes) {
          if (v === null) map.delete(k);
          else map.set(k, v);
        }
        const expected = changed(new Map(), changes);
        expect(map.size).toBe(expected.size);
        expect([...map.range('', null)]).toEqual(sorted(expected));
        expect([...map.range(from, to, reverse)]).toEqual(part(sorted(expected), from, to, reverse));
        for (const [k] of changes) expect(map.get(k)).toBe(expected.get(k));
        expect(map.get(from)).toBe(expected.get(from));
      }),
      runs(500),
    );
  });

  test.each([
    ['ascending', (i: number) => i],
    ['descending', (i: number) => 5000 - i],
    ['mixed', (i: number) => (i * 1237) % 5000],
  ])('splits and joins its chunks: %s keys', (_, order) => {
    const map = new SortedMap<number>();
    const keys = Array.from({ length: 5000 }, (_, i) => String(order(i)).padStart(5, '0'));
    for (const [i, k] of keys.entries()) map.set(k, i);
    expect([...map.range('', null)].map(([k]) => k)).toEqual([...keys].sort());
    expect([...map.range('00100', '04900', true)].map(([k]) => k)).toEqual(
      [...keys]
        .sort()
        .reverse()
        .filter((k) => k >= '00100' && k < '04900'),
    );
    for (const k of keys.filter((_, i) => i % 10 !== 0)) expect(map.delete(k)).toBe(true);
    const left = keys.filter((_, i) => i % 10 === 0).sort();
    expect([...map.range('', null)].map(([k]) => k)).toEqual(left);
    expect(map.size).toBe(left.length);
    for (const k of left) expect(keys[map.get(k) ?? -1]).toBe(k);
    for (const k of left) expect(map.delete(k)).toBe(true);
    expect(map.delete('00000')).toBe(false);
    expect([...map.range('', null, true)]).toEqual([]);
  });

  test('may change while it is read: reading goes on behind the last key that was given', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 2 }), fc.array(change), fc.boolean(), (keys, changes, reverse) => {
        const map = new SortedMap<string>();
        for (const k of keys) map.set(k, '');
        const given: string[] = [];
        let left = changes;
        for (const [k] of map.range('', null, reverse)) {
          given.push(k);
          const [next, ...rest] = left;
          left = rest;
          if (next !== undefined) {
            if (next[1] === null) map.delete(next[0]);
            else map.set(next[0], '');
          }
        }
        expect(given).toEqual([...new Set(given)].sort((a, b) => (reverse ? byBytes(b, a) : byBytes(a, b))));
        const untouched = keys.filter((k) => !changes.some(([other]) => other === k));
        expect(given).toEqual(expect.arrayContaining(untouched));
      }),
      runs(300),
    );
  });

  test('that is cleared is empty', () => {
    const map = new SortedMap<string>();
    map.set('a', '1');
    map.clear();
    expect([map.size, map.get('a'), ...map.range('', null)]).toEqual([0, undefined]);
    map.set('b', '2');
    expect([...map.range('', null)]).toEqual([['b', '2']]);
  });
});

describe('layers of changes', () => {
  test('give the records that the changes leave, the newest layer first', () => {
    const records = fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => k });
    const layers = fc.array(fc.array(change), { maxLength: 3 });
    fc.assert(
      fc.property(records, layers, bounds, (first, changes, { from, to, reverse }) => {
        let expected: Records = new Map(first);
        const base = new SortedMap<string>();
        for (const [k, v] of first) base.set(k, v);
        const maps = changes.map((layer) => {
          const map = new SortedMap<string | null>();
          for (const [k, v] of layer) map.set(k, v);
          expected = changed(expected, layer);
          return map;
        });
        const layered = new LayeredRecords([...maps.reverse(), base]);
        expect([...layered.range('', null)]).toEqual(sorted(expected));
        expect([...layered.range(from, to, reverse)]).toEqual(part(sorted(expected), from, to, reverse));
        for (const [k] of [...first, ...changes.flat()]) expect(layered.get(k)).toBe(expected.get(k));
        expect(layered.get(from)).toBe(expected.get(from));
      }),
      runs(500),
    );
  });
});
