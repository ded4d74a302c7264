/** A stored index that goes on with what the journal says, up to the same entry, where a part of it turns out to be damaged. */

import type { SortedRecords } from '../model/sorted-records.js';
import { DamagedIndex, type IndexPosition, type StoredIndex } from '../ports/index-file.js';

export class MendedIndex implements StoredIndex {
  private readonly stored: StoredIndex;
  private readonly replay: () => SortedRecords;
  private replayed: SortedRecords | null = null;

  /** `replay` gives the records of the journal up to the position of `stored`. It is called once, and only where it is needed. */
  constructor(stored: StoredIndex, replay: () => SortedRecords) {
    this.stored = stored;
    this.replay = replay;
  }

  get position(): IndexPosition {
    return this.stored.position;
  }

  /** True where a part of it was found damaged. */
  get isDamaged(): boolean {
    return this.replayed !== null;
  }

  outdated(): boolean {
    return this.stored.outdated();
  }

  close(): void {
    this.stored.close();
  }

  get(key: string): string | undefined {
    if (this.replayed !== null) return this.replayed.get(key);
    try {
      return this.stored.get(key);
    } catch (error) {
      return this.mend(error).get(key);
    }
  }

  *range(from: string, to: string | null, reverse = false): Generator<readonly [key: string, value: string], void> {
    let last: string | null = null;
    try {
      for (const record of (this.replayed ?? this.stored).range(from, to, reverse)) {
        last = record[0];
        yield record;
      }
    } catch (error) {
      const [start, end] = last === null ? [from, to] : reverse ? [from, last] : [last, to];
      for (const record of this.mend(error).range(start, end, reverse)) if (record[0] !== last) yield record;
    }
  }

  private mend(error: unknown): SortedRecords {
    if (!(error instanceof DamagedIndex)) throw error;
    this.replayed ??= this.replay();
    return this.replayed;
  }
}
