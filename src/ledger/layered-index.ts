/** The index of a process: what is stored, and over it what the journal has said since. A record is read from the layer that has it last. */

import { Records } from '../model/records.js';
import { SortedMap } from '../model/sorted-map.js';
import { LayeredRecords } from '../model/sorted-records.js';
import type { IndexEntry } from '../ports/index-file.js';
import type { MendedIndex } from './mended-index.js';

/** The longest list of changes that is held for the index's file; beyond it the file is written anew. */
const MAX_UNSAVED = 4096;

/** So many records that were looked up are kept parsed, until the next entry. */
const MAX_PARSED = 4096;

/** What a record in memory takes beside its text, about: two strings and their places. */
const RECORD_BYTES = 64;

/** The index in memory: what is stored, and over it what came since. */
export class LayeredIndex {
  readonly stored: MendedIndex | null;
  readonly overlay = new SortedMap<string | null>();
  readonly records: Records;
  /** The changes that the stored index lacks; null: too many to list. */
  unsaved: IndexEntry[] | null = [];
  /** What the changes over the stored index take, about; of a record that changed again each change counts. */
  overlayBytes = 0;
  private readonly parsed = new Map<string, unknown>();

  constructor(stored: MendedIndex | null) {
    this.stored = stored;
    const texts = this.texts();
    this.records = new Records({
      get: (key) => this.parsed.get(key) ?? this.parse(key, texts.get(key)),
      *range(from, to, reverse) {
        for (const [key, text] of texts.range(from, to, reverse)) yield [key, JSON.parse(text)];
      },
    });
  }

  /** Every record as it is kept. */
  texts(): LayeredRecords {
    return new LayeredRecords(this.stored === null ? [this.overlay] : [this.overlay, this.stored]);
  }

  add(entry: IndexEntry): void {
    for (const [key, value] of entry.changes) {
      if (value === null && this.stored === null) this.overlay.delete(key);
      else this.overlay.set(key, value);
      this.overlayBytes += key.length + (value?.length ?? 0) + RECORD_BYTES;
    }
    this.parsed.clear();
    if (this.unsaved !== null && this.unsaved.push(entry) > MAX_UNSAVED) this.unsaved = null;
  }

  close(): void {
    this.stored?.close();
  }

  private parse(key: string, text: string | undefined): unknown {
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    if (this.parsed.size >= MAX_PARSED) this.parsed.clear();
    this.parsed.set(key, value);
    return value;
  }
}
