/**
 * A pack that a remote sent, checked to the last byte before it is let in: every object inflated, hashed and indexed.
 *
 * isomorphic-git's `indexPack` is not used: it takes the hash at the end of a pack for granted and leaves out the
 * objects that it cannot read.
 */

import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32, inflateSync } from 'node:zlib';
import { messageOf } from '../../errors.js';
import type { Oid } from '../../ports/objects.js';
import { applyDelta } from '../delta.js';
import { type GitObject, hashObject, type ObjectType } from '../object-codec.js';
import { parseEntryHeader } from '../pack-entry.js';
import { HEADER_BYTES, indexOf, MAX_PACK_BYTES } from '../pack-writer.js';

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const TRAILER_BYTES = 20;
const DELTAS = [6, 7];

/** No object of a ledger comes near: module files are held in memory whole. */
const MAX_OBJECT_BYTES = 512 * 1024 * 1024;

/** So many objects are looked at before others get a turn. */
const OBJECTS_A_TURN = 256;

/** What is wrong with a pack, said as the end of "it sent a pack …". */
export class DamagedPack extends Error {
  override readonly name = 'DamagedPack';
}

export interface ReceivedPack {
  /** `pack-` and the hash that it ends in. */
  readonly name: string;
  readonly pack: Buffer;
  readonly index: Buffer;
  readonly oids: ReadonlySet<Oid>;
  /** What its objects refer to and it does not hold: these must be here already. The value is an object that refers to it. */
  readonly outside: ReadonlyMap<Oid, Oid>;
}

interface Entry {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly type: number;
  readonly size: number;
  /** Offset or oid of what it is a delta of. */
  readonly base: number | Oid | null;
  readonly dataAt: number;
  oid: Oid;
}

/** Inflates what begins at `at`, and says how many bytes of the pack that took. */
function inflate(pack: Buffer, at: number, size: number): { data: Buffer; used: number } {
  const chunkSize = Math.max(64, Math.min(size + 1, 64 * 1024));
  const options = { info: true, maxOutputLength: size + 1, chunkSize };
  const { buffer, engine } = inflateSync(pack.subarray(at), options) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  if (buffer.length !== size) throw new DamagedPack('with an object of another size than it says');
  return { data: buffer, used: engine.bytesWritten };
}

/** What a commit, tag or tree refers to. Read leniently: what the ledger makes of an object is for the ledger to say. */
function* referencesOf({ type, data }: GitObject): Generator<Oid> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (type === 'commit' || type === 'tag') {
    const end = bytes.indexOf('\n\n');
    const header = bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
    for (const [, oid] of header.matchAll(/^(?:tree|parent|object) ([0-9a-f]{40})$/gm))
      if (oid !== undefined) yield oid;
  }
  if (type !== 'tree') return;
  for (let at = 0; at < bytes.length; ) {
    const zero = bytes.indexOf(0, at);
    if (zero === -1 || zero + 21 > bytes.length) throw new DamagedPack('with a tree that is cut short');
    // A submodule's commit is of another repository.
    if (bytes.toString('latin1', at, at + 7) !== '160000 ') yield bytes.toString('hex', zero + 1, zero + 21);
    at = zero + 21;
  }
}

class Unpacking {
  readonly entries: Entry[] = [];
  readonly oids = new Set<Oid>();
  private readonly referred = new Map<Oid, Oid>();
  private readonly pack: Buffer;
  private readonly signal: AbortSignal | undefined;
  private looked = 0;

  constructor(pack: Buffer, signal: AbortSignal | undefined) {
    this.pack = pack;
    this.signal = signal;
  }

  get outside(): Map<Oid, Oid> {
    return new Map([...this.referred].filter(([oid]) => !this.oids.has(oid)));
  }

  private async pause(): Promise<void> {
    this.looked += 1;
    if (this.looked % OBJECTS_A_TURN !== 0) return;
    await turn();
    this.signal?.throwIfAborted();
  }

  private add(entry: Entry, object: GitObject): void {
    entry.oid = hashObject(object);
    if (this.oids.has(entry.oid)) throw new DamagedPack(`that holds ${entry.oid} twice`);
    this.oids.add(entry.oid);
    for (const oid of referencesOf(object)) if (!this.referred.has(oid)) this.referred.set(oid, entry.oid);
  }

  /** Reads every entry where it stands; whole objects are done then. */
  async readEntries(count: number): Promise<void> {
    const end = this.pack.length - TRAILER_BYTES;
    let offset = HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      if (offset >= end) throw new DamagedPack(`of ${i} objects that says it has ${count}`);
      const head = parseEntryHeader(this.pack.subarray(offset, Math.min(offset + 64, end)), offset);
      if (head.size > MAX_OBJECT_BYTES) throw new DamagedPack(`with an object of ${head.size} bytes`);
      const { data, used } = inflate(this.pack.subarray(0, end), offset + head.dataAt, head.size);
      const bytes = this.pack.subarray(offset, offset + head.dataAt + used);
      const entry: Entry = { ...head, offset, bytes, oid: '' };
      this.entries.push(entry);
      const type = TYPES[head.type];
      if (type !== undefined) this.add(entry, { type, data });
      else if (!DELTAS.includes(head.type)) throw new DamagedPack(`with an object of the type ${head.type}`);
      offset += bytes.length;
      await this.pause();
    }
    if (offset !== end) throw new DamagedPack('with bytes that belong to no object');
  }

  /** Works out every delta, each after its base; no more than one chain is held at once. */
  async resolveDeltas(): Promise<void> {
    const waiting = new Map<number | Oid, Entry[]>();
    let left = 0;
    for (const entry of this.entries) {
      if (entry.base === null) continue;
      const siblings = waiting.get(entry.base);
      if (siblings === undefined) waiting.set(entry.base, [entry]);
      else siblings.push(entry);
      left += 1;
    }
    const childrenOf = (entry: Entry): Entry[] => {
      const children = [...(waiting.get(entry.offset) ?? []), ...(waiting.get(entry.oid) ?? [])];
      waiting.delete(entry.offset);
      waiting.delete(entry.oid);
      return children;
    };
    for (const root of left === 0 ? [] : this.entries) {
      const type = TYPES[root.type];
      if (type === undefined) continue;
      const first = childrenOf(root);
      if (first.length === 0) continue;
      const stack = [{ data: this.dataOf(root), children: first }];
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const entry = top.children.pop();
        if (entry === undefined) {
          stack.pop();
          continue;
        }
        const data = applyDelta(top.data, this.dataOf(entry));
        if (data.length > MAX_OBJECT_BYTES) throw new DamagedPack(`with an object of ${data.length} bytes`);
        this.add(entry, { type, data });
        left -= 1;
        stack.push({ data, children: childrenOf(entry) });
        await this.pause();
      }
    }
    if (left > 0) throw new DamagedPack(`with ${left} differences from objects that are not in it`);
  }

  private dataOf(entry: Entry): Buffer {
    return inflate(this.pack, entry.offset + entry.dataAt, entry.size).data;
  }
}

/**
 * Checks a pack and makes its index.
 *
 * @throws DamagedPack for a pack that is not whole: its hash, its objects and their number must agree, and what it
 * holds as a difference must be a difference from another object in it.
 */
export async function receivePack(pack: Buffer, signal?: AbortSignal): Promise<ReceivedPack> {
  if (pack.length < HEADER_BYTES + TRAILER_BYTES || pack.toString('latin1', 0, 4) !== 'PACK')
    throw new DamagedPack('that is none');
  if (pack.readUInt32BE(4) !== 2) throw new DamagedPack(`of version ${pack.readUInt32BE(4)}`);
  if (pack.length > MAX_PACK_BYTES) throw new DamagedPack(`of ${pack.length} bytes, which is more than a ledger takes`);
  const trailer = pack.subarray(-TRAILER_BYTES);
  if (!createHash('sha1').update(pack.subarray(0, -TRAILER_BYTES)).digest().equals(trailer))
    throw new DamagedPack('that is not what its hash says');
  const unpacking = new Unpacking(pack, signal);
  try {
    await unpacking.readEntries(pack.readUInt32BE(8));
    await unpacking.resolveDeltas();
  } catch (error) {
    if (error instanceof DamagedPack || signal?.aborted === true) throw error;
    throw new DamagedPack(`that cannot be unpacked: ${messageOf(error)}`);
  }
  return {
    name: `pack-${trailer.toString('hex')}`,
    pack,
    index: indexOf(
      unpacking.entries.map(({ oid, bytes, offset }) => ({ oid, crc: crc32(bytes), offset })),
      trailer,
    ),
    oids: unpacking.oids,
    outside: unpacking.outside,
  };
}
