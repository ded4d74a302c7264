/** A pack's index (gitformat-pack(5)), versions 1 and 2, read whole and held to its own rules. */

import { hash } from 'node:crypto';
import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import {
  crcsAt,
  FAN_OUT_AT,
  FAN_OUT_BYTES,
  INDEX_MAGIC,
  largeOffsetsAt,
  OIDS_AT,
  offsetsAt,
  trailerBytes,
} from '../pack-index-layout.js';

export interface PackIndex {
  readonly format: ObjectFormat;
  readonly count: number;
  /** As bytes, ascending. */
  readonly oids: Buffer;
  readonly offsets: Float64Array;
  /** Null in version 1, which has none. */
  readonly crcs: Uint32Array | null;
  /** The pack's own checksum, as the index has it. */
  readonly packHash: Buffer;
  /** Rows in the order of their offsets. */
  readonly byOffset: Uint32Array;
}

export function oidAt({ oids, format: { bytes } }: PackIndex, row: number): Oid {
  return oids.toString('hex', row * bytes, (row + 1) * bytes);
}

/** Where an object is in the pack, or null. */
export function offsetIn(index: PackIndex, oid: Oid): number | null {
  const wanted = Buffer.from(oid, 'hex');
  const { bytes } = index.format;
  let [low, high] = [0, index.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = wanted.compare(index.oids, middle * bytes, (middle + 1) * bytes);
    if (order === 0) return index.offsets[middle] ?? null;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return null;
}

function rowsByOffset(offsets: Float64Array): Uint32Array {
  return new Uint32Array(offsets.length).map((_, i) => i).sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0));
}

type Rows = Pick<PackIndex, 'oids' | 'offsets' | 'crcs'>;

/** The rows of version 1: offset and id side by side. */
function rowsOfVersion1(bytes: Buffer, count: number, format: ObjectFormat): Rows {
  const rowBytes = 4 + format.bytes;
  if (bytes.length !== FAN_OUT_BYTES + count * rowBytes + trailerBytes(format))
    throw new Error('its size does not fit its number of objects');
  const oids = Buffer.alloc(count * format.bytes);
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const row = FAN_OUT_BYTES + i * rowBytes;
    offsets[i] = bytes.readUInt32BE(row);
    bytes.copy(oids, i * format.bytes, row + 4, row + rowBytes);
  }
  return { oids, offsets, crcs: null };
}

function rowsOfVersion2(bytes: Buffer, count: number, format: ObjectFormat): Rows {
  const largeAt = largeOffsetsAt(count, format);
  const large = (bytes.length - largeAt - trailerBytes(format)) / 8;
  if (!Number.isInteger(large) || large < 0 || large > count)
    throw new Error('its size does not fit its number of objects');
  const crcs = new Uint32Array(count);
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    crcs[i] = bytes.readUInt32BE(crcsAt(count, format) + i * 4);
    const small = bytes.readUInt32BE(offsetsAt(count, format) + i * 4);
    // The top bit says that this is a row of the table of 8-byte offsets.
    const row = small - 0x80000000;
    if (row >= large) throw new Error('an offset is outside its table');
    offsets[i] = row < 0 ? small : Number(bytes.readBigUInt64BE(largeAt + row * 8));
  }
  return { oids: bytes.subarray(OIDS_AT, crcsAt(count, format)), offsets, crcs };
}

/** Ids ascending, and the fan-out table counting them: what git's search relies on. */
function checkOrder(fanOut: Buffer, oids: Buffer, count: number, { bytes }: ObjectFormat): void {
  for (let i = 1; i < count; i++) {
    const at = i * bytes;
    if (oids.compare(oids, at - bytes, at, at, at + bytes) <= 0) throw new Error('its ids are not in ascending order');
  }
  let row = 0;
  for (let first = 0; first < 256; first++) {
    while (row < count && (oids[row * bytes] ?? 0) <= first) row += 1;
    if (fanOut.readUInt32BE(first * 4) !== row) throw new Error('its fan-out table does not fit its ids');
  }
}

/** An index, or an Error that says what is wrong with it. Its checksum is compared as well. */
export function readPackIndex(content: Uint8Array, format: ObjectFormat): PackIndex {
  const trailer = trailerBytes(format);
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length < FAN_OUT_BYTES + trailer) throw new Error(`it is ${bytes.length} bytes long`);
  const isVersion1 = bytes.readUInt32BE(0) !== INDEX_MAGIC;
  if (!isVersion1 && bytes.readUInt32BE(4) !== 2) throw new Error(`its version is ${bytes.readUInt32BE(4)}, not 2`);
  if (!isVersion1 && bytes.length < OIDS_AT + trailer) throw new Error(`it is ${bytes.length} bytes long`);
  const expected = bytes.toString('hex', bytes.length - format.bytes);
  const actual = hash(format.name, bytes.subarray(0, -format.bytes));
  if (actual !== expected) throw new Error(`its checksum is ${expected}, its content hashes to ${actual}`);
  const fanOutAt = isVersion1 ? 0 : FAN_OUT_AT;
  const fanOut = bytes.subarray(fanOutAt, fanOutAt + FAN_OUT_BYTES);
  const count = fanOut.readUInt32BE(255 * 4);
  const rows = isVersion1 ? rowsOfVersion1(bytes, count, format) : rowsOfVersion2(bytes, count, format);
  checkOrder(fanOut, rows.oids, count, format);
  return {
    ...rows,
    format,
    count,
    packHash: bytes.subarray(-trailer, -format.bytes),
    byOffset: rowsByOffset(rows.offsets),
  };
}
