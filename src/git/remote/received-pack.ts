/**
 * A pack that a remote sent, checked to the last byte before it is let in: every object inflated, hashed and indexed.
 *
 * isomorphic-git's `indexPack` is not used: it takes the hash at the end of a pack for granted and leaves out the
 * objects that it cannot read.
 */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32, createInflate, inflateSync } from 'node:zlib';
import { messageOf } from '../../errors.js';
import type { Oid } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import { applyDelta, deltaSizes } from '../delta.js';
import { type GitObject, hashObject, type ObjectType } from '../object-codec.js';
import { parseEntryHeader } from '../pack-entry.js';
import { HEADER_BYTES, indexOf } from '../pack-writer.js';
import { DamagedPack } from './damaged-pack.js';
import { DeltaBases } from './delta-bases.js';
import { DEFAULT_FETCH_LIMITS, type FetchLimits, PackBudget } from './fetch-limits.js';

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const TRAILER_BYTES = 20;
const DELTAS = [6, 7];
const NO_BYTES = Buffer.alloc(0);
const ANOTHER_SIZE = 'with an object of another size than it says';

/** So many objects are looked at before others get a turn. */
const OBJECTS_A_TURN = 256;

export interface ReceivedPack {
  /** `pack-` and the hash that it ends in. */
  readonly name: string;
  readonly pack: Buffer;
  readonly index: Buffer;
  readonly oids: ReadonlySet<Oid>;
  /** What its objects refer to and it does not hold: these must be here already. The value is an object that refers to it. */
  readonly outside: ReadonlyMap<Oid, Oid>;
}

export interface ReceiveOptions {
  /** What the pack may take, where it is not `DEFAULT_FETCH_LIMITS`. */
  readonly limits?: Partial<FetchLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of its objects are checked. */
  readonly onTransfer?: OnTransfer | undefined;
}

interface Entry {
  readonly offset: number;
  /** All of it, as it stands in the pack. */
  bytes: Buffer;
  readonly type: number;
  readonly size: number;
  /** Offset or oid of what it is a delta of. */
  readonly base: number | Oid | null;
  readonly dataAt: number;
  oid: Oid;
}

/** From this size on, in bytes, a file's content is hashed as it is inflated, and never held whole. */
const LARGE_BLOB = 8 * 2 ** 20;
const PIECE_BYTES = 64 * 1024;

/** Inflates what begins at `at`, and says how many bytes of the pack that took. */
function inflate(pack: Buffer, at: number, size: number): { data: Buffer; used: number } {
  // One buffer that all of it fits into: its pages are not used before something is written there.
  const options = { info: true, maxOutputLength: size + 1, chunkSize: Math.max(64, size + 1) };
  const { buffer, engine } = inflateSync(pack.subarray(at), options) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  if (buffer.length !== size) throw new DamagedPack(ANOTHER_SIZE);
  return { data: buffer, used: engine.bytesWritten };
}

/** The id of a blob that is inflated from `at` on, and how many bytes of the pack that took. */
async function hashLargeBlob(pack: Buffer, at: number, size: number): Promise<{ oid: Oid; used: number }> {
  const inflater = createInflate({ chunkSize: PIECE_BYTES });
  function* pieces(): Generator<Buffer> {
    for (let from = at; from < pack.length; from += PIECE_BYTES)
      yield pack.subarray(from, Math.min(pack.length, from + PIECE_BYTES));
  }
  const hash = createHash('sha1').update(`blob ${size}\0`);
  let inflated = 0;
  const source = Readable.from(pieces());
  try {
    for await (const chunk of source.pipe(inflater)) {
      inflated += chunk.length;
      if (inflated > size) throw new DamagedPack(ANOTHER_SIZE);
      hash.update(chunk);
    }
  } finally {
    source.destroy();
    inflater.destroy();
  }
  if (inflated !== size) throw new DamagedPack(ANOTHER_SIZE);
  return { oid: hash.digest('hex'), used: inflater.bytesWritten };
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
  private readonly budget: PackBudget;
  private readonly options: ReceiveOptions;
  private looked = 0;

  constructor(pack: Buffer, budget: PackBudget, options: ReceiveOptions) {
    this.pack = pack;
    this.budget = budget;
    this.options = options;
  }

  get outside(): Map<Oid, Oid> {
    return new Map([...this.referred].filter(([oid]) => !this.oids.has(oid)));
  }

  private async pause(): Promise<void> {
    this.looked += 1;
    if (this.looked % OBJECTS_A_TURN !== 0) return;
    this.tell();
    await turn();
    this.options.signal?.throwIfAborted();
  }

  /** Says how many objects have their id: what is a difference has it only once that is worked out. */
  tell(): void {
    const total = objectCount(this.pack);
    this.options.onTransfer?.({ phase: 'checking', done: this.oids.size, total, bytes: null });
  }

  private name(entry: Entry, oid: Oid): void {
    entry.oid = oid;
    if (this.oids.has(oid)) throw new DamagedPack(`that holds ${oid} twice`);
    this.oids.add(oid);
  }

  private add(entry: Entry, object: GitObject): void {
    this.name(entry, hashObject(object));
    for (const oid of referencesOf(object)) {
      if (this.referred.has(oid)) continue;
      this.budget.refer();
      this.referred.set(oid, entry.oid);
    }
  }

  /** Reads every entry where it stands; whole objects are done then. What differences say that they make is counted before any is made. */
  async readEntries(count: number): Promise<void> {
    const end = this.pack.length - TRAILER_BYTES;
    let offset = HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      if (offset >= end) throw new DamagedPack(`of ${i} objects that says it has ${count}`);
      const head = parseEntryHeader(this.pack.subarray(offset, Math.min(offset + 64, end)), offset);
      this.budget.spend(head.size);
      offset = await this.readEntry({ ...head, offset, bytes: NO_BYTES, oid: '' }, end);
      await this.pause();
    }
    if (offset !== end) throw new DamagedPack('with bytes that belong to no object');
  }

  /** @returns where the next one begins */
  private async readEntry(entry: Entry, end: number): Promise<number> {
    const { offset, dataAt, size } = entry;
    const content = this.pack.subarray(0, end);
    const done = (used: number): number => {
      entry.bytes = this.pack.subarray(offset, offset + dataAt + used);
      this.entries.push(entry);
      return offset + entry.bytes.length;
    };
    const type = TYPES[entry.type];
    if (type === 'blob' && size >= LARGE_BLOB) {
      const { oid, used } = await hashLargeBlob(content, offset + dataAt, size);
      this.options.signal?.throwIfAborted();
      this.name(entry, oid);
      return done(used);
    }
    const { data, used } = inflate(content, offset + dataAt, size);
    if (type !== undefined) this.add(entry, { type, data });
    else if (DELTAS.includes(entry.type)) this.budget.spend(deltaSizes(data).result);
    else throw new DamagedPack(`with an object of the type ${entry.type}`);
    return done(used);
  }

  /** Works out every delta, each after its base. */
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
    const bases = new DeltaBases<Entry>(this.budget.limits.baseBytes, (entry, base) => this.makeAgain(entry, base));
    for (const root of left === 0 ? [] : this.entries) {
      const type = TYPES[root.type];
      if (type === undefined) continue;
      const first = childrenOf(root);
      if (first.length > 0) bases.push(root, first, this.dataOf(root));
      for (let top = bases.top; top !== null; top = bases.top) {
        const entry = top.children.pop();
        if (entry === undefined) {
          bases.pop();
          continue;
        }
        this.budget.assertDepth(top.depth + 1);
        const data = applyDelta(bases.topBytes(), this.dataOf(entry));
        // Nothing else is made of it.
        if (top.children.length === 0) bases.pop();
        this.add(entry, { type, data });
        left -= 1;
        const children = childrenOf(entry);
        if (children.length > 0) bases.push(entry, children, data, top);
        await this.pause();
      }
    }
    if (left > 0) throw new DamagedPack(`with ${left} differences from objects that are not in it`);
  }

  private makeAgain(entry: Entry, base: Buffer | null): Buffer {
    this.budget.spend(entry.size);
    const data = this.dataOf(entry);
    if (base === null) return data;
    this.budget.spend(deltaSizes(data).result);
    return applyDelta(base, data);
  }

  private dataOf(entry: Entry): Buffer {
    return inflate(this.pack, entry.offset + entry.dataAt, entry.size).data;
  }
}

/** How many objects the first bytes of a pack say that it holds. */
export function objectCount(head: Buffer): number {
  return head.readUInt32BE(8);
}

/** What is wrong with the first bytes of a pack, said as the end of "it sends a pack …"; null where nothing is. */
export function headerDamage(head: Buffer, objects: number): string | null {
  if (head.length < HEADER_BYTES || head.toString('latin1', 0, 4) !== 'PACK') return 'that is none';
  if (head.readUInt32BE(4) !== 2) return `of version ${head.readUInt32BE(4)}`;
  const count = objectCount(head);
  return count > objects ? `of ${count} objects, more than ${objects}` : null;
}

/**
 * Checks a pack and makes its index.
 *
 * @throws DamagedPack for a pack that is not whole: its hash, its objects and their number must agree, and what it
 * holds as a difference must be a difference from another object in it. And for one that would take more than `limits`.
 */
export async function receivePack(pack: Buffer, options: ReceiveOptions = {}): Promise<ReceivedPack> {
  const { signal } = options;
  const limits = { ...DEFAULT_FETCH_LIMITS, ...options.limits };
  const damage = headerDamage(pack, limits.objects);
  if (damage !== null) throw new DamagedPack(damage);
  if (pack.length < HEADER_BYTES + TRAILER_BYTES) throw new DamagedPack('that is cut short');
  if (pack.length > limits.packBytes) throw new DamagedPack(`of ${pack.length} bytes, more than ${limits.packBytes}`);
  const trailer = pack.subarray(-TRAILER_BYTES);
  if (!createHash('sha1').update(pack.subarray(0, -TRAILER_BYTES)).digest().equals(trailer))
    throw new DamagedPack('that is not what its hash says');
  const unpacking = new Unpacking(pack, new PackBudget(limits), options);
  try {
    await unpacking.readEntries(objectCount(pack));
    await unpacking.resolveDeltas();
  } catch (error) {
    if (error instanceof DamagedPack || signal?.aborted === true) throw error;
    throw new DamagedPack(`that cannot be unpacked: ${messageOf(error)}`);
  }
  unpacking.tell();
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
