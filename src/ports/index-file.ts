/** The index at rest: a cache of what the journal adds up to. Whatever is wrong with it, it is absent, never believed. */

import type { Oid } from './objects.js';

/** A change of one keyed record; null removes it. Keys and values hold no line feed and no tab. */
export type RecordChange = readonly [key: string, value: string | null];

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

/** Keyed records in the bytewise order of their keys, as they were when they were opened: never changed by a later write. */
export interface SortedRecords {
  get(key: string): string | undefined;
  /** Records from `from` (inclusive) to `to` (exclusive), ascending; or descending with `reverse`. */
  range(from: string, to: string, reverse?: boolean): Iterable<readonly [key: string, value: string]>;
}

/** An index as it was read. */
export interface StoredIndex extends SortedRecords {
  readonly position: IndexPosition;
  close(): void;
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
