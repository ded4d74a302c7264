/** The writer adds what continues the index, whoever wrote before it, and a crash leaves an index of some entry. */

import nodeFs, { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { memfs } from 'memfs';
import { describe, expect, test } from 'vitest';
import type { IndexFileSystem } from '../../src/git/index/index-file-system.js';
import { IndexFolderWriter } from '../../src/git/index/index-writer.js';
import { IndexFolder } from '../../src/git/index/stored-index.js';
import type { IndexEntry } from '../../src/ports/index-file.js';
import { runs } from '../property/seed.js';
import { BASE, entryOf, MIDDLE, newFolder, positionOf, stored, TAIL } from './sample-index.js';
import { all, change, changed, type Records, sorted } from './sample-records.js';

const CHANGES_STATE = ['mkdirSync', 'openSync', 'writeSync', 'fdatasyncSync', 'renameSync', 'unlinkSync'];

/** node:fs, cut off before the operation of number `cutAt` of those that change something; half of a write may be done. */
function cutOff(cutAt: number, half: boolean): { readonly fs: IndexFileSystem; readonly count: () => number } {
  let count = 0;
  const fs = new Proxy(nodeFs, {
    get(target, name) {
      const real = Reflect.get(target, name);
      if (!CHANGES_STATE.includes(String(name))) return real;
      return (...args: unknown[]) => {
        if (name === 'openSync' && args[1] !== 'wx+') return real(...args);
        count++;
        if (count < cutAt) return real(...args);
        if (half && count === cutAt && name === 'writeSync') {
          real(args[0], args[1], args[2], Math.floor(Number(args[3]) / 2), args[4]);
        }
        throw Object.assign(new Error('the power is off'), { code: 'EIO' });
      };
    },
  });
  return { fs, count: () => count };
}

function append(folder: string, entries: readonly IndexEntry[], longestTail?: number): 'written' | 'absent' {
  const writer = new IndexFolderWriter(nodeFs, folder, longestTail);
  try {
    return writer.append(entries);
  } finally {
    writer.close();
  }
}

function rebuilt(folder: string, records: Records, position = positionOf(1)): IndexFolderWriter {
  const writer = new IndexFolderWriter(nodeFs, folder);
  expect(writer.rebuild(position, sorted(records))).toBe('written');
  return writer;
}

const one = (seq: number): IndexEntry => entryOf(seq, [[`key ${seq}`, `${seq}`]]);
const upTo = (seq: number): [string, string][] =>
  Array.from({ length: seq - 1 }, (_, i): [string, string] => [`key ${i + 2}`, `${i + 2}`]);

const MANY = Array.from({ length: 3000 }, (_, i): [string, string] => [`m${i + 10_000}`, 'x'.repeat(90)]);

/** Merges of each kind: the base; how long a tail is not merged with the first entry; what the last one adds; the files then. */
const MERGES = [
  ['a middle is made', MANY, undefined, 'z'.repeat(900), `${BASE} ${MIDDLE} ${TAIL}`],
  ['a middle is made of a middle', MANY, 0, 'z'.repeat(900), `${BASE} ${MIDDLE} ${TAIL}`],
  ['a new base is made', [], undefined, 'z'.repeat(900), `${BASE} ${TAIL}`],
  ['a new base is made of a middle', MANY, 0, 'z'.repeat(20_000), `${BASE} ${TAIL}`],
] as const;

describe('the writer', () => {
  test('has nothing to add to where there is no index', () => {
    const folder = newFolder();
    expect(append(folder, [one(2)])).toBe('absent');
    expect(append(folder, [])).toBe('written');
    expect(stored(folder)).toBeNull();
  });

  test('adds entries that continue the index, and skips those that are in it', () => {
    const folder = newFolder();
    const writer = rebuilt(folder, new Map());
    expect(writer.append([one(2)])).toBe('written');
    expect(writer.append([one(2), one(3), one(4)])).toBe('written');
    const size = statSync(`${folder}/${TAIL}`).size;
    expect(writer.append([one(3), one(4)])).toBe('written');
    expect(statSync(`${folder}/${TAIL}`).size).toBe(size);
    expect(append(folder, [one(4), one(5)])).toBe('written');
    expect(writer.append([one(6)])).toBe('written');
    expect(stored(folder)).toEqual({ position: positionOf(6), records: upTo(6) });
    writer.close();
  });

  test('adds nothing after a gap, of another ledger, or out of order', () => {
    const folder = newFolder();
    const writer = rebuilt(folder, new Map());
    writer.append([one(2)]);
    const before = readFileSync(`${folder}/${TAIL}`);
    const foreign = { ...one(3), position: positionOf(3, 'entry 3', 'another ledger') };
    const sameNumber = entryOf(3, []);
    const wrong: IndexEntry[][] = [
      [one(4)],
      [one(4), one(5)],
      [foreign],
      [one(3), one(5)],
      [{ ...sameNumber, position: positionOf(2, 'a second entry 2') }],
    ];
    for (const entries of wrong) {
      expect(writer.append(entries)).toBe('absent');
      expect(readFileSync(`${folder}/${TAIL}`).equals(before)).toBe(true);
    }
    writer.close();
  });

  test('refuses what a line cannot hold, and goes on', () => {
    const folder = newFolder();
    const writer = rebuilt(folder, new Map());
    const wrong: IndexEntry[] = [
      entryOf(2, [['a\n', '']]),
      entryOf(2, [['a', '\t']]),
      entryOf(2, [['\udc00', null]]),
      { ...one(2), position: { ...positionOf(2), tipSha256: 'x' } },
    ];
    for (const entry of wrong) {
      expect(() => writer.append([entry])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
    expect(writer.append([one(2)])).toBe('written');
    expect(stored(folder)?.position).toEqual(positionOf(2));
    writer.close();
  });

  test('removes what the index holds beyond the journal, as after a power cut', () => {
    const folder = newFolder();
    const writer = rebuilt(folder, new Map());
    for (let seq = 2; seq <= 5; seq++) writer.append([one(seq)]);
    const other: IndexEntry = { position: positionOf(4, 'another 4'), after: positionOf(3).tip, changes: [['x', 'y']] };
    expect(writer.append([other])).toBe('written');
    expect(stored(folder)).toEqual({ position: other.position, records: [...upTo(3), ['x', 'y']] });
    expect(writer.append([one(4)])).toBe('written');
    expect(stored(folder)).toEqual({ position: positionOf(4), records: upTo(4) });
    expect(writer.append([other, { ...one(5), after: other.position.tip }])).toBe('written');
    expect(stored(folder)?.position).toEqual(positionOf(5));
    expect(append(folder, [one(3)])).toBe('written');
    expect(stored(folder)).toEqual({ position: positionOf(3), records: upTo(3) });
    expect(writer.append([one(4)])).toBe('written');
    expect(stored(folder)).toEqual({ position: positionOf(4), records: upTo(4) });
    writer.close();
  });

  test('sees what another one did meanwhile: entries, a merge, a new base, an index that is gone', () => {
    const folder = newFolder();
    const [a, b] = [rebuilt(folder, new Map()), new IndexFolderWriter(nodeFs, folder)];
    expect(a.append([one(2)])).toBe('written');
    expect(b.append([one(3)])).toBe('written');
    expect(a.append([one(4)])).toBe('written');
    expect(append(folder, [one(5)], 0)).toBe('written');
    expect(a.append([one(6)])).toBe('written');
    expect(b.rebuild(positionOf(7), upTo(7))).toBe('written');
    expect(a.append([one(8)])).toBe('written');
    expect(b.append([one(9)])).toBe('written');
    expect(stored(folder)).toEqual({ position: positionOf(9), records: upTo(9).sort() });
    rmSync(folder, { recursive: true });
    expect(a.append([one(10)])).toBe('absent');
    a.close();
    b.close();
  });

  test('gives what its entries say, with two of them, merges, torn tails and rebuilds in any order', () => {
    const folder = newFolder();
    const step = fc.record({
      by: fc.constantFrom(0, 1),
      changes: fc.array(change, { maxLength: 6 }),
      how: fc.constantFrom('append', 'append', 'append', 'catch up', 'tear', 'rebuild'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.constantFrom(0, 300, 2000), (steps, longestTail) => {
        rmSync(folder, { recursive: true, force: true });
        const writers = [0, 1].map(() => new IndexFolderWriter(nodeFs, folder, longestTail));
        let records: Records = new Map();
        writers[0]?.rebuild(positionOf(1), []);
        const entries: IndexEntry[] = [];
        for (const { by, changes, how } of steps) {
          const entry = entryOf(entries.length + 2, changes);
          entries.push(entry);
          records = changed(records, changes);
          if (how === 'tear' && nodeFs.existsSync(`${folder}/${TAIL}`)) {
            nodeFs.truncateSync(`${folder}/${TAIL}`, Math.floor(statSync(`${folder}/${TAIL}`).size / 2));
          }
          if (how === 'rebuild') writers[by]?.rebuild(entry.position, sorted(records));
          else expect(writers[by]?.append(how === 'append' ? [entry] : entries)).toMatch(/written|absent/);
          if (stored(folder)?.position.tip !== entry.position.tip) {
            expect(how === 'append' || how === 'tear').toBe(true);
            writers[by]?.append(entries);
          }
          expect(stored(folder)).toEqual({ position: entry.position, records: sorted(records) });
        }
        for (const writer of writers) writer.close();
      }),
      runs(100),
    );
  });

  test('works in a file system that has no users', () => {
    const { fs } = memfs({ '/ledger': null });
    const writer = new IndexFolderWriter(fs as unknown as IndexFileSystem, '/ledger/index', 300);
    writer.rebuild(positionOf(1), []);
    for (let seq = 2; seq <= 9; seq++) expect(writer.append([one(seq)])).toBe('written');
    const index = new IndexFolder(fs as unknown as IndexFileSystem, '/ledger/index').open();
    expect(index?.position).toEqual(positionOf(9));
    expect(index === null ? null : all(index)).toEqual(upTo(9));
    index?.close();
    writer.close();
  });
});

describe('a reader', () => {
  test('keeps what it opened, and knows when opening again is worth it', () => {
    const folder = newFolder();
    const writer = rebuilt(folder, new Map([['a', '1']]));
    writer.append([one(2)]);
    const index = new IndexFolder(nodeFs, folder).open();
    if (index === null) throw new Error('there is no index');
    const before = all(index);
    writer.append([one(3)]);
    expect(index.outdated()).toBe(false);
    append(folder, [one(4)], 0);
    expect(index.outdated()).toBe(true);
    expect(all(index)).toEqual(before);
    expect(index.position).toEqual(positionOf(2));
    index.close();
    writer.close();
  });

  test('is not told to open again for a middle that belongs to no base', () => {
    const folder = newFolder();
    const writer = rebuilt(folder, new Map([['a', '1']]));
    nodeFs.copyFileSync(`${folder}/${BASE}`, `${folder}/${MIDDLE}`);
    const index = new IndexFolder(nodeFs, folder).open();
    expect(index?.outdated()).toBe(false);
    expect(index === null ? null : all(index)).toEqual([['a', '1']]);
    index?.close();
    writer.close();
  });

  test('whose files are replaced while it opens them has the index as it was before or after', () => {
    // Every operation of the reader may be the one before which the writer merges.
    for (const [, first, merged, added, files] of MERGES) {
      for (let at = 1; ; at++) {
        const folder = newFolder();
        rebuilt(folder, new Map(first)).close();
        expect(append(folder, [one(2)], merged)).toBe('written');
        expect(append(folder, [one(3)])).toBe('written');
        const last = entryOf(4, [['last', added]]);
        // A run of all entries up to the fourth, and a new tail with the fifth.
        const replace = (): void => {
          expect(append(folder, [last], 800)).toBe('written');
          expect(append(folder, [one(5)])).toBe('written');
        };
        let count = 0;
        const fs = new Proxy(nodeFs, {
          get(target, name) {
            const real = Reflect.get(target, name);
            if (!['openSync', 'readSync', 'lstatSync', 'fstatSync'].includes(String(name))) return real;
            return (...args: unknown[]) => {
              if (++count === at) replace();
              return real(...args);
            };
          },
        });
        const index = new IndexFolder(fs as unknown as IndexFileSystem, folder).open();
        if (index === null) throw new Error('there is no index');
        const opened = count < at;
        if (opened) replace();
        const three = changed(changed(new Map(first), one(2).changes), one(3).changes);
        const four = changed(three, last.changes);
        const states = [three, four, changed(four, one(5).changes)];
        expect([3, 4, 5]).toContain(index.position.seq);
        expect(all(index)).toEqual(sorted(states[index.position.seq - 3] ?? new Map()));
        index.close();
        expect(readdirSync(folder).join(' ')).toBe(files);
        if (opened) break;
      }
    }
  });
});

describe('a crash', () => {
  test.each([['an entry is added', MANY, undefined, 'x', `${BASE} ${TAIL}`] as const, ...MERGES])(
    'at any operation while %s leaves an index, and the next entry goes on',
    (_, first, merged, added, files) => {
      for (const half of [false, true]) {
        for (let cutAt = 1; ; cutAt++) {
          const folder = newFolder();
          rebuilt(folder, new Map(first)).close();
          expect(append(folder, [one(2)], merged)).toBe('written');
          const third = entryOf(3, [['last', added]]);
          const { fs, count } = cutOff(cutAt, half);
          const writer = new IndexFolderWriter(fs, folder, 800);
          let failed = false;
          try {
            expect(writer.append([third])).toBe('written');
          } catch (error) {
            failed = true;
            expect(error).toMatchObject({ code: 'IO' });
          }
          writer.close();
          if (!failed) expect(readdirSync(folder).join(' ')).toBe(files);
          const two = changed(new Map(first), one(2).changes);
          const three = changed(two, third.changes);
          const index = stored(folder);
          expect([2, 3]).toContain(index?.position.seq);
          expect(index?.records).toEqual(sorted(index?.position.seq === 2 ? two : three));
          expect(append(folder, [third, one(4)])).toBe('written');
          expect(stored(folder)).toEqual({ position: positionOf(4), records: sorted(changed(three, one(4).changes)) });
          if (!failed) {
            expect(count()).toBeLessThan(cutAt);
            break;
          }
        }
      }
    },
  );

  test('at any operation of a rebuild leaves the old index, the new one or none', () => {
    for (const half of [false, true]) {
      for (let cutAt = 1; ; cutAt++) {
        const folder = newFolder();
        rebuilt(folder, new Map([['old', '1']])).close();
        append(folder, [one(2)]);
        const { fs } = cutOff(cutAt, half);
        const writer = new IndexFolderWriter(fs, folder);
        let failed = false;
        try {
          writer.rebuild(positionOf(7), [['new', '7']]);
        } catch (error) {
          failed = true;
          expect(error).toMatchObject({ code: 'IO' });
        }
        const index = stored(folder);
        expect([2, 7]).toContain(index?.position.seq);
        expect(index?.records).toEqual(
          index?.position.seq === 7
            ? [['new', '7']]
            : [
                ['key 2', '2'],
                ['old', '1'],
              ],
        );
        expect(rebuilt(folder, new Map([['new', '8']]), positionOf(8)).append([one(9)])).toBe('written');
        expect(stored(folder)).toEqual({
          position: positionOf(9),
          records: [
            ['key 9', '9'],
            ['new', '8'],
          ],
        });
        if (!failed) break;
      }
    }
  });
});

describe('a merge that fails', () => {
  test('keeps the entries, and is not tried again with each of them', () => {
    const folder = newFolder();
    rebuilt(folder, new Map()).close();
    let refused = 0;
    const fs = new Proxy(nodeFs, {
      get(target, name) {
        const real = Reflect.get(target, name);
        if (name !== 'fdatasyncSync') return real;
        return () => {
          refused++;
          throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
        };
      },
    });
    const writer = new IndexFolderWriter(fs as unknown as IndexFileSystem, folder, 500);
    let failures = 0;
    for (let seq = 2; seq <= 60; seq++) {
      try {
        expect(writer.append([one(seq)])).toBe('written');
      } catch (error) {
        failures++;
        expect(error).toMatchObject({ code: 'IO', data: { errno: 'ENOSPC' } });
      }
      expect(stored(folder)?.position).toEqual(positionOf(seq));
    }
    expect(failures).toBe(refused);
    expect(failures).toBeLessThan(8);
    expect(readdirSync(folder).sort()).toEqual([BASE, TAIL]);
    writer.close();
  });
});
