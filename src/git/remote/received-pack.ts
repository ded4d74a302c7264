/**
 * A pack that a remote sent, checked to the last byte before it is let in: every object inflated, hashed and indexed.
 *
 * isomorphic-git's `indexPack` is not used: it takes the hash at the end of a pack for granted and leaves out the
 * objects that it cannot read.
 */

import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { isLedgerError, messageOf } from '../../errors.js';
import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import { applyDelta, deltaSizes } from '../delta.js';
import type { GitObject, ObjectType } from '../object-codec.js';
import { parseEntryHeader } from '../pack-entry.js';
import { HEADER_BYTES, indexOf } from '../pack-writer.js';
import { UntrustedObjectHash } from '../sha1/untrusted-object.js';
import { DamagedPack } from './damaged-pack.js';
import { DeltaBases, SpareBuffer } from './delta-bases.js';
import { DEFAULT_FETCH_LIMITS, type FetchLimits, PackBudget } from './fetch-limits.js';
import { type Deflated, inflatePieces, inflateWhole, LARGE_BYTES } from './inflate-entry.js';
import { redactedBy, referencesOf } from './object-references.js';
import type { PackSource } from './pack-file.js';
import { headerDamage, objectCount } from './pack-header.js';

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const DELTAS = [6, 7];
const NO_BYTES = Buffer.alloc(0);

/** So many objects are looked at before others get a turn. */
const OBJECTS_A_TURN = 256;

export interface ReceivedPack {
  /** `pack-` and the hash that it ends in. */
  readonly name: string;
  readonly index: Buffer;
  readonly oids: ReadonlySet<Oid>;
  /** What its objects refer to and it does not hold: these must be here already. The value is an object that refers to it. */
  readonly outside: ReadonlyMap<Oid, Oid>;
  /**
   * What its journal entries say is redacted, whether they are to be believed or not: it may be missing until they have been looked into.
   */
  readonly redacted: ReadonlySet<Oid>;
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
  readonly type: number;
  readonly size: number;
  /** Offset or oid of what it is a delta of. */
  readonly base: number | Oid | null;
  readonly dataAt: number;
  oid: Oid;
  /** Of all its bytes as they stand in the pack. */
  crc: number;
}

/** So much is read, or hashed, at once. */
const STEP_BYTES = 1024 * 1024;

/** A delta says in its first bytes what it makes: two numbers of up to 10 bytes. */
const SIZES_BYTES = 20;

class Unpacking {
  readonly entries: Entry[] = [];
  readonly oids = new Set<Oid>();
  readonly redacted = new Set<Oid>();
  private readonly referred = new Map<Oid, Oid>();
  private readonly spare = new SpareBuffer();
  private readonly pack: PackSource;
  private readonly format: ObjectFormat;
  private readonly end: number;
  private readonly count: number;
  private readonly budget: PackBudget;
  private readonly options: ReceiveOptions;
  private looked = 0;

  constructor(pack: PackSource, format: ObjectFormat, budget: PackBudget, options: ReceiveOptions) {
    this.pack = pack;
    this.format = format;
    this.end = pack.size - format.bytes;
    this.count = objectCount(pack.at(0, HEADER_BYTES));
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
    await this.giveWay();
  }

  private async giveWay(): Promise<void> {
    await turn();
    this.options.signal?.throwIfAborted();
  }

  /** Shows all bytes of a part of the pack, a step at a time. */
  private async eachStep(from: number, end: number, take: (bytes: Buffer) => void): Promise<void> {
    for (let at = from; at < end; at += STEP_BYTES) {
      take(this.pack.at(at, Math.min(STEP_BYTES, end - at)));
      if (at + STEP_BYTES < end) await this.giveWay();
    }
  }

  async assertTrailer(trailer: Buffer): Promise<void> {
    const hash = createHash(this.format.name);
    await this.eachStep(0, this.end, (bytes) => hash.update(bytes));
    if (!hash.digest().equals(trailer)) throw new DamagedPack('that is not what its hash says');
  }

  /** Says how many objects have their id: what is a difference has it only once that is worked out. */
  tell(): void {
    this.options.onTransfer?.({ phase: 'checking', done: this.oids.size, total: this.count, bytes: null });
  }

  private name(entry: Entry, oid: Oid): void {
    entry.oid = oid;
    if (this.oids.has(oid)) throw new DamagedPack(`that holds ${oid} twice`);
    this.oids.add(oid);
  }

  private async add(entry: Entry, object: GitObject): Promise<void> {
    const { type, data } = object;
    const hash = new UntrustedObjectHash(type, data.length, this.format);
    for (let at = 0; at < data.length; at += STEP_BYTES) {
      hash.update(data.subarray(at, at + STEP_BYTES));
      if (at + STEP_BYTES < data.length) await this.giveWay();
    }
    this.name(entry, hash.oid());
    for (const oid of redactedBy(object)) this.redacted.add(oid);
    for (const oid of referencesOf(object, this.format)) {
      if (this.referred.has(oid)) continue;
      this.budget.refer();
      this.referred.set(oid, entry.oid);
    }
  }

  /** Reads every entry where it stands; whole objects are done then. What differences say that they make is counted before any is made. */
  async readEntries(): Promise<void> {
    const { pack, end, count, format } = this;
    let offset = HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      if (offset >= end) throw new DamagedPack(`of ${i} objects that says it has ${count}`);
      const head = parseEntryHeader(pack.at(offset, Math.min(64, end - offset)), offset, format);
      this.budget.spend(head.size);
      const entry = { ...head, offset, oid: '', crc: 0 };
      const next = offset + entry.dataAt + (await this.readEntry(entry));
      await this.eachStep(offset, next, (bytes) => {
        entry.crc = crc32(bytes, entry.crc);
      });
      this.entries.push(entry);
      offset = next;
      await this.pause();
    }
    if (offset !== end) throw new DamagedPack('with bytes that belong to no object');
  }

  /** @returns how many deflated bytes it has */
  private async readEntry(entry: Entry): Promise<number> {
    const { size } = entry;
    const type = TYPES[entry.type];
    if (type === undefined && !DELTAS.includes(entry.type))
      throw new DamagedPack(`with an object of the type ${entry.type}`);
    const isLarge = size >= LARGE_BYTES;
    if (type === 'blob' && isLarge) {
      const hash = new UntrustedObjectHash(type, size, this.format);
      const used = await inflatePieces(this.pack, this.deflated(entry), (piece) => hash.update(piece));
      this.name(entry, hash.oid());
      return used;
    }
    if (type === undefined && isLarge) {
      let start = NO_BYTES;
      const used = await inflatePieces(this.pack, this.deflated(entry), (piece) => {
        if (start.length < SIZES_BYTES) start = Buffer.concat([start, piece.subarray(0, SIZES_BYTES)]);
      });
      this.budget.spend(deltaSizes(start).result);
      return used;
    }
    const { data, used } = await inflateWhole(this.pack, this.deflated(entry));
    if (type === undefined) this.budget.spend(deltaSizes(data).result);
    else await this.add(entry, { type, data });
    return used;
  }

  private deflated({ offset, dataAt, size }: Entry): Deflated {
    return { at: offset + dataAt, end: this.end, size };
  }

  /** Works out every delta, each after its base. */
  async resolveDeltas(): Promise<void> {
    const { waiting, count } = this.differences();
    let left = count;
    const childrenOf = (entry: Entry): Entry[] => {
      const children = [...(waiting.get(entry.offset) ?? []), ...(waiting.get(entry.oid) ?? [])];
      waiting.delete(entry.offset);
      waiting.delete(entry.oid);
      return children;
    };
    const bases = new DeltaBases<Entry>(this.budget.limits.baseBytes, {
      make: (entry, base) => this.makeAgain(entry, base),
      release: (data) => this.spare.give(data),
    });
    for (const root of left === 0 ? [] : this.entries) {
      const type = TYPES[root.type];
      if (type === undefined) continue;
      const first = childrenOf(root);
      if (first.length > 0) bases.push(root, first, await this.dataOf(root));
      for (let top = bases.top; top !== null; top = bases.top) {
        const entry = top.children.pop();
        if (entry === undefined) {
          bases.pop();
          continue;
        }
        this.budget.assertDepth(top.depth + 1);
        const data = this.apply(await bases.topBytes(), await this.dataOf(entry));
        // Nothing else is made of it.
        if (top.children.length === 0) bases.pop();
        await this.add(entry, { type, data });
        left -= 1;
        const children = childrenOf(entry);
        if (children.length > 0) bases.push(entry, children, data, top);
        else this.spare.give(data);
        await this.pause();
      }
    }
    if (left > 0) throw new DamagedPack(`with ${left} differences from objects that are not in it`);
  }

  /** The differences by what they are differences of. */
  private differences(): { waiting: Map<number | Oid, Entry[]>; count: number } {
    const waiting = new Map<number | Oid, Entry[]>();
    let count = 0;
    for (const entry of this.entries) {
      if (entry.base === null) continue;
      const siblings = waiting.get(entry.base);
      if (siblings === undefined) waiting.set(entry.base, [entry]);
      else siblings.push(entry);
      count += 1;
    }
    return { waiting, count };
  }

  private async makeAgain(entry: Entry, base: Buffer | null): Promise<Buffer> {
    this.budget.spend(entry.size);
    const data = await this.dataOf(entry);
    if (base === null) return data;
    this.budget.spend(deltaSizes(data).result);
    return this.apply(base, data);
  }

  private apply(base: Buffer, delta: Buffer): Buffer {
    return applyDelta(base, delta, (size) => this.spare.take(size));
  }

  private async dataOf(entry: Entry): Promise<Buffer> {
    return (await inflateWhole(this.pack, this.deflated(entry))).data;
  }
}

/**
 * Checks a pack with ids of that format, and makes its index.
 *
 * @throws DamagedPack for a pack that is not whole: its hash, its objects and their number must agree, and what it
 * holds as a difference must be a difference from another object in it. And for one that would take more than `limits`.
 * `CORRUPT_OBJECT` for an object that was made to collide with another one.
 */
export async function receivePack(
  pack: PackSource,
  format: ObjectFormat,
  options: ReceiveOptions = {},
): Promise<ReceivedPack> {
  const { signal } = options;
  const limits = { ...DEFAULT_FETCH_LIMITS, ...options.limits };
  const damage = headerDamage(pack.at(0, HEADER_BYTES), limits.objects);
  if (damage !== null) throw new DamagedPack(damage);
  if (pack.size < HEADER_BYTES + format.bytes) throw new DamagedPack('that is cut short');
  if (pack.size > limits.packBytes) throw new DamagedPack(`of ${pack.size} bytes, more than ${limits.packBytes}`);
  const trailer = Buffer.from(pack.at(pack.size - format.bytes, format.bytes));
  const unpacking = new Unpacking(pack, format, new PackBudget(limits), options);
  try {
    await unpacking.assertTrailer(trailer);
    await unpacking.readEntries();
    await unpacking.resolveDeltas();
  } catch (error) {
    if (error instanceof DamagedPack || isLedgerError(error) || signal?.aborted === true) throw error;
    throw new DamagedPack(`that cannot be unpacked: ${messageOf(error)}`);
  }
  unpacking.tell();
  return {
    name: `pack-${trailer.toString('hex')}`,
    index: indexOf(unpacking.entries, trailer, format),
    oids: unpacking.oids,
    outside: unpacking.outside,
    redacted: unpacking.redacted,
  };
}
