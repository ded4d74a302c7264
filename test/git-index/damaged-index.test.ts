/** Whatever is done to the files of an index, it gives what was written up to some entry, or it is not there. */

import nodeFs, { appendFileSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { IndexFolderWriter } from '../../src/git/index/index-writer.js';
import { SCHEMA } from '../../src/git/index/run-header.js';
import { IndexFolder } from '../../src/git/index/stored-index.js';
import { DamagedIndex } from '../../src/ports/index-file.js';
import { BASE, entryOf, MIDDLE, newFolder, positionOf, stored, TAIL } from './sample-index.js';
import { all } from './sample-records.js';

const FIRST: [string, string][] = [
  ['a', '1'],
  ['b', '2'],
];

/** What is stored after the entry of each number; the first one is the base. */
const STATES = [
  { position: positionOf(1), records: FIRST },
  {
    position: positionOf(2),
    records: [
      ['a', '1'],
      ['b', 'two'],
    ],
  },
  {
    position: positionOf(3),
    records: [
      ['b', 'two'],
      ['c', '3'],
    ],
  },
  {
    position: positionOf(4),
    records: [
      ['b', 'two'],
      ['c', '3'],
      ['d', ''],
    ],
  },
];
const ENTRIES = [
  entryOf(2, [['b', 'two']]),
  entryOf(3, [
    ['a', null],
    ['c', '3'],
  ]),
  entryOf(4, [['d', '']]),
];

function written(folder: string): { base: Buffer; tail: Buffer; ends: number[] } {
  const writer = new IndexFolderWriter(nodeFs, folder);
  writer.rebuild(positionOf(1), FIRST);
  const ends: number[] = [];
  for (const entry of ENTRIES) {
    expect(writer.append([entry])).toBe('written');
    ends.push(statSync(`${folder}/${TAIL}`).size);
  }
  writer.close();
  return { base: readFileSync(`${folder}/${BASE}`), tail: readFileSync(`${folder}/${TAIL}`), ends };
}

/** What is stored where a damaged base may show only while it is read. */
function storedOrDamaged(folder: string): ReturnType<typeof stored> | 'damaged' {
  try {
    return stored(folder);
  } catch (error) {
    expect(error).toBeInstanceOf(DamagedIndex);
    return 'damaged';
  }
}

describe('a tail', () => {
  test('torn at any byte counts up to its last whole record', () => {
    const folder = newFolder();
    const { tail, ends } = written(folder);
    for (let length = 0; length <= tail.length; length++) {
      writeFileSync(`${folder}/${TAIL}`, tail.subarray(0, length));
      expect(stored(folder)).toEqual(STATES[ends.filter((end) => end <= length).length]);
    }
  });

  test('that a power cut filled with zeros, or that goes on with garbage, counts up to its last whole record', () => {
    const folder = newFolder();
    const { tail, ends } = written(folder);
    for (const [i, end] of [0, ...ends].entries()) {
      for (const rest of [
        Buffer.alloc(200),
        Buffer.from('\n\n\n'),
        Buffer.from('1 2 3 4 5 6\n'),
        Buffer.alloc(300, 'x'),
      ]) {
        writeFileSync(`${folder}/${TAIL}`, Buffer.concat([tail.subarray(0, end), rest]));
        expect(stored(folder)).toEqual(STATES[i]);
      }
    }
  });

  test('with any bit flipped counts up to the record before it', () => {
    const folder = newFolder();
    const { tail, ends } = written(folder);
    for (let at = 0; at < tail.length; at++) {
      const bytes = Buffer.from(tail);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      writeFileSync(`${folder}/${TAIL}`, bytes);
      const header = (ends[0] ?? 0) > at && at < tail.indexOf('\n') + 1;
      expect(stored(folder)).toEqual(STATES[header ? 0 : ends.filter((end) => end <= at).length]);
    }
  });

  test('whose records are in another order, or there twice, counts as far as each continues the one before', () => {
    const folder = newFolder();
    const { tail, ends } = written(folder);
    const [header, one, two, three] = [
      tail.subarray(0, tail.indexOf('\n') + 1),
      tail.subarray(tail.indexOf('\n') + 1, ends[0]),
      tail.subarray(ends[0], ends[1]),
      tail.subarray(ends[1], ends[2]),
    ];
    const cases: [Buffer[], number][] = [
      [[one, one, two], 1],
      [[one, three], 1],
      [[two, one], 0],
      [[one, two, one, two, three], 2],
    ];
    for (const [parts, entries] of cases) {
      writeFileSync(`${folder}/${TAIL}`, Buffer.concat([header, ...parts]));
      expect(stored(folder)).toEqual(STATES[entries]);
    }
  });

  test('of another base does not count, even of one with the same records', () => {
    const [folder, other] = [newFolder(), newFolder()];
    written(folder);
    written(other);
    copyFileSync(`${other}/${TAIL}`, `${folder}/${TAIL}`);
    expect(stored(folder)).toEqual(STATES[0]);
  });

  test('that is torn is whole again after the next entry', () => {
    const folder = newFolder();
    const { tail, ends } = written(folder);
    for (const rest of [tail.subarray(ends[1], (ends[2] ?? 0) - 3), Buffer.alloc(500)]) {
      writeFileSync(`${folder}/${TAIL}`, Buffer.concat([tail.subarray(0, ends[1]), rest]));
      const writer = new IndexFolderWriter(nodeFs, folder);
      expect(writer.append([ENTRIES[2] as (typeof ENTRIES)[number]])).toBe('written');
      writer.close();
      expect(readFileSync(`${folder}/${TAIL}`).equals(tail)).toBe(true);
    }
  });
});

describe('a base', () => {
  test('torn at any byte, or longer than it was, is absent', () => {
    const folder = newFolder();
    const { base } = written(folder);
    for (let length = 0; length < base.length; length++) {
      writeFileSync(`${folder}/${BASE}`, base.subarray(0, length));
      expect(stored(folder)).toBeNull();
    }
    writeFileSync(`${folder}/${BASE}`, base);
    appendFileSync(`${folder}/${BASE}`, '\0');
    expect(stored(folder)).toBeNull();
  });

  test('with any bit flipped is absent, or says so when the block is read', () => {
    const folder = newFolder();
    const { base } = written(folder);
    for (let at = 0; at < base.length; at++) {
      const bytes = Buffer.from(base);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      writeFileSync(`${folder}/${BASE}`, bytes);
      expect(storedOrDamaged(folder)).toBe(at < 512 ? null : 'damaged');
    }
  });

  test('with a damaged block gives the records of its other blocks', () => {
    const folder = newFolder();
    const writer = new IndexFolderWriter(nodeFs, folder);
    const records = Array.from({ length: 1000 }, (_, i): [string, string] => [
      String(i).padStart(4, '0'),
      'x'.repeat(90),
    ]);
    writer.rebuild(positionOf(1), records);
    const bytes = readFileSync(`${folder}/${BASE}`);
    bytes[bytes.indexOf('0500\t') + 10] = 0;
    writeFileSync(`${folder}/${BASE}`, bytes);
    const index = new IndexFolder(nodeFs, folder).open();
    expect(index?.get('0000')).toBe('x'.repeat(90));
    expect(index?.get('0999')).toBe('x'.repeat(90));
    expect(() => index?.get('0500')).toThrow(DamagedIndex);
    expect(() => [...(index?.range('0400', '0600') ?? [])]).toThrow(DamagedIndex);
    index?.close();
  });

  test('that the writer finds damaged while it merges is absent for it, and a rebuild mends it', () => {
    const folder = newFolder();
    const { base } = written(folder);
    const bytes = Buffer.from(base);
    bytes[514] = 0;
    writeFileSync(`${folder}/${BASE}`, bytes);
    const writer = new IndexFolderWriter(nodeFs, folder, 0);
    expect(writer.append([entryOf(5, [])])).toBe('absent');
    expect(writer.rebuild(positionOf(5), FIRST)).toBe('written');
    expect(stored(folder)).toEqual({ position: positionOf(5), records: FIRST });
    writer.close();
  });

  test('of another form is absent', () => {
    const folder = newFolder();
    const { base } = written(folder);
    writeFileSync(
      `${folder}/${BASE}`,
      Buffer.from(base.toString('latin1').replace(`run ${SCHEMA}`, `run ${SCHEMA + 1}`), 'latin1'),
    );
    expect(stored(folder)).toBeNull();
  });

  test('is no base where it is a middle', () => {
    const folder = newFolder();
    const writer = new IndexFolderWriter(nodeFs, folder, 1000);
    const records = Array.from({ length: 3000 }, (_, i): [string, string] => [
      String(i).padStart(4, '0'),
      'x'.repeat(90),
    ]);
    writer.rebuild(positionOf(1), records);
    writer.append([entryOf(2, [['a', 'y'.repeat(1000)]])]);
    writer.close();
    copyFileSync(`${folder}/${MIDDLE}`, `${folder}/${BASE}`);
    expect(stored(folder)).toBeNull();
  });
});

describe('an index that is closed', () => {
  test('reads nothing any more, whoever has its descriptor by now', () => {
    const folder = newFolder();
    written(folder);
    const index = new IndexFolder(nodeFs, folder).open();
    if (index === null) throw new Error('there is no index');
    expect(all(index)).toEqual(STATES[3]?.records);
    index.close();
    index.close();
    const again = new IndexFolder(nodeFs, folder).open();
    again?.close();
    expect(() => again?.get('b2')).toThrow(DamagedIndex);
  });
});
