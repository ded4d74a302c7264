/** A pack and its index as bytes (gitformat-pack(5), version 2). */

import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import type { GitObject } from './object-codec.js';
import { distanceBytes, ENTRY_NUMBERS, entryHeader, OFS_DELTA, parseEntryHeader } from './pack-entry.js';
import { crcsAt, FAN_OUT_AT, INDEX_MAGIC, indexEnd, OIDS_AT, offsetsAt, trailerBytes } from './pack-index-layout.js';

export const HEADER_BYTES = 12;

/** Offsets from here on need the index's 8-byte table, which a pack of one transaction never reaches. */
export const MAX_PACK_BYTES = 0x7fffffff;

/** One object as it stands in a pack: its header and its deflated content. */
export interface WholeEntry {
  readonly oid: Oid;
  readonly bytes: Uint8Array;
  /** CRC-32 of the bytes, as the index has it. */
  readonly crc: number;
}

/** One object as a delta of another that comes before it in the same pack. */
export interface DeltaEntry {
  readonly oid: Oid;
  readonly base: Oid;
  /** Of the delta, in bytes. */
  readonly size: number;
  readonly deflated: Uint8Array;
}

export type StoredEntry = WholeEntry | DeltaEntry;

/** Where an object stands in a pack. */
interface PlacedEntry extends Pick<WholeEntry, 'oid' | 'crc'> {
  readonly offset: number;
}

export interface PackBytes {
  /** `pack-` and the hash that names it. */
  readonly name: string;
  /** In pieces: a merged pack is not in memory twice. */
  readonly pack: readonly Uint8Array[];
  readonly index: Uint8Array;
}

/** A fan-out tree is oids, which do not get smaller: the least effort gives the same size in a third of the time. */
const LARGE_TREE = 1024;

/** Most objects are a few hundred bytes: a compressor of their size takes a tenth of the time of one for large files. */
const SMALL_OBJECT = 4096;

/** Deflated data in a buffer of its own size: zlib's own guess of 16 KiB would stay with each until its pack is written. */
export function deflated(data: Uint8Array, level?: number): Buffer {
  if (data.length > SMALL_OBJECT) return deflateSync(data, { level });
  return deflateSync(data, { level, windowBits: 12, memLevel: 5, chunkSize: data.length + 64 });
}

export function packEntry(oid: Oid, object: GitObject): WholeEntry {
  const { type, data } = object;
  const level = type === 'tree' && data.length > LARGE_TREE ? 1 : undefined;
  const bytes = Buffer.concat([entryHeader(ENTRY_NUMBERS[type], data.length), deflated(data, level)]);
  return { oid, bytes, crc: crc32(bytes) };
}

function hashOf(parts: readonly Uint8Array[], { name }: ObjectFormat): Buffer {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The index of a pack: its entries with the offsets at which they stand, and the hash at its end. */
export function indexOf(entries: readonly PlacedEntry[], packHash: Buffer, format: ObjectFormat): Buffer {
  const sorted = [...entries].sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const head = Buffer.alloc(OIDS_AT);
  head.writeUInt32BE(INDEX_MAGIC, 0);
  head.writeUInt32BE(2, 4);
  const oids = Buffer.from(sorted.map((e) => e.oid).join(''), 'hex');
  for (let first = 0, count = 0; first < 256; first++) {
    while (count < sorted.length && (oids[count * format.bytes] ?? 0) <= first) count += 1;
    head.writeUInt32BE(count, FAN_OUT_AT + first * 4);
  }
  const numbers = (values: readonly number[]) => {
    const table = Buffer.alloc(values.length * 4);
    for (const [i, value] of values.entries()) table.writeUInt32BE(value, i * 4);
    return table;
  };
  const parts = [head, oids, numbers(sorted.map((e) => e.crc)), numbers(sorted.map((e) => e.offset)), packHash];
  return Buffer.concat([...parts, hashOf(parts, format)]);
}

/** The bytes of a delta that is to stand at `offset`. */
function placedDelta(
  { oid, base, size, deflated }: DeltaEntry,
  offset: number,
  places: ReadonlyMap<Oid, number>,
): WholeEntry {
  const at = places.get(base);
  if (at === undefined) throw new Error(`${oid} is a delta of ${base}, which does not come before it`);
  const bytes = Buffer.concat([entryHeader(OFS_DELTA, size), distanceBytes(offset - at), deflated]);
  return { oid, bytes, crc: crc32(bytes) };
}

/** The pack of `entries`, each object once, the base of a delta before it. */
export function buildPack(entries: readonly StoredEntry[], format: ObjectFormat): PackBytes {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PACK', 0, 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(entries.length, 8);
  let offset = HEADER_BYTES;
  const places = new Map<Oid, number>();
  const body: Uint8Array[] = [header];
  const placed = entries.map((entry) => {
    const at = offset;
    const { oid, crc, bytes } = 'base' in entry ? placedDelta(entry, at, places) : entry;
    offset += bytes.length;
    places.set(oid, at);
    body.push(bytes);
    return { oid, crc, offset: at };
  });
  if (offset > MAX_PACK_BYTES)
    throw new RangeError(`a transaction of ${offset} bytes: split it into several of less than 2 GiB`);
  const hash = hashOf(body, format);
  const index = indexOf(placed, hash, format);
  return { name: `pack-${hash.toString('hex')}`, pack: [...body, hash], index };
}

/** The id in a row of an index. */
function oidAt(index: Buffer, row: number, { bytes }: ObjectFormat): Oid {
  const at = OIDS_AT + row * bytes;
  return index.toString('hex', at, at + bytes);
}

function countOf(index: Buffer): number {
  return index.readUInt32BE(OIDS_AT - 4);
}

function endsInItsHash(bytes: Buffer, format: ObjectFormat): boolean {
  return hashOf([bytes.subarray(0, -format.bytes)], format).equals(bytes.subarray(-format.bytes));
}

/** The objects of an index of version 2, as `openPack` has looked at it. */
export function indexedOids(index: Uint8Array, format: ObjectFormat): Oid[] {
  const x = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  return Array.from({ length: countOf(x) }, (_, i) => oidAt(x, i, format));
}

/** The entries of a pack and its index, in their order; null where one names its base by its oid or the files do not fit together. */
export function readEntries(pack: Uint8Array, index: Uint8Array, format: ObjectFormat): StoredEntry[] | null {
  const p = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength);
  const x = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  if (p.length < HEADER_BYTES + format.bytes || x.length < indexEnd(0, format)) return null;
  const count = countOf(x);
  if (x.readUInt32BE(0) !== INDEX_MAGIC || p.readUInt32BE(8) !== count) return null;
  if (x.length !== indexEnd(count, format)) return null;
  const statedHash = x.subarray(-trailerBytes(format), -format.bytes);
  if (!p.subarray(-format.bytes).equals(statedHash)) return null;
  if (!endsInItsHash(p, format) || !endsInItsHash(x, format)) return null;
  const rows = Array.from({ length: count }, (_, i) => ({
    oid: oidAt(x, i, format),
    crc: x.readUInt32BE(crcsAt(count, format) + i * 4),
    offset: x.readUInt32BE(offsetsAt(count, format) + i * 4),
  })).sort((a, b) => a.offset - b.offset);
  const oids = new Map<number, Oid>();
  const entries: StoredEntry[] = [];
  for (const [i, { oid, crc, offset }] of rows.entries()) {
    const bytes = p.subarray(offset, rows[i + 1]?.offset ?? p.length - format.bytes);
    const { type, size, base, dataAt } = parseEntryHeader(bytes, offset, format);
    oids.set(offset, oid);
    if (type >= 1 && type <= 4) {
      entries.push({ oid, crc, bytes });
      continue;
    }
    const before = typeof base === 'number' ? oids.get(base) : undefined;
    if (type !== OFS_DELTA || before === undefined) return null;
    entries.push({ oid, base: before, size, deflated: bytes.subarray(dataAt) });
  }
  return entries;
}
