/** The index at rest: a cache of what the journal adds up to. Whatever is wrong with it, it is absent, never believed. */

import type { RecordChange, SortedRecords } from '../model/sorted-records.js';
import type { Oid } from './objects.js';

export type { RecordChange, SortedRecords } from '../model/sorted-records.js';

/** Where in the journal an index stands. */
export interface IndexPosition {
  /** The journal's first entry: which ledger it is of. */
  readonly root: Oid;
  readonly seq: number;
  /** The last entry that is in it. */
  readonly tip: Oid;
  /** SHA-256 of that entry's content, in hex. */
  readonly tipSha256: string;
}

/**
 * An index as it was when it was opened: a later write does not change it.
 *
 * Its position was true when it was written. Whoever uses it checks that the entry is on the journal's chain: after a
 * power cut an index can be ahead.
 * @throws `DamagedIndex` from `get`, and while a range is read
 */
export interface StoredIndex extends SortedRecords {
  readonly position: IndexPosition;
  /** True where opening again gives one that needs fewer entries replayed on it: two calls of `lstat`. */
  outdated(): boolean;
  close(): void;
}

/** A part of the index that is read now is not what was written. The journal says the same. */
export class DamagedIndex extends Error {
  override readonly name = 'DamagedIndex';
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, cause === undefined ? undefined : { cause });
    this.path = path;
  }
}

/** What one journal entry changed in the index. */
export interface IndexEntry {
  readonly position: IndexPosition;
  /** The entry that it follows. */
  readonly after: Oid;
  readonly changes: readonly RecordChange[];
}

/** The place where an index is kept. */
export interface IndexFiles {
  /** The longest whole part of what is there; null where there is none that can be used. Writes nothing. */
  open(): StoredIndex | null;
}

/**
 * Writes the index; called by the ledger's one writer while it holds the writer lock, with the journal at the tip of
 * what it gives. What is written is not needed by anybody: an `IO` error here takes back nothing.
 */
export interface IndexWriter {
  /**
   * Adds entries, oldest first, the last of them the journal's tip. Those that are in the index already are skipped; what
   * the index holds beyond them is removed.
   * @returns `absent` where nothing was written, because there is no index that they continue: `rebuild` makes one
   * @throws `IO`, `INVALID_ARGUMENT` for keys, values and ids that cannot be written
   */
  append(entries: readonly IndexEntry[]): 'written' | 'absent';
  /**
   * Replaces the index by all records there are at `position`, in the order of their keys.
   * @returns `refused` where the folder is not ours alone, so that nobody would use what is in it
   * @throws `IO`, `INVALID_ARGUMENT` as above, or for keys out of order
   */
  rebuild(position: IndexPosition, records: Iterable<readonly [key: string, value: string]>): 'written' | 'refused';
  close(): void;
}
