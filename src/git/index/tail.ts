/**
 * The tail: one record for each journal entry since the run that it names, appended and not synced. Whatever is not a
 * whole record that continues the one before it ends the tail.
 */

import { crc32 } from 'node:zlib';
import { commonBeginning, compareKeys, lowerBound } from '../../model/key-order.js';
import type { RecordChange, SortedChanges } from '../../model/sorted-records.js';
import type { IndexEntry, IndexPosition } from '../../ports/index-file.js';
import { LF } from './block.js';
import { checkPosition, recordLine } from './record-line.js';
import { SCHEMA } from './run-header.js';

/** The first line of the tail of the run `id`. */
export function tailHeader(id: string): Buffer {
  return Buffer.from(`git-lineage index tail ${SCHEMA} of ${id}\n`);
}

export const TAIL_HEADER_BYTES = tailHeader('0'.repeat(32)).length;

/**
 * An entry as a record: the line `crc bytes seq after tip sha256`, and its changes in so many bytes, a line each.
 * The checksum is over all that follows it.
 */
export function tailRecord(entry: IndexEntry): Buffer {
  const { position, after, changes } = entry;
  checkPosition(position);
  checkPosition({ ...position, tip: after });
  const lines = changes.map(recordLine).join('');
  const length = Buffer.byteLength(lines);
  const body = Buffer.from(`${length} ${position.seq} ${after} ${position.tip} ${position.tipSha256}\n${lines}`);
  return Buffer.concat([Buffer.from(`${crc32(body)} `), body]);
}

/** A record that was found whole. */
export interface TailEntry {
  readonly position: IndexPosition;
  /** Where its changes begin, and where the record ends. */
  readonly changes: number;
  readonly end: number;
}

/** No first line of a record is longer. */
const LONGEST_LINE = 256;

function readRecord(bytes: Buffer, start: number, before: IndexPosition): TailEntry | null {
  const lineEnd = bytes.indexOf(LF, start);
  if (lineEnd < 0 || lineEnd - start > LONGEST_LINE) return null;
  const parts = bytes.toString('latin1', start, lineEnd).split(' ');
  if (parts.length !== 6) return null;
  const [crc, length, seq, after, tip, tipSha256] = parts as [string, string, string, string, string, string];
  const changes = lineEnd + 1;
  const end = changes + Number(length);
  if (!(end >= changes && end <= bytes.length) || crc32(bytes.subarray(start + crc.length + 1, end)) !== Number(crc))
    return null;
  if (after !== before.tip || !(Number(seq) > before.seq)) return null;
  return { position: { root: before.root, seq: Number(seq), tip, tipSha256 }, changes, end };
}

/**
 * The longest whole part of a tail from `start` on, where the index is at `position`.
 * `bytes` is the file from its beginning.
 */
export function readTail(bytes: Buffer, start: number, position: IndexPosition): TailEntry[] {
  const entries: TailEntry[] = [];
  let [at, before] = [start, position];
  for (;;) {
    const entry = readRecord(bytes, at, before);
    if (entry === null) return entries;
    entries.push(entry);
    at = entry.end;
    before = entry.position;
  }
}

/** So many ranges are found by a look at every key: a process that asks a question or two need not put them all in order. */
const RANGES_UNSORTED = 16;

/** What the entries of a tail change: the last change of each key. */
export class TailChanges implements SortedChanges {
  readonly #last = new Map<string, string | null>();
  #ranges = 0;
  #sorted: readonly string[] | null = null;

  constructor(bytes: Buffer, entries: readonly TailEntry[]) {
    for (const { changes, end } of entries) {
      if (changes === end) continue;
      for (const line of bytes.toString('utf8', changes, end - 1).split('\n')) {
        const tab = line.indexOf('\t');
        if (tab < 0) this.#last.set(line, null);
        else this.#last.set(line.slice(0, tab), line.slice(tab + 1));
      }
    }
  }

  get(key: string): string | null | undefined {
    return this.#last.get(key);
  }

  *range(from: string, to: string | null, reverse = false): Generator<RecordChange, void> {
    const keys = this.#sorted ?? this.#keysFrom(from, to);
    const start = lowerBound(keys, from);
    const end = to === null ? keys.length : lowerBound(keys, to);
    for (let i = 0; i < end - start; i++) {
      const key = keys[reverse ? end - 1 - i : start + i] as string;
      yield [key, this.#last.get(key) as string | null];
    }
  }

  /** Keys in order, those of a range among them. */
  #keysFrom(from: string, to: string | null): readonly string[] {
    const keys = [...this.#last.keys()];
    if (++this.#ranges > RANGES_UNSORTED) {
      this.#sorted = keys.sort(compareKeys);
      return this.#sorted;
    }
    const within = (key: string) => compareKeys(key, from) >= 0 && (to === null || compareKeys(key, to) < 0);
    // Most keys are out of it at a glance: what a range is from and to has a beginning that all keys between have.
    const beginning = commonBeginning(from, to ?? '');
    return keys.filter((key) => key.startsWith(beginning) && within(key)).sort(compareKeys);
  }
}
