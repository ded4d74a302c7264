/** A base gives back the records that it was made of, and with changes merged into it those that they leave. */

import nodeFs, { readFileSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IndexFolderWriter } from '../../src/git/index/index-writer.js';
import { IndexFolder } from '../../src/git/index/stored-index.js';
import { runs } from '../property/seed.js';
import { BASE, entryOf, MIDDLE, newFolder, positionOf, stored, TAIL } from './sample-index.js';
import { all, change, changed, key, part, type Records, sorted, value } from './sample-records.js';

const records = fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => k, maxLength: 60 });
const bounds = fc.record({ from: key, to: fc.option(key), reverse: fc.boolean() });

function numbered(count: number, step = 1): Map<string, string> {
  const name = (i: number): string => `module/${String(i * step).padStart(9, '0')}`;
  return new Map(Array.from({ length: count }, (_, i) => [name(i), `value ${i} ${'x'.repeat(i % 200)}`]));
}

/** Builds an index of `first`, and adds `changes`, each merged at once. */
function built(folder: string, first: Records, changes: Parameters<typeof entryOf>[1][] = [], longestTail = 0): void {
  const writer = new IndexFolderWriter(nodeFs, folder, longestTail);
  expect(writer.rebuild(positionOf(1), sorted(first))).toBe('written');
  for (const [i, some] of changes.entries()) expect(writer.append([entryOf(i + 2, some)])).toBe('written');
  writer.close();
}

describe('a base', () => {
  test('gives every record, and any range in both directions', () => {
    const folder = newFolder();
    fc.assert(
      fc.property(records, bounds, key, (first, { from, to, reverse }, other) => {
        const expected = new Map(first);
        built(folder, expected);
        const index = new IndexFolder(nodeFs, folder).open();
        expect(index?.position).toEqual(positionOf(1));
        expect([...(index?.range('', null) ?? [])]).toEqual(sorted(expected));
        expect([...(index?.range(from, to, reverse) ?? [])]).toEqual(part(sorted(expected), from, to, reverse));
        for (const k of [...expected.keys(), from, other]) expect(index?.get(k)).toBe(expected.get(k));
        index?.close();
      }),
      runs(150),
    );
  });

  test('of many blocks and three levels is found in from either end, between its keys and beyond them', () => {
    const folder = newFolder();
    const expected = numbered(20_000, 2);
    built(folder, expected);
    expect(statSync(`${folder}/${BASE}`).size).toBeGreaterThan(2_000_000);
    const index = new IndexFolder(nodeFs, folder).open();
    if (index === null) throw new Error('there is no index');
    const list = sorted(expected);
    expect(all(index)).toEqual(list);
    expect([...index.range('', null, true)]).toEqual([...list].reverse());
    for (let i = 0; i < list.length; i += 7) {
      const [k, v] = list[i] as [string, string];
      expect(index.get(k)).toBe(v);
      expect(index.get(`${k}!`)).toBeUndefined();
      const after = index.range(`${k}!`, null)[Symbol.iterator]().next().value;
      expect(after).toEqual(list[i + 1]);
      const before = index.range('', k, true)[Symbol.iterator]().next().value;
      expect(before).toEqual(list[i - 1]);
    }
    expect(index.get('')).toBeUndefined();
    expect(index.get('z')).toBeUndefined();
    expect([...index.range('z', null), ...index.range('', 'a'), ...index.range('n', 'm')]).toEqual([]);
    index.close();
  });

  test('of nothing has nothing', () => {
    const folder = newFolder();
    built(folder, new Map());
    expect(stored(folder)).toEqual({ position: positionOf(1), records: [] });
  });

  test('is text: a line of key, tab and value each, checked by the CRC-32 that the level above names', () => {
    const folder = newFolder();
    built(folder, numbered(2));
    const bytes = readFileSync(`${folder}/${BASE}`);
    const lines = bytes.subarray(512);
    expect(lines.toString()).toBe('module/000000000\tvalue 0 \nmodule/000000001\tvalue 1 x\n');
    expect(bytes.toString('latin1')).toContain(`top 512 ${lines.length} ${crc32(lines)}\n`);
  });

  test('is refused with keys out of order, or with what a line cannot hold, and the one before it stays', () => {
    const folder = newFolder();
    built(folder, numbered(3));
    const before = readFileSync(`${folder}/${BASE}`);
    const writer = new IndexFolderWriter(nodeFs, folder);
    const wrong: [string, string][][] = [
      [
        ['b', ''],
        ['a', ''],
      ],
      [
        ['a', ''],
        ['a', ''],
      ],
      [
        ['\u{10000}', ''],
        ['\uffff', ''],
      ],
      [['a\tb', '']],
      [['a', 'b\nc']],
      [['\ud800', '']],
    ];
    for (const list of wrong) {
      expect(() => writer.rebuild(positionOf(9), list)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
    expect(() => writer.rebuild({ ...positionOf(9), tip: 'x' }, [])).toThrow(/position.tip/);
    expect(readFileSync(`${folder}/${BASE}`).equals(before)).toBe(true);
    expect(nodeFs.readdirSync(folder)).toEqual([BASE]);
  });
});

describe('changes', () => {
  test('merged into a base or a middle leave what they say, however often', () => {
    const folder = newFolder();
    const some = fc.array(fc.array(change, { maxLength: 20 }), { maxLength: 5 });
    fc.assert(
      fc.property(records, some, (first, changes) => {
        built(folder, new Map(first), changes);
        const expected = changes.reduce<Records>(changed, new Map(first));
        expect(stored(folder)).toEqual({ position: positionOf(1 + changes.length), records: sorted(expected) });
      }),
      runs(100),
    );
  });

  test('of a large base go into a middle first, and into the base when the middle is large', () => {
    const folder = newFolder();
    const first = numbered(20_000, 2);
    const writer = new IndexFolderWriter(nodeFs, folder, 10_000);
    writer.rebuild(positionOf(1), sorted(first));
    let expected: Records = first;
    const seen = new Set<string>();
    let base = statSync(`${folder}/${BASE}`).ino;
    for (let seq = 2; seq <= 120; seq++) {
      const at = (seq * 7919) % 40_000;
      const changes = Array.from({ length: 20 }, (_, i): [string, string | null] => [
        `module/${String(at + i).padStart(9, '0')}`,
        i % 4 === 0 ? null : `changed by ${seq} ${'y'.repeat(80)}`,
      ]);
      expect(writer.append([entryOf(seq, changes)])).toBe('written');
      expected = changed(expected, changes);
      const now = statSync(`${folder}/${BASE}`).ino;
      seen.add(now === base ? nodeFs.readdirSync(folder).join(' ') : 'new base');
      base = now;
      if (seq % 10 === 0) expect(stored(folder)).toEqual({ position: positionOf(seq), records: sorted(expected) });
    }
    expect([...seen].sort()).toEqual([`${BASE} ${MIDDLE} ${TAIL}`, `${BASE} ${TAIL}`, 'new base']);
    writer.close();
  });
});
