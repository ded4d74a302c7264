/**
 * Reading objects out of packs (gitformat-pack(5)): the index searched in place, one entry read from the file.
 *
 * isomorphic-git reads packs too, but unpacks a whole index into a Map and holds whole packs in memory: on a ledger of
 * 1,500 versions it is several times slower than this at the first read, and its memory grows with the ledger.
 */

import { inflateSync } from 'node:zlib';
import type { Oid } from '../ports/objects.js';
import type { GitObject, ObjectType } from './object-codec.js';
import { type OpenPack, openPack } from './open-pack.js';
import type { SyncFiles } from './sync-files.js';

const OFS_DELTA = 6;
const REF_DELTA = 7;
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };

/** What is read at once: most objects of a ledger are far smaller. */
const CHUNK = 4096;

/** git's own limit of delta chains is 4,095 (pack-objects.h); a loop of deltas would not end. */
const MAX_DELTAS = 4095;

/** So many packs at most hold a descriptor or their content. */
const OPEN_PACKS = 32;

interface Entry {
  readonly type: number;
  readonly data: Buffer;
  /** For a delta: where its base is. */
  readonly base: number | Oid | null;
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

/** git takes no shorter delta (delta.h, DELTA_SIZE_MIN): two sizes and an instruction. */
const MIN_DELTA_BYTES = 4;

/** The object that a delta makes of its base. */
export function applyDelta(base: Uint8Array, delta: Buffer): Buffer {
  if (delta.length < MIN_DELTA_BYTES) throw new Error('a delta is cut short');
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
  private readonly files: SyncFiles;
  private readonly folder: string;
  private readonly packs = new Map<string, OpenPack>();
  /** Those that hold a descriptor or their content, least recently used first. */
  private readonly open = new Set<OpenPack>();

  constructor(files: SyncFiles, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  /** An object, unchecked, or null where no pack has it intact. */
  read(oid: Oid): GitObject | null {
    const known = this.find(oid);
    if (known !== null) return known;
    // git gc and our own merging replace packs at any moment: look again before an object is missing.
    this.rescan();
    return this.find(oid);
  }

  /** Lets go of every descriptor; what is read later opens them again. */
  close(): void {
    for (const pack of this.packs.values()) pack.release();
    this.open.clear();
    this.packs.clear();
  }

  private find(oid: Oid): GitObject | null {
    for (const [name, pack] of [...this.packs].reverse()) {
      try {
        const offset = pack.offsetOf(oid);
        if (offset === null) continue;
        this.use(pack);
        return object(pack, offset);
      } catch {
        // Damaged or deleted meanwhile: another pack may have the object.
        this.drop(name, pack);
      }
    }
    return null;
  }

  /** Makes a pack the last one to be let go of, and lets go of the first where there are too many. */
  private use(pack: OpenPack): void {
    this.open.delete(pack);
    this.open.add(pack);
    for (const oldest of this.open) {
      if (this.open.size <= OPEN_PACKS) break;
      oldest.release();
      this.open.delete(oldest);
    }
  }

  private drop(name: string, pack: OpenPack): void {
    pack.release();
    this.open.delete(pack);
    this.packs.delete(name);
  }

  /** Brings the list of packs in line with the folder. */
  private rescan(): void {
    const names = new Set(this.files.list(this.folder));
    for (const [name, pack] of this.packs) if (!names.has(name)) this.drop(name, pack);
    for (const name of names) {
      if (!name.endsWith('.idx') || this.packs.has(name)) continue;
      const pack = openPack(this.files, `${this.folder}/${name.slice(0, -'.idx'.length)}`);
      if (pack !== null) this.packs.set(name, pack);
    }
  }
}

function object(pack: OpenPack, offset: number): GitObject {
  const deltas: Buffer[] = [];
  let found = entry(pack, offset);
  while (found.base !== null) {
    if (deltas.push(found.data) > MAX_DELTAS) throw new Error('a chain of deltas without end');
    const inner = typeof found.base === 'string' ? pack.offsetOf(found.base) : found.base;
    if (inner === null) throw new Error('the base of a delta is not in its pack');
    found = entry(pack, inner);
  }
  const type = TYPES[found.type];
  if (type === undefined) throw new Error(`an entry has the type ${found.type}`);
  let data: Buffer = found.data;
  for (const delta of deltas.reverse()) data = applyDelta(data, delta);
  return { type, data };
}

function entry(pack: OpenPack, offset: number): Entry {
  let bytes = pack.bytesAt(offset, CHUNK);
  const { type, size, base, dataAt } = parseHeader(bytes, offset);
  // What zlib's deflateBound allows for `size` bytes; the entry cannot be longer.
  const bound = dataAt + size + Math.ceil(size / 1000) + 64;
  if (bound > bytes.length && bytes.length === CHUNK) bytes = pack.bytesAt(offset, bound);
  // Room for what comes out at once: most objects are a few hundred bytes, and zlib's own guess is 16 KiB.
  const room = size < CHUNK ? { chunkSize: Math.max(64, size + 1) } : {};
  const data = inflateSync(bytes.subarray(dataAt), { maxOutputLength: Math.max(size, 1), ...room });
  if (data.length !== size) throw new Error('an entry has another size than it says');
  return { type, data, base };
}
