/**
 * Reading objects out of packs (gitformat-pack(5)): the index searched in place, one entry read from the file.
 *
 * isomorphic-git reads packs too, but unpacks a whole index into a Map and holds whole packs in memory: on a ledger of
 * 1,500 versions it is several times slower than this at the first read, and its memory grows with the ledger.
 */

import { inflateSync } from 'node:zlib';
import type { ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import { applyDelta } from './delta.js';
import type { GitObject } from './object-codec.js';
import { type OpenPack, openPack } from './open-pack.js';
import { ENTRY_TYPES, parseEntryHeader } from './pack-entry.js';
import type { SyncFiles } from './sync-files.js';

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

export class PackReader {
  private readonly files: SyncFiles;
  private readonly folder: string;
  private readonly format: ObjectFormat;
  /** By the name of the index, the oldest first; null for one in which nothing was looked for yet. */
  private readonly packs = new Map<string, OpenPack | null>();
  /** Those that hold a descriptor or their content, least recently used first. */
  private readonly open = new Set<OpenPack>();
  /** The one in which an object was found last, by its name: what was written together is read together. */
  private last: string | null = null;

  constructor(files: SyncFiles, folder: string, format: ObjectFormat) {
    this.files = files;
    this.folder = folder;
    this.format = format;
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
    for (const pack of this.packs.values()) pack?.release();
    this.open.clear();
    this.packs.clear();
  }

  private find(oid: Oid): GitObject | null {
    const last = this.last === null ? null : this.findIn(this.last, oid);
    if (last !== null) return last;
    for (const name of [...this.packs.keys()].reverse()) {
      const found = name === this.last ? null : this.findIn(name, oid);
      if (found === null) continue;
      this.last = name;
      return found;
    }
    return null;
  }

  private findIn(name: string, oid: Oid): GitObject | null {
    const pack = this.packs.get(name) ?? this.opened(name);
    if (pack === null) return null;
    try {
      const offset = pack.offsetOf(oid);
      if (offset === null) return null;
      this.use(pack);
      return object(pack, offset);
    } catch {
      // Damaged or deleted meanwhile: another pack may have the object.
      this.drop(name, pack);
      return null;
    }
  }

  /** A pack of the list, with its index; null, and it is on the list no more, where that cannot be read. */
  private opened(name: string): OpenPack | null {
    if (!this.packs.has(name)) return null;
    const pack = openPack(this.files, `${this.folder}/${name.slice(0, -'.idx'.length)}`, this.format);
    if (pack === null) this.packs.delete(name);
    else this.packs.set(name, pack);
    return pack;
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

  private drop(name: string, pack: OpenPack | null): void {
    pack?.release();
    if (pack !== null) this.open.delete(pack);
    this.packs.delete(name);
    if (this.last === name) this.last = null;
  }

  /** Brings the list of packs in line with the folder. */
  private rescan(): void {
    const names = new Set(this.files.list(this.folder));
    for (const [name, pack] of this.packs) if (!names.has(name)) this.drop(name, pack);
    const found = [...names].filter((name) => name.endsWith('.idx') && !this.packs.has(name));
    // What is asked for is in a new one as a rule, and an index that nobody asks is not read.
    const written = (name: string): number => Number(this.files.stat(`${this.folder}/${name}`)?.mtimeMs ?? 0);
    const dated = found.map((name) => ({ name, at: found.length > 1 ? written(name) : 0 }));
    for (const { name } of dated.sort((a, b) => a.at - b.at)) this.packs.set(name, null);
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
  const type = ENTRY_TYPES[found.type];
  if (type === undefined) throw new Error(`an entry has the type ${found.type}`);
  let data: Buffer = found.data;
  for (const delta of deltas.reverse()) data = applyDelta(data, delta);
  return { type, data };
}

function entry(pack: OpenPack, offset: number): Entry {
  let bytes = pack.bytesAt(offset, CHUNK);
  const { type, size, base, dataAt } = parseEntryHeader(bytes, offset, pack.format);
  // What zlib's deflateBound allows for `size` bytes; the entry cannot be longer.
  const bound = dataAt + size + Math.ceil(size / 1000) + 64;
  if (bound > bytes.length && bytes.length === CHUNK) bytes = pack.bytesAt(offset, bound);
  // Room for what comes out at once: most objects are a few hundred bytes, and zlib's own guess is 16 KiB.
  const room = size < CHUNK ? { chunkSize: Math.max(64, size + 1) } : {};
  const data = inflateSync(bytes.subarray(dataAt), { maxOutputLength: Math.max(size, 1), ...room });
  if (data.length !== size) throw new Error('an entry has another size than it says');
  return { type, data, base };
}
