/** A pack's index (gitformat-pack(5)), versions 1 and 2, read whole and held to its own rules. */

import { hash } from 'node:crypto';
import type { Oid } from '../../ports/objects.js';

const MAGIC = 0xff744f63;
const FAN_OUT = 256 * 4;
const TRAILER = 40;

export interface PackIndex {
  readonly count: number;
  /** 20 bytes each, ascending. */
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
  return index.oids.toString('hex', row * 20, row * 20 + 20);
}

/** Where an object is in the pack, or null. */
export function offsetIn(index: PackIndex, oid: Oid): number | null {
  const wanted = Buffer.from(oid, 'hex');
  let [low, high] = [0, index.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = wanted.compare(index.oids, middle * 20, middle * 20 + 20);
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
  if (bytes.length !== FAN_OUT + count * 24 + TRAILER) throw new Error('its size does not fit its number of objects');
  const oids = Buffer.alloc(count * 20);
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    offsets[i] = bytes.readUInt32BE(FAN_OUT + i * 24);
    bytes.copy(oids, i * 20, FAN_OUT + i * 24 + 4, FAN_OUT + i * 24 + 24);
  }
  return { oids, offsets, crcs: null };
}

function rowsOfVersion2(bytes: Buffer, count: number): Pick<PackIndex, 'oids' | 'offsets' | 'crcs'> {
  const oidsAt = 8 + FAN_OUT;
  const largeAt = oidsAt + count * 28;
  const large = (bytes.length - largeAt - TRAILER) / 8;
  if (!Number.isInteger(large) || large < 0 || large > count)
    throw new Error('its size does not fit its number of objects');
  const crcs = new Uint32Array(count);
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    crcs[i] = bytes.readUInt32BE(oidsAt + count * 20 + i * 4);
    const small = bytes.readUInt32BE(oidsAt + count * 24 + i * 4);
    // The top bit says that this is a row of the table of 8-byte offsets.
    const row = small - 0x80000000;
    if (row >= large) throw new Error('an offset is outside its table');
    offsets[i] = row < 0 ? small : Number(bytes.readBigUInt64BE(largeAt + row * 8));
  }
  return { oids: bytes.subarray(oidsAt, oidsAt + count * 20), offsets, crcs };
}

/** Ids ascending, and the fan-out table counting them: what git's search relies on. */
function checkOrder(fanOut: Buffer, oids: Buffer, count: number): void {
  for (let i = 1; i < count; i++) {
    if (oids.compare(oids, (i - 1) * 20, i * 20, i * 20, i * 20 + 20) <= 0)
      throw new Error('its ids are not in ascending order');
  }
  let row = 0;
  for (let first = 0; first < 256; first++) {
    while (row < count && (oids[row * 20] ?? 0) <= first) row += 1;
    if (fanOut.readUInt32BE(first * 4) !== row) throw new Error('its fan-out table does not fit its ids');
  }
}

/** An index, or an Error that says what is wrong with it. Its checksum is compared as well. */
export function readPackIndex(content: Uint8Array): PackIndex {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length < FAN_OUT + TRAILER) throw new Error(`it is ${bytes.length} bytes long`);
  const isVersion1 = bytes.readUInt32BE(0) !== MAGIC;
  if (!isVersion1 && bytes.readUInt32BE(4) !== 2) throw new Error(`its version is ${bytes.readUInt32BE(4)}, not 2`);
  if (!isVersion1 && bytes.length < 8 + FAN_OUT + TRAILER) throw new Error(`it is ${bytes.length} bytes long`);
  const expected = bytes.toString('hex', bytes.length - 20);
  const actual = hash('sha1', bytes.subarray(0, -20));
  if (actual !== expected) throw new Error(`its checksum is ${expected}, its content hashes to ${actual}`);
  const fanOut = bytes.subarray(isVersion1 ? 0 : 8, (isVersion1 ? 0 : 8) + FAN_OUT);
  const count = fanOut.readUInt32BE(255 * 4);
  const rows = isVersion1 ? rowsOfVersion1(bytes, count) : rowsOfVersion2(bytes, count);
  checkOrder(fanOut, rows.oids, count);
  return { ...rows, count, packHash: bytes.subarray(-40, -20), byOffset: rowsByOffset(rows.offsets) };
}
