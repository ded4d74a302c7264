/** Records while an operation is decided: its changes stand on top of those of the index. */

import { HEAD } from './record-keys.js';
import type { HeadRecord } from './record-types.js';
import { Records } from './records.js';
import { SortedMap } from './sorted-map.js';
import { mergedRange, type RecordChange } from './sorted-records.js';

/** Records with changes on top; what is below does not change. */
export class ChangedRecords extends Records {
  private readonly below: Records;
  private readonly changed: SortedMap<unknown>;

  constructor(records: Records) {
    const changed = new SortedMap<unknown>();
    const layers = [changed, records.source];
    super({
      get: (key) => {
        const value = changed.get(key);
        return value === undefined ? records.source.get(key) : value;
      },
      *range(from, to, reverse) {
        for (const record of mergedRange(layers, from, to, reverse)) if (record[1] !== null) yield record;
      },
    });
    this.below = records;
    this.changed = changed;
  }

  set(key: string, value: unknown): void {
    this.changed.set(key, value);
  }

  setHead(head: HeadRecord): void {
    this.changed.set(HEAD, head);
  }

  remove(key: string): void {
    // What was not there before is not there again.
    if (this.below.source.get(key) === undefined) this.changed.delete(key);
    else this.changed.set(key, null);
  }

  /** Takes over the changes made on top of these records. */
  absorb(later: ChangedRecords): void {
    if (later.below !== this) throw new TypeError('changes of other records');
    for (const [key, value] of later.changed.range('', null)) this.changed.set(key, value);
  }

  /** The changes as they are kept. */
  changes(): RecordChange[] {
    return [...this.changed.range('', null)].map(([key, value]) => [
      key,
      value === null ? null : JSON.stringify(value),
    ]);
  }
}
