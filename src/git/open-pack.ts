/**
 * One pack and its index: small ones are held in memory while they are in use, of large ones only what is asked for is read.
 *
 * Descriptors stay valid when `git gc` removes the files, so what was open can be read to its end.
 */

import type { ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import { FAN_OUT_AT, INDEX_MAGIC, indexEnd, largeOffsetsAt, OIDS_AT, offsetsAt } from './pack-index-layout.js';
import type { SyncFiles } from './sync-files.js';

/** Files up to this size are read whole: of a larger index two or three kilobytes are looked at for an object. */
const SMALL_FILE = 64 * 1024;

/** So many ids are looked at around the place where one is expected: a few times the spread of a fan-out of some thousand. */
const GUESSED_IDS = 128;

/** A file read in place; a small one is read once. */
class ReadFile {
  private readonly files: SyncFiles;
  private readonly path: string;
  private whole: Buffer | null = null;
  private fd: number | null = null;
  private size = 0;

  constructor(files: SyncFiles, path: string) {
    this.files = files;
    this.path = path;
  }

  /** How long it is; null where it is gone. */
  open(): number | null {
    if (this.whole !== null || this.fd !== null) return this.size;
    const fd = this.files.openToRead(this.path);
    if (fd === null) return null;
    let keep = false;
    try {
      this.size = this.files.sizeOf(fd, this.path);
      keep = this.size > SMALL_FILE;
      if (keep) this.fd = fd;
      else this.whole = this.files.readAt(fd, this.path, 0, this.size);
    } finally {
      if (!keep) this.files.close(fd);
    }
    return this.size;
  }

  /** What stands at a place, fewer bytes where the file ends before. */
  at(position: number, length: number): Buffer {
    if (this.open() === null) throw new Error('the file is gone');
    if (this.whole !== null) return this.whole.subarray(position, position + length);
    // What an entry says of its size is not to be believed before it was read.
    const wanted = Math.max(0, Math.min(length, this.size - position));
    return this.files.readAt(this.fd ?? -1, this.path, position, wanted);
  }

  release(): void {
    if (this.fd !== null) this.files.close(this.fd);
    this.fd = null;
    this.whole = null;
  }
}

export class OpenPack {
  readonly format: ObjectFormat;
  private readonly pack: ReadFile;
  private readonly index: ReadFile;
  private readonly fanOut: Buffer;
  private readonly count: number;

  constructor(format: ObjectFormat, pack: ReadFile, index: ReadFile, fanOut: Buffer) {
    this.format = format;
    this.pack = pack;
    this.index = index;
    this.fanOut = fanOut;
    this.count = fanOut.readUInt32BE(255 * 4);
  }

  bytesAt(offset: number, length: number): Buffer {
    return this.pack.at(offset, length);
  }

  /** Where an object stands in the pack, or null where it is not in it. */
  offsetOf(oid: Oid): number | null {
    const wanted = Buffer.from(oid, 'hex');
    if (wanted.length !== this.format.bytes) return null;
    const first = wanted[0] ?? 0;
    const start = first === 0 ? 0 : this.fanOut.readUInt32BE((first - 1) * 4);
    const end = this.fanOut.readUInt32BE(first * 4);
    const row = this.rowOf(wanted, start, end);
    return row === null ? null : this.offsetAt(row);
  }

  /**
   * The row of an id among those from `start` to `end`, which begin with the same byte. Ids are spread evenly, so the next bytes say about
   * where it is: of a large index a few kilobytes are read, however large it is. Where they are not, the range halves with each look.
   */
  private rowOf(wanted: Buffer, start: number, end: number): number | null {
    const { bytes } = this.format;
    let [low, high] = [start, end];
    const share = wanted.readUInt32BE(1) / 2 ** 32;
    for (let guess = start + Math.floor(share * (end - start)); low < high; guess = (low + high) >> 1) {
      const first = Math.max(low, Math.min(guess - GUESSED_IDS / 2, high - GUESSED_IDS));
      const count = Math.min(GUESSED_IDS, high - first);
      const ids = this.index.at(OIDS_AT + first * bytes, count * bytes);
      const row = rowIn(ids, wanted);
      if (row.found) return first + row.at;
      if (row.at > 0 && row.at < count) return null;
      if (row.at === 0) high = first;
      else low = first + count;
    }
    return null;
  }

  private offsetAt(row: number): number {
    const small = this.index.at(offsetsAt(this.count, this.format) + row * 4, 4).readUInt32BE(0);
    // The top bit says that this is a row of the table of 8-byte offsets.
    if (small < 0x80000000) return small;
    return Number(
      this.index.at(largeOffsetsAt(this.count, this.format) + (small - 0x80000000) * 8, 8).readBigUInt64BE(0),
    );
  }

  /** Lets go of descriptors and content; they are opened and read again when they are needed. */
  release(): void {
    this.pack.release();
    this.index.release();
  }
}

/** Where an id stands among sorted ids, or would stand. */
function rowIn(ids: Buffer, wanted: Buffer): { readonly at: number; readonly found: boolean } {
  const bytes = wanted.length;
  let low = 0;
  let high = Math.floor(ids.length / bytes);
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = wanted.compare(ids, middle * bytes, (middle + 1) * bytes);
    if (order === 0) return { at: middle, found: true };
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return { at: low, found: false };
}

/** A pack by its path without an ending; null where it has no index that can be read. */
export function openPack(files: SyncFiles, stem: string, format: ObjectFormat): OpenPack | null {
  const index = new ReadFile(files, `${stem}.idx`);
  const size = index.open();
  if (size === null) return null;
  const head = index.at(0, OIDS_AT);
  const whole = head.length === OIDS_AT && head.readUInt32BE(0) === INDEX_MAGIC && head.readUInt32BE(4) === 2;
  if (whole && size >= indexEnd(head.readUInt32BE(OIDS_AT - 4), format))
    return new OpenPack(format, new ReadFile(files, `${stem}.pack`), index, Buffer.from(head.subarray(FAN_OUT_AT)));
  index.release();
  return null;
}
