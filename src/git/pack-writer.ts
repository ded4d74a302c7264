/** A pack and its index as bytes (gitformat-pack(5), version 2): every object whole, none as a delta. */

import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { Oid } from '../ports/objects.js';
import type { GitObject, ObjectType } from './object-codec.js';

const TYPE_NUMBER: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
export const HEADER_BYTES = 12;

/** Offsets from here on need the index's 8-byte table, which a pack of one transaction never reaches. */
export const MAX_PACK_BYTES = 0x7fffffff;

/** One object as it stands in a pack: its header and its deflated content. */
export interface PackEntry {
  readonly oid: Oid;
  readonly bytes: Uint8Array;
  /** CRC-32 of the bytes, as the index has it. */
  readonly crc: number;
}

/** Where an object stands in a pack. */
interface PlacedEntry extends Pick<PackEntry, 'oid' | 'crc'> {
  readonly offset: number;
}

export interface PackBytes {
  /** `pack-` and the hash that names it. */
  readonly name: string;
  readonly pack: Uint8Array;
  readonly index: Uint8Array;
}

function entryHeader(type: ObjectType, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = (TYPE_NUMBER[type] << 4) | (size % 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

/** A fan-out tree is oids, which do not get smaller: the least effort gives the same size in a third of the time. */
const LARGE_TREE = 1024;

/** Most objects are a few hundred bytes: a compressor of their size takes a tenth of the time of one for large files. */
const SMALL_OBJECT = 4096;

function deflated({ type, data }: GitObject): Buffer {
  const level = type === 'tree' && data.length > LARGE_TREE ? 1 : undefined;
  if (data.length > SMALL_OBJECT) return deflateSync(data, { level });
  return deflateSync(data, { level, windowBits: 12, memLevel: 5, chunkSize: data.length + 64 });
}

export function packEntry(oid: Oid, object: GitObject): PackEntry {
  const bytes = Buffer.concat([entryHeader(object.type, object.data.length), deflated(object)]);
  return { oid, bytes, crc: crc32(bytes) };
}

function sha1(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The index of a pack: its entries with the offsets at which they stand, and the hash at its end. */
export function indexOf(entries: readonly PlacedEntry[], packHash: Buffer): Buffer {
  const sorted = [...entries].sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const head = Buffer.alloc(8 + 256 * 4);
  head.writeUInt32BE(0xff744f63, 0);
  head.writeUInt32BE(2, 4);
  const oids = Buffer.from(sorted.map((e) => e.oid).join(''), 'hex');
  for (let first = 0, count = 0; first < 256; first++) {
    while (count < sorted.length && (oids[count * 20] ?? 0) <= first) count += 1;
    head.writeUInt32BE(count, 8 + first * 4);
  }
  const numbers = (values: readonly number[]) => {
    const table = Buffer.alloc(values.length * 4);
    for (const [i, value] of values.entries()) table.writeUInt32BE(value, i * 4);
    return table;
  };
  const parts = [head, oids, numbers(sorted.map((e) => e.crc)), numbers(sorted.map((e) => e.offset)), packHash];
  return Buffer.concat([...parts, sha1(parts)]);
}

/** The pack of `entries`, each object once. */
export function buildPack(entries: readonly PackEntry[]): PackBytes {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PACK', 0, 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(entries.length, 8);
  let offset = HEADER_BYTES;
  const placed = entries.map((entry) => {
    const at = offset;
    offset += entry.bytes.length;
    return { oid: entry.oid, crc: entry.crc, offset: at };
  });
  if (offset > MAX_PACK_BYTES)
    throw new RangeError(`a transaction of ${offset} bytes: split it into several of less than 2 GiB`);
  const body = [header, ...entries.map((entry) => entry.bytes)];
  const hash = sha1(body);
  return { name: `pack-${hash.toString('hex')}`, pack: Buffer.concat([...body, hash]), index: indexOf(placed, hash) };
}

function endsInItsHash(bytes: Buffer): boolean {
  return sha1([bytes.subarray(0, -20)]).equals(bytes.subarray(-20));
}

/** The entries of a pack and its index, as they stand; null where any is a delta or the files do not fit together. */
export function readWholeEntries(pack: Uint8Array, index: Uint8Array): PackEntry[] | null {
  const p = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength);
  const x = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  if (p.length < HEADER_BYTES + 20 || x.length < 8 + 1024 + 40 || x.readUInt32BE(0) !== 0xff744f63) return null;
  const count = x.readUInt32BE(8 + 255 * 4);
  const oidsAt = 8 + 1024;
  if (p.readUInt32BE(8) !== count || x.length !== oidsAt + count * 28 + 40) return null;
  if (!p.subarray(-20).equals(x.subarray(-40, -20)) || !endsInItsHash(p) || !endsInItsHash(x)) return null;
  const rows = Array.from({ length: count }, (_, i) => ({
    oid: x.toString('hex', oidsAt + i * 20, oidsAt + i * 20 + 20),
    crc: x.readUInt32BE(oidsAt + count * 20 + i * 4),
    offset: x.readUInt32BE(oidsAt + count * 24 + i * 4),
  })).sort((a, b) => a.offset - b.offset);
  const entries: PackEntry[] = [];
  for (const [i, row] of rows.entries()) {
    const end = rows[i + 1]?.offset ?? p.length - 20;
    const type = ((p[row.offset] ?? 0) >> 4) & 7;
    if (type < 1 || type > 4) return null;
    entries.push({ oid: row.oid, crc: row.crc, bytes: p.subarray(row.offset, end) });
  }
  return entries;
}
