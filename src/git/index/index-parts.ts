/** The files of an index: a base, a middle on it where there is one, and the tail of the upper of the two. */

import type { IndexPosition } from '../../ports/index-file.js';
import { readAt } from './index-file-system.js';
import type { OwnFiles } from './own-files.js';
import { Run } from './run.js';
import { SCHEMA } from './run-header.js';
import { readTail, TAIL_HEADER_BYTES, type TailEntry, tailHeader } from './tail.js';

export const BASE = `${SCHEMA}.base`;
export const MIDDLE = `${SCHEMA}.middle`;
export const TAIL = `${SCHEMA}.tail`;

/** The runs of an index. */
export interface Runs {
  readonly base: Run;
  readonly middle: Run | null;
  /** The inode of what has the middle's name; null for nothing. It may be of another base. */
  readonly middleIno: number | null;
}

/** A file that may be the tail of some run, open, and all its bytes. */
interface OpenTail {
  readonly fd: number;
  readonly ino: number;
  readonly bytes: Buffer;
}

/** The tail of the upper run, open, and the part of it that is whole. */
interface TailFile extends OpenTail {
  readonly entries: readonly TailEntry[];
}

export interface IndexParts extends Runs {
  readonly tail: TailFile | null;
}

/** The run that the tail is of. */
export function upperRun({ base, middle }: Pick<Runs, 'base' | 'middle'>): Run {
  return middle ?? base;
}

/** Where the index stands. */
export function endOf(parts: IndexParts): IndexPosition {
  return parts.tail?.entries.at(-1)?.position ?? upperRun(parts).header.position;
}

/** True where the names still stand for the runs that are open. */
export function areCurrent(files: OwnFiles, { base, middleIno }: Runs): boolean {
  return files.inode(BASE) === base.ino && files.inode(MIDDLE) === middleIno;
}

function openTail(files: OwnFiles, access: 'r' | 'r+'): OpenTail | null {
  const file = files.open(TAIL, access);
  if (file === null) return null;
  try {
    const bytes = readAt(files.fs, file.fd, 0, Number(file.stat.size));
    return { fd: file.fd, ino: Number(file.stat.ino), bytes };
  } catch {
    files.fs.closeSync(file.fd);
    return null;
  }
}

function openRuns(files: OwnFiles): Runs | null {
  const middle = Run.open(files, MIDDLE);
  const middleIno = middle?.ino ?? files.inode(MIDDLE);
  const base = Run.open(files, BASE);
  if (base !== null && base.header.on === null) {
    if (middle !== null && middle.header.on === base.header.id) return { base, middle, middleIno };
    middle?.close();
    return { base, middle: null, middleIno };
  }
  middle?.close();
  base?.close();
  return null;
}

/**
 * Opens what there is; null where there is no base that can be used.
 *
 * A writer renames the lowest file first, so they are opened from the top. Whatever is replaced meanwhile, the lower file
 * then holds all that the upper ones held, and the upper ones name a run that is no longer there.
 */
export function openParts(files: OwnFiles, access: 'r' | 'r+'): IndexParts | null {
  const tail = openTail(files, access);
  const runs = openRuns(files);
  if (runs !== null && tail !== null) {
    const { id, position } = upperRun(runs).header;
    if (tail.bytes.subarray(0, TAIL_HEADER_BYTES).equals(tailHeader(id))) {
      return { ...runs, tail: { ...tail, entries: readTail(tail.bytes, TAIL_HEADER_BYTES, position) } };
    }
  }
  if (tail !== null) files.fs.closeSync(tail.fd);
  return runs === null ? null : { ...runs, tail: null };
}
