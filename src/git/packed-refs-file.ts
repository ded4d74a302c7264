/** The file packed-refs as it is now: read anew whenever it has changed. */

import type { ObjectFormat } from '../model/object-id.js';
import type { Oid, RefName } from '../ports/objects.js';
import { CARET, type ChangedRefs, isSorted, LINE_FEED, PackedRefs } from './packed-refs.js';
import type { ExactStat, SyncFiles } from './sync-files.js';

/** A file that changed so short a time ago may change again without a change of its times. */
const YOUNG_NS = 2_000_000_000n;

/** In a larger file a ref is looked up where it stands: who asks for one now and then need not hold all of them. */
const SEARCHED_FROM = 1024 * 1024;

/** Who asks for more of the same file has it read. */
const MOST_SEARCHES = 64;

/** So much of a file is read at last, when a ref is looked up in it. */
const NEAR_BYTES = 8 * 1024;

function sameFile(a: ExactStat | null, b: ExactStat | null): boolean {
  if (a === null || b === null) return a === b;
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** Where the first ref stands that has its whole line in a part of a file; null where none has. */
function firstRef(part: Buffer): { readonly at: number; readonly end: number } | null {
  for (let at = part.indexOf(LINE_FEED) + 1; at > 0; ) {
    const end = part.indexOf(LINE_FEED, at) + 1;
    if (end > 0 && part[at] !== CARET) return { at, end };
    at = end;
  }
  return null;
}

/** The lines of a large file among which a ref stands, or would stand; null where the file is gone or does not say that it is sorted. */
function linesNear(files: SyncFiles, path: string, ref: RefName, format: ObjectFormat): PackedRefs | null {
  const fd = files.openToRead(path);
  if (fd === null) return null;
  try {
    const size = files.sizeOf(fd, path);
    const head = files.readAt(fd, path, 0, NEAR_BYTES);
    const start = head.indexOf(LINE_FEED) + 1;
    const header = head.toString('latin1', 0, Math.max(0, start - 1));
    if (start === 0 || !isSorted(header, files.readAt(fd, path, size - 1, 1)[0])) return null;
    const name = Buffer.from(ref);
    let [low, high] = [start, size];
    while (high - low > NEAR_BYTES) {
      const middle = (low + high) >> 1;
      const part = files.readAt(fd, path, middle, Math.min(NEAR_BYTES, high - middle));
      const line = firstRef(part);
      // Lines as long as that: it is among all that is left.
      if (line === null) break;
      const order = name.compare(part, Math.min(line.at + format.digits + 1, line.end - 1), line.end - 1);
      // A name may stand there twice, and the first one counts: what is equal stays below.
      if (order > 0) low = middle + line.at;
      else if (middle + line.end < high) high = middle + line.end;
      else break;
    }
    return new PackedRefs(Buffer.concat([head.subarray(0, start), files.readAt(fd, path, low, high - low)]), format);
  } finally {
    files.close(fd);
  }
}

/** packed-refs of one repository, kept while the file is the same. */
export class PackedRefsFile {
  readonly path: string;
  private readonly files: SyncFiles;
  private readonly format: ObjectFormat;
  private refs: PackedRefs;
  private stat: ExactStat | null = null;
  private trusted = false;
  /** The file in which refs were looked up without reading it whole, and how many. */
  private searchedIn: ExactStat | null = null;
  private searches = 0;

  constructor(files: SyncFiles, gitdir: string, format: ObjectFormat) {
    this.files = files;
    this.format = format;
    this.refs = new PackedRefs(Buffer.alloc(0), format);
    this.path = `${gitdir}/packed-refs`;
  }

  /** The value of a ref; undefined where it has none here. */
  get(ref: RefName): Oid | undefined {
    const stat = this.files.exactStat(this.path);
    if (stat === null || stat.size <= SEARCHED_FROM || (this.trusted && sameFile(stat, this.stat)))
      return this.read().get(ref);
    if (!sameFile(stat, this.searchedIn)) this.searches = 0;
    this.searchedIn = stat;
    this.searches += 1;
    const line = this.searches > MOST_SEARCHES ? null : linesNear(this.files, this.path, ref, this.format);
    return (line ?? this.read()).get(ref);
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
  replaced(changed: ChangedRefs): void {
    this.trusted = false;
    this.refs = changed.take();
    this.stat = this.files.exactStat(this.path);
    this.trusted = true;
  }
}
