/**
 * Reading objects out of packs (gitformat-pack(5)): the index searched in place, one entry read from the file.
 *
 * isomorphic-git reads packs too, but unpacks a whole index into a Map and holds whole packs in memory: on a ledger of
 * 1,500 versions it is several times slower than this at the first read, and its memory grows with the ledger.
 */

import { inflateSync } from 'node:zlib';
import type { Oid } from '../ports/objects.js';
import type { Files } from './file-system.js';
import type { GitObject, ObjectType } from './object-codec.js';

const INDEX_MAGIC = 0xff744f63;
const FANOUT_AT = 8;
const OIDS_AT = FANOUT_AT + 256 * 4;
const OFS_DELTA = 6;
const REF_DELTA = 7;
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };

/** What is read at once: most objects of a ledger are far smaller. */
const CHUNK = 4096;

/** git's own limit of delta chains is 4,095 (pack-objects.h); a loop of deltas would not end. */
const MAX_DELTAS = 4095;

/** Packs up to this size are kept in memory once something was read from them, as many as fit in the second number. */
const SMALL_PACK = 4 * 1024 * 1024;
const SMALL_PACKS = 48 * 1024 * 1024;

interface Pack {
  readonly path: string;
  readonly index: Buffer;
  readonly count: number;
  /** The whole pack, while it is kept. */
  content: Promise<Buffer | null> | null;
}

interface Entry {
  readonly type: number;
  readonly data: Buffer;
  /** For a delta: where its base is. */
  readonly base: number | Oid | null;
}

function parseIndex(path: string, bytes: Uint8Array): Pack | null {
  const index = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (index.length < OIDS_AT + 40 || index.readUInt32BE(0) !== INDEX_MAGIC || index.readUInt32BE(4) !== 2) return null;
  const count = index.readUInt32BE(OIDS_AT - 4);
  return index.length < OIDS_AT + count * 28 + 40 ? null : { path, index, count, content: null };
}

/** Where an object stands in a pack, or null where it is not in it. */
function offsetOf({ index, count }: Pack, oid: Oid): number | null {
  const wanted = Buffer.from(oid, 'hex');
  const first = wanted[0] ?? 0;
  let low = first === 0 ? 0 : index.readUInt32BE(FANOUT_AT + (first - 1) * 4);
  let high = index.readUInt32BE(FANOUT_AT + first * 4);
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = wanted.compare(index, OIDS_AT + middle * 20, OIDS_AT + middle * 20 + 20);
    if (order === 0) {
      const small = index.readUInt32BE(OIDS_AT + count * 24 + middle * 4);
      // The top bit says that this is a row of the table of 8-byte offsets.
      return small < 0x80000000
        ? small
        : Number(index.readBigUInt64BE(OIDS_AT + count * 28 + (small - 0x80000000) * 8));
    }
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return null;
}

/** A number of 7 bits a byte, least significant first, and where it ends. */
function readSize(bytes: Buffer, at: number): [value: number, end: number] {
  let value = 0;
  let scale = 1;
  for (let i = at; ; i++) {
    const byte = bytes[i];
    if (byte === undefined) throw new Error('a delta is cut short');
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return [value, i + 1];
  }
}

/** The bytes that `mask` says are there, least significant first. */
function readMasked(delta: Buffer, at: number, mask: number, count: number): [value: number, end: number] {
  let value = 0;
  let end = at;
  for (let i = 0; i < count; i++) if ((mask >> i) & 1) value += (delta[end++] ?? 0) * 2 ** (8 * i);
  if (end > delta.length) throw new Error('a delta is cut short');
  return [value, end];
}

/** The object that a delta makes of its base. */
export function applyDelta(base: Uint8Array, delta: Buffer): Buffer {
  const [baseSize, afterBase] = readSize(delta, 0);
  const [size, start] = readSize(delta, afterBase);
  if (baseSize !== base.length) throw new Error('a delta does not fit its base');
  const parts: Uint8Array[] = [];
  let made = 0;
  const add = (part: Uint8Array): void => {
    made += part.length;
    // Before the parts are joined: a short delta can say so much that no memory would hold it.
    if (made > size) throw new Error('a delta makes an object of another size than it says');
    parts.push(part);
  };
  for (let at = start; at < delta.length; ) {
    const op = delta[at++] ?? 0;
    if (op === 0) throw new Error('a delta has an unknown instruction');
    if (op < 0x80) {
      if (at + op > delta.length) throw new Error('a delta is cut short');
      add(delta.subarray(at, at + op));
      at += op;
      continue;
    }
    const [offset, afterOffset] = readMasked(delta, at, op & 0xf, 4);
    const [length, next] = readMasked(delta, afterOffset, (op >> 4) & 7, 3);
    const end = offset + (length === 0 ? 0x10000 : length);
    // As git does (patch-delta.c): what is copied must be there, whatever size comes out in the end.
    if (end > base.length) throw new Error('a delta copies from beyond its base');
    add(base.subarray(offset, end));
    at = next;
  }
  const object = Buffer.concat(parts);
  if (object.length !== size) throw new Error('a delta makes an object of another size than it says');
  return object;
}

/** The type, size and base of an entry, and where its deflated data begins. */
export function parseHeader(
  bytes: Buffer,
  offset: number,
): { type: number; size: number; base: number | Oid | null; dataAt: number } {
  let at = 0;
  let byte = bytes[at++] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 0xf;
  for (let scale = 16; byte >= 0x80; scale *= 128) {
    byte = bytes[at++] ?? 0;
    size += (byte & 0x7f) * scale;
  }
  if (type === REF_DELTA) return { type, size, base: bytes.toString('hex', at, at + 20), dataAt: at + 20 };
  if (type !== OFS_DELTA) return { type, size, base: null, dataAt: at };
  byte = bytes[at++] ?? 0;
  let back = byte & 0x7f;
  while (byte >= 0x80) {
    byte = bytes[at++] ?? 0;
    back = (back + 1) * 128 + (byte & 0x7f);
  }
  return { type, size, base: offset - back, dataAt: at };
}

export class PackReader {
  private readonly files: Files;
  private readonly folder: string;
  private readonly packs = new Map<string, Pack>();
  /** Least recently used first. */
  private readonly kept = new Set<Pack>();

  constructor(files: Files, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  /** An object, unchecked, or null where no pack has it intact. */
  async read(oid: Oid): Promise<GitObject | null> {
    const known = await this.find(oid);
    if (known !== null) return known;
    // git gc and our own merging replace packs at any moment: look again before an object is missing.
    await this.rescan();
    return this.find(oid);
  }

  private async find(oid: Oid): Promise<GitObject | null> {
    for (const [name, pack] of [...this.packs].reverse()) {
      try {
        const offset = offsetOf(pack, oid);
        if (offset === null) continue;
        return await this.object(pack, offset);
      } catch {
        // Damaged or deleted meanwhile: another pack may have the object.
        this.packs.delete(name);
      }
    }
    return null;
  }

  /** Brings the list of packs in line with the folder. */
  private async rescan(): Promise<void> {
    const names = new Set(await this.files.list(this.folder));
    for (const name of this.packs.keys()) if (!names.has(name)) this.packs.delete(name);
    for (const name of names) {
      if (!name.endsWith('.idx') || this.packs.has(name)) continue;
      const bytes = await this.files.read(`${this.folder}/${name}`);
      const pack = bytes === null ? null : parseIndex(`${this.folder}/${name.slice(0, -'.idx'.length)}.pack`, bytes);
      if (pack !== null) this.packs.set(name, pack);
    }
  }

  private async object(pack: Pack, offset: number): Promise<GitObject> {
    const deltas: Buffer[] = [];
    let entry = await this.entry(pack, offset);
    while (entry.base !== null) {
      if (deltas.push(entry.data) > MAX_DELTAS) throw new Error('a chain of deltas without end');
      if (typeof entry.base === 'string') {
        const inner = offsetOf(pack, entry.base);
        if (inner === null) throw new Error('the base of a delta is not in its pack');
        entry = await this.entry(pack, inner);
      } else entry = await this.entry(pack, entry.base);
    }
    const type = TYPES[entry.type];
    if (type === undefined) throw new Error(`an entry has the type ${entry.type}`);
    let data: Buffer = entry.data;
    for (const delta of deltas.reverse()) data = applyDelta(data, delta);
    return { type, data };
  }

  private async entry(pack: Pack, offset: number): Promise<Entry> {
    let bytes = await this.bytesAt(pack, offset, CHUNK);
    const { type, size, base, dataAt } = parseHeader(bytes, offset);
    // What zlib's deflateBound allows for `size` bytes; the entry cannot be longer.
    const bound = dataAt + size + Math.ceil(size / 1000) + 64;
    if (bound > bytes.length && bytes.length === CHUNK) bytes = await this.bytesAt(pack, offset, bound);
    const data = inflateSync(bytes.subarray(dataAt), { maxOutputLength: Math.max(size, 1) });
    if (data.length !== size) throw new Error('an entry has another size than it says');
    return { type, data, base };
  }

  private async bytesAt(pack: Pack, offset: number, length: number): Promise<Buffer> {
    const whole = await this.smallPack(pack);
    if (whole !== null) return whole.subarray(offset, offset + length);
    // What an entry says of its size is not to be believed before it was read.
    const size = Number((await this.files.stat(pack.path))?.size ?? 0);
    const wanted = Math.max(0, Math.min(length, size - offset));
    const file = await this.files.open(pack.path, 'r');
    try {
      const buffer = Buffer.alloc(wanted);
      let filled = 0;
      while (filled < wanted) {
        const { bytesRead } = await file.read(buffer, filled, wanted - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await file.close();
    }
  }

  /** The whole of a small pack, read once; null for a larger one. */
  private smallPack(pack: Pack): Promise<Buffer | null> {
    if (pack.content !== null) {
      this.kept.delete(pack);
    } else {
      pack.content = this.files.stat(pack.path).then(async (stat) => {
        if (stat === null || Number(stat.size) > SMALL_PACK) return null;
        const bytes = await this.files.read(pack.path);
        if (bytes === null) throw new Error('the pack is gone');
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      });
    }
    this.kept.add(pack);
    // Each kept pack counts as a whole small one: a bound that needs no bookkeeping of sizes.
    for (const oldest of this.kept) {
      if (this.kept.size * SMALL_PACK <= SMALL_PACKS) break;
      oldest.content = null;
      this.kept.delete(oldest);
    }
    return pack.content;
  }
}
