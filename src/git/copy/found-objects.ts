/**
 * What a scan keeps of the objects that it found.
 *
 * Of every object: its id, type, place and two counters (80 bytes). Of every blob: its SHA-256. Whole: commits and tags of
 * up to 64 KiB, and blobs of up to 1 KiB (notes) as long as all of these fit in 32 MiB. The rest is read again from where
 * it stands, through two bounded caches.
 */

import { hash } from 'node:crypto';
import type { ObjectFormat } from '../../model/object-id.js';
import { Slabs } from './memory.js';
import { BLOB, COMMIT, ObjectTable, TAG, type TypeNumber } from './object-table.js';
import type { Unpacked } from './pack.js';
import { type OnReference, readReferences } from './references.js';

const KEPT_TEXT_BYTES = 64 * 1024;
const KEPT_BLOB_BYTES = 1024;
const KEPT_BLOBS_BYTES = 32 * 1024 * 1024;
const SHA256_BYTES = 32;

/** The number of a loose file's "pack". */
export const LOOSE = -1;

export class FoundObjects {
  readonly table: ObjectTable;
  /** Distinct objects, and their inflated bytes. */
  count = 0;
  bytes = 0;
  /** What is wrong with an object that is otherwise intact. */
  readonly faults = new Map<number, readonly string[]>();
  /** Blobs that git reads as attributes, and so has rules for. */
  readonly attributes = new Set<number>();
  /** Commits where history was cut off: their parents are not expected. */
  readonly cut = new Set<number>();
  private readonly slabs = new Slabs();
  private keptBlobs = 0;

  constructor(format: ObjectFormat) {
    this.table = new ObjectTable(format);
  }

  /** Takes an intact object in. Returns false where another content has the same id already. */
  add({ type, data }: Unpacked, id: Buffer, source: number, offset: number): boolean {
    const { table } = this;
    const number = table.add(new DataView(id.buffer, id.byteOffset, id.byteLength), 0);
    const digest = type === BLOB ? hash('sha256', data, 'buffer') : null;
    if (table.has(number)) return this.isSame(number, data, digest);
    table.types[number] = type;
    table.sources[number] = source;
    table.offsets[number] = offset;
    table.lengths[number] = data.length;
    this.count += 1;
    this.bytes += data.length;
    this.keep(number, type, data, digest);
    const { faults, attributes } = this.references(number, { type, data }, (target, as) => {
      // Adding to the table may have replaced its arrays.
      table.references[target] = (table.references[target] ?? 0) + 1;
      table.wantedAs[target] = (table.wantedAs[target] ?? 0) | (1 << as);
    });
    if (faults.length > 0) this.faults.set(number, faults);
    for (const blob of attributes) this.attributes.add(blob);
    return true;
  }

  /** Everything that an object names, as its scan counted it. */
  references(number: number, { type, data }: Unpacked, visit: OnReference): ReturnType<typeof readReferences> {
    return readReferences(this.table, type, data, !this.cut.has(number), visit);
  }

  private keep(number: number, type: TypeNumber, data: Buffer, digest: Buffer | null): void {
    const { table, slabs } = this;
    if (digest === null) {
      if ((type !== COMMIT && type !== TAG) || data.length > KEPT_TEXT_BYTES) return;
      table.kept[number] = slabs.add(data) + 1;
      table.whole[number] = 1;
      return;
    }
    const whole = data.length <= KEPT_BLOB_BYTES && this.keptBlobs + data.length <= KEPT_BLOBS_BYTES;
    table.kept[number] = slabs.add(whole ? Buffer.concat([digest, data]) : digest) + 1;
    if (!whole) return;
    table.whole[number] = 1;
    this.keptBlobs += data.length;
  }

  private isSame(number: number, data: Buffer, digest: Buffer | null): boolean {
    if (digest !== null) return this.sha256(number)?.equals(digest) ?? false;
    return this.content(number)?.equals(data) ?? true;
  }

  /** The SHA-256 of a blob. */
  sha256(number: number): Buffer | null {
    const place = this.table.kept[number] ?? 0;
    return place === 0 || this.table.type(number) !== BLOB ? null : this.slabs.get(place - 1, SHA256_BYTES);
  }

  /** The content of an object where it is kept. */
  content(number: number): Buffer | null {
    const { table } = this;
    if (table.whole[number] !== 1) return null;
    const skipped = table.type(number) === BLOB ? SHA256_BYTES : 0;
    return this.slabs.get((table.kept[number] ?? 0) - 1 + skipped, table.lengths[number] ?? 0);
  }
}
