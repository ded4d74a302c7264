/** The content of packed-refs: searched and changed where its bytes stand, never held as objects. */

import { isOid, type ObjectFormat } from '../model/object-id.js';
import type { Oid, RefName } from '../ports/objects.js';

/** What git writes at the beginning of a file whose lines are sorted, and whose tags all have their peeled value. */
const PACKED_HEADER = '# pack-refs with: peeled fully-peeled sorted \n';

export const LINE_FEED = 0x0a;
export const CARET = 0x5e;
const HASH = 0x23;

/**
 * The refs of a packed-refs file; peeled lines and comments are passed over. Whatever git reads as a ref is one here (any white
 * space behind the id, digits in either case): a ref that git shows must not be hidden from an audit. A name that has two
 * values has the value '': which of them git finds depends on what it looks for.
 */
export function parsePackedRefs(text: string, format: ObjectFormat): Map<RefName, Oid> {
  const { digits } = format;
  const refs = new Map<RefName, Oid>();
  for (const line of text.split('\n')) {
    const oid = line.slice(0, digits).toLowerCase();
    const ref = /^[ \t\r](refs\/.+)$/s.exec(line.slice(digits))?.[1];
    if (!isOid(oid, format) || ref === undefined) continue;
    const known = refs.get(ref);
    refs.set(ref, known === undefined || known === oid ? oid : '');
  }
  return refs;
}

/** The lines of a packed-refs file in order: what stands at each ref, and where its lines begin and end. */
interface PackedLine {
  readonly ref: RefName;
  readonly oid: Oid;
  readonly start: number;
  /** After its peeled line, where it has one. */
  readonly end: number;
}

/** True for content that says it is sorted, and that ends in a line feed. */
export function isSorted(firstLine: string, lastByte: number | undefined): boolean {
  return /^# pack-refs with:.* sorted /.test(`${firstLine} `) && lastByte === LINE_FEED;
}

/** What stands in place of a part of the content. */
interface Edit {
  readonly at: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Room for changes behind the content that is held: a part of its bytes. */
const ROOM_PART = 8;

/** Refs in the bytes of a file that git would have written: sorted, so that one is found in a few looks. */
export class PackedRefs {
  readonly bytes: Buffer;
  /** Where the first ref stands. */
  readonly start: number;
  /** True where every tag that leads to something else has its peeled value. */
  readonly isPeeled: boolean;
  readonly format: ObjectFormat;
  /** Memory that begins with the bytes, and has room for more; null where there is none of their own. */
  readonly room: Buffer | null;
  /** Where the name stands in the line of a ref. */
  private readonly nameAt: number;

  /** @param bytes the content of a file; one that does not say it is sorted is brought in order, its peeled values left out */
  constructor(bytes: Buffer, format: ObjectFormat, room: Buffer | null = null) {
    this.format = format;
    this.room = room;
    this.nameAt = format.digits + 1;
    const firstEnd = bytes.indexOf(LINE_FEED);
    const header = firstEnd === -1 ? '' : bytes.toString('latin1', 0, firstEnd);
    const sorted = bytes.length === 0 || isSorted(header, bytes.at(-1));
    this.isPeeled = bytes.length === 0 || (sorted && / fully-peeled /.test(`${header} `));
    this.bytes = sorted ? bytes : inOrder(bytes, format);
    this.start = this.bytes[0] === HASH ? this.bytes.indexOf(LINE_FEED) + 1 : 0;
  }

  /** The value of a ref; undefined where it has none here. */
  get(ref: RefName): Oid | undefined {
    const line = this.from(ref);
    return line?.ref === ref ? line.oid : undefined;
  }

  /** The first ref whose name is not before `name`. */
  from(name: string): PackedLine | null {
    return this.lineAt(this.placeOf(Buffer.from(name)));
  }

  /** Every ref whose name begins with `prefix`; one that has no value, or two, has the value ''. */
  under(prefix: string): Map<RefName, Oid> {
    const refs = new Map<RefName, Oid>();
    for (let line = this.from(prefix); line?.ref.startsWith(prefix) === true; line = this.lineAt(line.end)) {
      const known = refs.get(line.ref) ?? line.oid;
      refs.set(line.ref, known === line.oid && isOid(known, this.format) ? known : '');
    }
    return refs;
  }

  /** Where a ref of this name stands, or would stand. */
  placeOf(name: Buffer): number {
    let low = this.start;
    let high = this.bytes.length;
    while (low < high) {
      const middle = this.startOfRef((low + high) >> 1, low);
      const end = this.endOfLine(middle);
      // A line that is too short for an id has no name.
      const nameAt = Math.min(middle + this.nameAt, end);
      const order = this.bytes.compare(name, 0, name.length, nameAt, end);
      if (order < 0) low = this.afterPeeled(end + 1);
      else high = middle;
    }
    return low;
  }

  lineAt(start: number): PackedLine | null {
    if (start >= this.bytes.length) return null;
    const end = this.endOfLine(start);
    const oid = this.bytes.toString('latin1', start, start + this.format.digits).toLowerCase();
    return { oid, ref: this.bytes.toString('utf8', start + this.nameAt, end), start, end: this.afterPeeled(end + 1) };
  }

  /** The beginning of the ref's line that `at` is in, peeled line included, not before `low`. */
  private startOfRef(at: number, low: number): number {
    for (let start = at; ; start--) {
      while (start > low && this.bytes[start - 1] !== LINE_FEED) start--;
      if (start <= low || this.bytes[start] !== CARET) return Math.max(start, low);
    }
  }

  private endOfLine(start: number): number {
    const end = this.bytes.indexOf(LINE_FEED, start);
    return end === -1 ? this.bytes.length : end;
  }

  private afterPeeled(start: number): number {
    return this.bytes[start] === CARET ? Math.min(this.endOfLine(start) + 1, this.bytes.length) : start;
  }
}

/** A ref's new place in packed-refs; `peeled` is what an annotated tag leads to. */
export interface PackedValue {
  readonly oid: Oid;
  readonly peeled: Oid | null;
}

/** packed-refs after changes, which may take the place of the content that it was made of. */
export class ChangedRefs {
  private readonly before: PackedRefs;
  private readonly edits: readonly Edit[];

  /** What a ref is there now, or null to take it out. */
  constructor(packed: PackedRefs, changes: ReadonlyMap<RefName, PackedValue | null>) {
    const sorted = [...changes].map(([ref, value]) => ({ ref, name: Buffer.from(ref), value }));
    sorted.sort((a, b) => Buffer.compare(a.name, b.name));
    const header = packed.isPeeled ? PACKED_HEADER : '# pack-refs with: sorted \n';
    const edits: Edit[] = [{ at: 0, end: packed.start, bytes: Buffer.from(header) }];
    for (const { ref, name, value } of sorted) {
      const at = packed.placeOf(name);
      const line = packed.lineAt(at);
      const peeled = value === null || value.peeled === null ? '' : `^${value.peeled}\n`;
      const bytes = Buffer.from(value === null ? '' : `${value.oid} ${ref}\n${peeled}`);
      edits.push({ at, end: line?.ref === ref ? line.end : at, bytes });
    }
    this.before = packed;
    this.edits = edits;
  }

  /** The content of the file. */
  get pieces(): readonly Uint8Array[] {
    const { bytes } = this.before;
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const edit of this.edits) {
      pieces.push(bytes.subarray(from, edit.at), edit.bytes);
      from = edit.end;
    }
    pieces.push(bytes.subarray(from));
    return pieces;
  }

  /** The same to be searched. The content that it was made of is gone: a large one is not in memory twice. */
  take(): PackedRefs {
    const { bytes, format, room } = this.before;
    const grows = this.edits.every(({ at, end, bytes: { length } }) => length >= end - at);
    const size = this.edits.reduce((sum, { at, end, bytes: { length } }) => sum + length - (end - at), bytes.length);
    if (room !== null && grows && room.length >= size) {
      this.changeIn(room, bytes.length, size);
      return new PackedRefs(room.subarray(0, size), format, room);
    }
    // Memory that nothing was written to is not taken yet.
    const larger = Buffer.allocUnsafeSlow(size + Math.ceil(size / ROOM_PART));
    let at = 0;
    for (const piece of this.pieces) {
      larger.set(piece, at);
      at += piece.length;
    }
    return new PackedRefs(larger.subarray(0, size), format, larger);
  }

  /** From the end on, so that nothing is written over that has not moved yet: what is there only moves to the right. */
  private changeIn(room: Buffer, length: number, size: number): void {
    let from = length;
    let to = size;
    for (const { at, end, bytes } of this.edits.toReversed()) {
      to -= from - end;
      room.copyWithin(to, end, from);
      to -= bytes.length;
      room.set(bytes, to);
      from = at;
    }
  }
}

function inOrder(bytes: Buffer, format: ObjectFormat): Buffer {
  const lines = [...parsePackedRefs(bytes.toString('utf8'), format)].map(
    ([ref, oid]) => [Buffer.from(ref), oid] as const,
  );
  lines.sort(([a], [b]) => Buffer.compare(a, b));
  const two = '?'.repeat(format.digits);
  return Buffer.concat(
    lines.flatMap(([ref, oid]) => [Buffer.from(`${oid === '' ? two : oid} `), ref, Buffer.from('\n')]),
  );
}
