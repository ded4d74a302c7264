/** The file packed-refs as it is now: read anew whenever it has changed, searched where it stands, never held as objects. */

import { isOid, type ObjectFormat } from '../model/object-id.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { ExactStat, SyncFiles } from './sync-files.js';

/** What git writes at the beginning of a file whose lines are sorted, and whose tags all have their peeled value. */
const PACKED_HEADER = '# pack-refs with: peeled fully-peeled sorted \n';

/** A file that changed so short a time ago may change again without a change of its times. */
const YOUNG_NS = 2_000_000_000n;

const LINE_FEED = 0x0a;
const CARET = 0x5e;
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

/** Refs in the bytes of a file that git would have written: sorted, so that one is found in a few looks. */
export class PackedRefs {
  readonly bytes: Buffer;
  /** Where the first ref stands. */
  readonly start: number;
  /** True where every tag that leads to something else has its peeled value. */
  readonly isPeeled: boolean;
  readonly format: ObjectFormat;
  /** Where the name stands in the line of a ref. */
  private readonly nameAt: number;

  /** @param bytes the content of a file; one that does not say it is sorted is brought in order, its peeled values left out */
  constructor(bytes: Buffer, format: ObjectFormat) {
    this.format = format;
    this.nameAt = format.digits + 1;
    const firstEnd = bytes.indexOf(LINE_FEED);
    const header = firstEnd === -1 ? '' : bytes.toString('latin1', 0, firstEnd);
    const sorted =
      bytes.length === 0 || (/^# pack-refs with:.* sorted /.test(`${header} `) && bytes.at(-1) === LINE_FEED);
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

/** The content of packed-refs after changes: what a ref is there now, or null to take it out. */
export function changePacked(packed: PackedRefs, changes: ReadonlyMap<RefName, PackedValue | null>): PackedRefs {
  const sorted = [...changes].map(([ref, value]) => ({ ref, name: Buffer.from(ref), value }));
  sorted.sort((a, b) => Buffer.compare(a.name, b.name));
  const parts: Uint8Array[] = [Buffer.from(packed.isPeeled ? PACKED_HEADER : '# pack-refs with: sorted \n')];
  let at = packed.start;
  for (const { ref, name, value } of sorted) {
    const place = packed.placeOf(name);
    const line = packed.lineAt(place);
    parts.push(packed.bytes.subarray(at, place));
    at = line?.ref === ref ? line.end : place;
    if (value !== null)
      parts.push(Buffer.from(`${value.oid} ${ref}\n${value.peeled === null ? '' : `^${value.peeled}\n`}`));
  }
  parts.push(packed.bytes.subarray(at));
  return new PackedRefs(Buffer.concat(parts), packed.format);
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

function sameFile(a: ExactStat | null, b: ExactStat | null): boolean {
  if (a === null || b === null) return a === b;
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** packed-refs of one repository, kept while the file is the same. */
export class PackedRefsFile {
  readonly path: string;
  private readonly files: SyncFiles;
  private readonly format: ObjectFormat;
  private refs: PackedRefs;
  private stat: ExactStat | null = null;
  private trusted = false;

  constructor(files: SyncFiles, gitdir: string, format: ObjectFormat) {
    this.files = files;
    this.format = format;
    this.refs = new PackedRefs(Buffer.alloc(0), format);
    this.path = `${gitdir}/packed-refs`;
  }

  read(): PackedRefs {
    const stat = this.files.exactStat(this.path);
    if (this.trusted && sameFile(stat, this.stat)) return this.refs;
    // What is there is looked at before it is read: whatever comes between makes the next look differ.
    const bytes = stat === null ? null : this.files.read(this.path);
    this.refs = new PackedRefs(
      bytes === null ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      this.format,
    );
    this.stat = stat;
    this.trusted = stat === null || BigInt(Date.now()) * 1_000_000n - stat.mtimeNs > YOUNG_NS;
    return this.refs;
  }

  /** The file is now one that we wrote and renamed into place: nobody changes one in place, so it is known at once. */
  replaced(refs: PackedRefs): void {
    this.refs = refs;
    this.stat = this.files.exactStat(this.path);
    this.trusted = true;
  }
}
