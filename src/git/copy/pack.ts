/** One pack of a copy, read entry by entry: whole objects and deltas, each made of exactly the bytes it says. */

import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import { applyDelta } from '../delta.js';
import { parseEntryHeader } from '../pack-entry.js';
import type { Blocks } from './blocks.js';
import { CutShort, type Inflated, inflateExactly, MAX_RATIO } from './inflate.js';
import type { WeighedCache } from './memory.js';
import type { TypeNumber } from './object-table.js';
import type { PackIndex } from './pack-index.js';

/** More than the header of any entry, and all of most entries. */
const FIRST_LOOK = 4096;

/** What is inflated at first of a large entry; twice as much each time it is not enough. */
const LARGE_LOOK = 64 * 1024;

export const PACK_HEADER_BYTES = 12;

/** Offsets are below this (64 GiB), so that one number can name a place in any of 131,072 packs. */
const PACK_STEP = 2 ** 36;

/** An object of a pack. */
export interface Unpacked {
  readonly type: TypeNumber;
  readonly data: Buffer;
}

/** Objects that deltas may be made of, and that may be read again soon, by pack and offset. */
export type BaseCache = WeighedCache<number, Unpacked>;

export interface Entry {
  readonly base: number | Oid | null;
  /** A type of object; 6 or 7 for a delta. */
  readonly type: number;
  readonly data: Buffer;
  /** The entry's own bytes, header and all. */
  readonly packed: Buffer;
}

/** Where the base of a delta is, by its id; null where the pack does not have it, or not so far. */
export type FindBase = (oid: Oid) => number | null;

export class Pack {
  /** For messages: `objects/pack/pack-….pack`. */
  readonly name: string;
  readonly number: number;
  readonly blocks: Blocks;
  readonly index: PackIndex | null;
  /** The format of the ids in it, and of the hash at its end. */
  readonly format: ObjectFormat;
  private readonly bases: BaseCache;
  /** Whether a delta was met: packs of a ledger's own transactions have none, and nothing of them need be remembered. */
  private hasDeltas = false;

  constructor(
    name: string,
    number: number,
    blocks: Blocks,
    index: PackIndex | null,
    bases: BaseCache,
    format: ObjectFormat,
  ) {
    this.format = format;
    this.name = name;
    this.number = number;
    this.blocks = blocks;
    this.index = index;
    this.bases = bases;
  }

  /** Where the entries end and the checksum begins. */
  get end(): number {
    return this.blocks.size - this.format.bytes;
  }

  /** The entry at `offset`. A promise only where its bytes are not in memory: most are, and waiting costs more than reading. */
  entry(offset: number): Entry | Promise<Entry> {
    const bytes = this.blocks.held(offset, FIRST_LOOK);
    return bytes === null ? this.loadEntry(offset) : this.parse(bytes, offset);
  }

  private async loadEntry(offset: number): Promise<Entry> {
    return this.parse(await this.blocks.load(offset, FIRST_LOOK), offset);
  }

  private parse(bytes: Buffer, offset: number): Entry | Promise<Entry> {
    const left = this.end - offset;
    if (left < 2) throw new Error('it begins behind the last object');
    const head = parseEntryHeader(bytes.subarray(0, Math.min(bytes.length, left)), offset, this.format);
    const { type, size, base, dataAt } = head;
    if (type === 0 || type === 5) throw new Error(`its type is ${type}`);
    if (size > left * MAX_RATIO) throw new Error(`it says that it has ${size} bytes, which the pack has no room for`);
    const whole = Math.min(dataAt + size + Math.ceil(size / 1000) + 64, left);
    const looked = Math.min(bytes.length, left);
    const finish = ({ data, used }: Inflated, input: Buffer): Entry => ({
      type,
      base,
      data,
      packed: input.subarray(0, dataAt + used),
    });
    if (looked >= whole) {
      try {
        return finish(inflateExactly(bytes.subarray(dataAt, looked), size), bytes);
      } catch (error) {
        // Deflated in so many small pieces that it is longer than it need be.
        if (!(error instanceof CutShort) || looked === left) throw error;
      }
    }
    return this.inflateLarge(offset, dataAt, size, left).then(({ inflated, input }) => finish(inflated, input));
  }

  private async inflateLarge(
    offset: number,
    dataAt: number,
    size: number,
    left: number,
  ): Promise<{ inflated: Inflated; input: Buffer }> {
    for (let look = Math.min(LARGE_LOOK, left); ; look = Math.min(look * 2, left)) {
      const input = (await this.blocks.load(offset, look)).subarray(0, left);
      try {
        return { inflated: inflateExactly(input.subarray(dataAt), size), input };
      } catch (error) {
        if (!(error instanceof CutShort) || look === left) throw error;
      }
    }
  }

  private key(offset: number): number {
    return this.number * PACK_STEP + offset;
  }

  /** An object that was read lately. */
  private remembered(offset: number): Unpacked | undefined {
    return this.bases.get(this.key(offset));
  }

  private remember(offset: number, object: Unpacked): void {
    if (this.hasDeltas) this.bases.set(this.key(offset), object);
  }

  /** The object that an entry stands for; a promise where its base must be read first. Throws an Error that says why not. */
  object(offset: number, entry: Entry, findBase: FindBase): Unpacked | Promise<Unpacked> {
    if (entry.base === null) {
      const object = { type: entry.type as TypeNumber, data: entry.data };
      this.remember(offset, object);
      return object;
    }
    this.hasDeltas = true;
    const base = this.remembered(this.baseOffset(offset, entry.base, findBase));
    if (base === undefined) return this.read(offset, findBase);
    const object = { type: base.type, data: applyDelta(base.data, entry.data) };
    this.remember(offset, object);
    return object;
  }

  private baseOffset(offset: number, base: number | Oid, findBase: FindBase): number {
    const at = typeof base === 'number' ? base : findBase(base);
    if (at === null) throw new Error(`the base of its delta, ${base}, is not in the pack`);
    if (at < PACK_HEADER_BYTES || (typeof base === 'number' && at >= offset))
      throw new Error('the base of its delta is not in the pack');
    return at;
  }

  /** The object at `offset`, with all that it is made of. */
  async read(offset: number, findBase: FindBase): Promise<Unpacked> {
    const deltas: { readonly offset: number; readonly data: Buffer }[] = [];
    const passed = new Set<number>();
    let at = offset;
    let object = this.remembered(at);
    while (object === undefined) {
      if (passed.has(at)) throw new Error('its delta is made of itself');
      passed.add(at);
      const entry = await this.entry(at);
      if (entry.base === null) {
        object = { type: entry.type as TypeNumber, data: entry.data };
        this.remember(at, object);
      } else {
        this.hasDeltas = true;
        deltas.push({ offset: at, data: entry.data });
        at = this.baseOffset(at, entry.base, findBase);
        object = this.remembered(at);
      }
    }
    for (const delta of deltas.reverse()) {
      object = { type: object.type, data: applyDelta(object.data, delta.data) };
      this.remember(delta.offset, object);
    }
    return object;
  }
}
