/** A pack's index (gitformat-pack(5)), versions 1 and 2, read whole and held to its own rules. */

import { hash } from 'node:crypto';
import { SHA1 } from '../../model/object-id.js';
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

/** A row of version 1: an offset and an id. */
const ROW_BYTES = 4 + SHA1.bytes;

export interface PackIndex {
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

export function oidAt(index: PackIndex, row: number): Oid {
  return index.oids.toString('hex', row * SHA1.bytes, (row + 1) * SHA1.bytes);
}

/** Where an object is in the pack, or null. */
export function offsetIn(index: PackIndex, oid: Oid): number | null {
  const wanted = Buffer.from(oid, 'hex');
  let [low, high] = [0, index.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = wanted.compare(index.oids, middle * SHA1.bytes, (middle + 1) * SHA1.bytes);
    if (order === 0) return index.offsets[middle] ?? null;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return null;
}

function rowsByOffset(offsets: Float64Array): Uint32Array {
  return new Uint32Array(offsets.length).map((_, i) => i).sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0));
}

/** The rows of version 1: offset and id side by side. */
function rowsOfVersion1(bytes: Buffer, count: number): Pick<PackIndex, 'oids' | 'offsets' | 'crcs'> {
  if (bytes.length !== FAN_OUT_BYTES + count * ROW_BYTES + trailerBytes(SHA1))
    throw new Error('its size does not fit its number of objects');
  const oids = Buffer.alloc(count * SHA1.bytes);
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const row = FAN_OUT_BYTES + i * ROW_BYTES;
    offsets[i] = bytes.readUInt32BE(row);
    bytes.copy(oids, i * SHA1.bytes, row + 4, row + ROW_BYTES);
  }
  return { oids, offsets, crcs: null };
}

function rowsOfVersion2(bytes: Buffer, count: number): Pick<PackIndex, 'oids' | 'offsets' | 'crcs'> {
  const largeAt = largeOffsetsAt(count, SHA1);
  const large = (bytes.length - largeAt - trailerBytes(SHA1)) / 8;
  if (!Number.isInteger(large) || large < 0 || large > count)
    throw new Error('its size does not fit its number of objects');
  const crcs = new Uint32Array(count);
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    crcs[i] = bytes.readUInt32BE(crcsAt(count, SHA1) + i * 4);
    const small = bytes.readUInt32BE(offsetsAt(count, SHA1) + i * 4);
    // The top bit says that this is a row of the table of 8-byte offsets.
    const row = small - 0x80000000;
    if (row >= large) throw new Error('an offset is outside its table');
    offsets[i] = row < 0 ? small : Number(bytes.readBigUInt64BE(largeAt + row * 8));
  }
  return { oids: bytes.subarray(OIDS_AT, crcsAt(count, SHA1)), offsets, crcs };
}

/** Ids ascending, and the fan-out table counting them: what git's search relies on. */
function checkOrder(fanOut: Buffer, oids: Buffer, count: number): void {
  for (let i = 1; i < count; i++) {
    const at = i * SHA1.bytes;
    if (oids.compare(oids, at - SHA1.bytes, at, at, at + SHA1.bytes) <= 0)
      throw new Error('its ids are not in ascending order');
  }
  let row = 0;
  for (let first = 0; first < 256; first++) {
    while (row < count && (oids[row * SHA1.bytes] ?? 0) <= first) row += 1;
    if (fanOut.readUInt32BE(first * 4) !== row) throw new Error('its fan-out table does not fit its ids');
  }
}

/** An index, or an Error that says what is wrong with it. Its checksum is compared as well. */
export function readPackIndex(content: Uint8Array): PackIndex {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length < FAN_OUT_BYTES + trailerBytes(SHA1)) throw new Error(`it is ${bytes.length} bytes long`);
  const isVersion1 = bytes.readUInt32BE(0) !== INDEX_MAGIC;
  if (!isVersion1 && bytes.readUInt32BE(4) !== 2) throw new Error(`its version is ${bytes.readUInt32BE(4)}, not 2`);
  if (!isVersion1 && bytes.length < OIDS_AT + trailerBytes(SHA1)) throw new Error(`it is ${bytes.length} bytes long`);
  const expected = bytes.toString('hex', bytes.length - SHA1.bytes);
  const actual = hash(SHA1.name, bytes.subarray(0, -SHA1.bytes));
  if (actual !== expected) throw new Error(`its checksum is ${expected}, its content hashes to ${actual}`);
  const fanOutAt = isVersion1 ? 0 : FAN_OUT_AT;
  const fanOut = bytes.subarray(fanOutAt, fanOutAt + FAN_OUT_BYTES);
  const count = fanOut.readUInt32BE(255 * 4);
  const rows = isVersion1 ? rowsOfVersion1(bytes, count) : rowsOfVersion2(bytes, count);
  checkOrder(fanOut, rows.oids, count);
  return {
    ...rows,
    count,
    packHash: bytes.subarray(-trailerBytes(SHA1), -SHA1.bytes),
    byOffset: rowsByOffset(rows.offsets),
  };
}
