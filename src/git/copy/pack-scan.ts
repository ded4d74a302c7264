/**
 * Reading a pack from its first byte to its last: every object is made and hashed, and what stands in the pack is compared
 * with what its index says. A pack is read by itself, so that one without an index (a bundle's) is read the same way.
 */

import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { messageOf } from '../../errors.js';
import type { Oid } from '../../ports/objects.js';
import { hashUntrusted } from '../sha1/untrusted-object.js';
import { objectHash } from './object-hash.js';
import { OBJECT_TYPES } from './object-table.js';
import { type Entry, type FindBase, PACK_HEADER_BYTES, type Pack, type Unpacked } from './pack.js';
import { oidAt } from './pack-index.js';

/** So many objects are read before others get a turn. */
const OBJECTS_A_TURN = 2048;
const HASHED_AT_ONCE = 4 * 1024 * 1024;

/** Who is told what a scan meets. */
interface ScanListener {
  /** An intact object: its type, id and content. */
  found(object: Unpacked, id: Buffer, pack: number, offset: number): void;
  damaged(where: string, oid: Oid | null, reason: string): void;
  /** One more object was looked at. */
  progress(): void;
}

export class PackScan {
  private readonly pack: Pack;
  private readonly listener: ScanListener;
  private readonly findBase: FindBase;
  private readonly isThin: boolean;
  /** Deltas that stand before their base in a pack without an index: where they are, by the base's id. */
  private readonly waiting = new Map<Oid, number[]>();
  /** Bases of those, made by now. */
  private readonly ready: Oid[] = [];
  /** Entries that could not be made. */
  private readonly failed = new Set<number>();
  /** The next row of the index, in the order of offsets. */
  private next = 0;

  /**
   * @param findBase looks in the pack's index, or where it has none among the objects that were found so far
   * @param isThin whether the bases of deltas may be elsewhere: such objects count as absent then, not as damaged
   */
  constructor(pack: Pack, listener: ScanListener, findBase: FindBase, isThin: boolean) {
    this.isThin = isThin;
    this.pack = pack;
    this.listener = listener;
    this.findBase = findBase;
  }

  private damage(offset: number | null, row: number, reason: string): void {
    const { index, name } = this.pack;
    const where = offset === null ? name : `${name}, byte ${offset}`;
    this.listener.damaged(where, index === null || row < 0 ? null : oidAt(index, row), reason);
  }

  /** Tells the listener of every object and of everything that is wrong. */
  async run(): Promise<void> {
    const { pack } = this;
    if (pack.blocks.size < PACK_HEADER_BYTES + pack.format.bytes)
      return this.damage(null, -1, `it is ${pack.blocks.size} bytes long`);
    await this.checkTrailer();
    const head = await pack.blocks.load(0, PACK_HEADER_BYTES);
    const version = head.readUInt32BE(4);
    if (head.toString('latin1', 0, 4) !== 'PACK' || (version !== 2 && version !== 3))
      return this.damage(0, -1, 'it is not a pack of version 2');
    const count = head.readUInt32BE(8);
    if (pack.index !== null && pack.index.count !== count)
      this.damage(0, -1, `it says that it has ${count} objects, its index says ${pack.index.count}`);
    await this.readEntries(count);
    await this.makeWaiting();
  }

  private async checkTrailer(): Promise<void> {
    const { blocks, end, index, format } = this.pack;
    const hash = createHash(format.name);
    for (let at = 0; at < end; at += HASHED_AT_ONCE) {
      hash.update(await blocks.read(at, Math.min(HASHED_AT_ONCE, end - at)));
      await turn();
    }
    const actual = hash.digest();
    const stated = await blocks.read(end, format.bytes);
    if (!actual.equals(stated)) {
      const reason = `its checksum is ${stated.toString('hex')}, its content hashes to ${actual.toString('hex')}`;
      this.damage(null, -1, reason);
    }
    if (index !== null && !index.packHash.equals(stated)) {
      const reason = `its checksum is ${stated.toString('hex')}, its index is of ${index.packHash.toString('hex')}`;
      this.damage(null, -1, reason);
    }
  }

  /** The row of the index for the entry at `offset`, or -1. Rows passed over name what is not there. */
  private rowAt(offset: number): number {
    const { index } = this.pack;
    if (index === null) return -1;
    for (; this.next < index.count; this.next++) {
      const row = index.byOffset[this.next] ?? 0;
      const stated = index.offsets[row] ?? 0;
      if (stated > offset) break;
      if (stated === offset) {
        this.next += 1;
        return row;
      }
      this.damage(stated, row, 'its index names an object here, and none begins here');
    }
    if (Number.isFinite(offset)) this.damage(offset, -1, 'an object begins here that its index does not name');
    return -1;
  }

  /** Where the index says that the next entry begins, behind one that cannot be read. */
  private nextStated(offset: number): number | null {
    const { index } = this.pack;
    if (index === null) return null;
    for (let i = this.next; i < index.count; i++) {
      const stated = index.offsets[index.byOffset[i] ?? 0] ?? 0;
      if (stated > offset) return stated;
    }
    return null;
  }

  private async readEntries(count: number): Promise<void> {
    const { pack, listener } = this;
    let at = PACK_HEADER_BYTES;
    let read = 0;
    for (; read < count && at < pack.end; read++) {
      const row = this.rowAt(at);
      listener.progress();
      if (read % OBJECTS_A_TURN === OBJECTS_A_TURN - 1) await turn();
      let entry: Entry;
      try {
        const reading = pack.entry(at);
        entry = reading instanceof Promise ? await reading : reading;
      } catch (error) {
        this.failed.add(at);
        this.damage(at, row, messageOf(error));
        const next = this.nextStated(at);
        if (next === null || next >= pack.end) return this.leaveRest(read + 1, count);
        at = next;
        continue;
      }
      const making = this.make(at, row, entry);
      if (making !== undefined) await making;
      at += entry.packed.length;
    }
    this.rowAt(Number.POSITIVE_INFINITY);
    if (read < count) this.damage(at, -1, `it ends after ${read} of ${count} objects`);
    else if (at !== pack.end) this.damage(at, -1, `${pack.end - at} bytes follow its last object`);
  }

  private leaveRest(read: number, count: number): void {
    if (read < count) this.damage(null, -1, `${count - read} of its objects could not be looked at`);
    this.rowAt(Number.POSITIVE_INFINITY);
  }

  private make(offset: number, row: number, entry: Entry): Promise<void> | undefined {
    const { pack } = this;
    const stated = row < 0 ? undefined : pack.index?.crcs?.[row];
    if (stated !== undefined && crc32(entry.packed) !== stated)
      this.damage(offset, row, 'its bytes do not have the CRC that its index says');
    const { base } = entry;
    if (typeof base === 'string' && pack.index === null && this.findBase(base) === null) {
      this.waiting.set(base, [...(this.waiting.get(base) ?? []), offset]);
      return undefined;
    }
    try {
      if (typeof base === 'number' && this.failed.has(base)) throw new Error('the base of its delta is damaged');
      const object = pack.object(offset, entry, this.findBase);
      if (!(object instanceof Promise)) return this.take(object, offset, row);
      return object.then(
        (made) => this.take(made, offset, row),
        (error) => this.fail(offset, row, error),
      );
    } catch (error) {
      return this.fail(offset, row, error);
    }
  }

  private fail(offset: number, row: number, error: unknown): undefined {
    this.failed.add(offset);
    this.damage(offset, row, messageOf(error));
  }

  private take(object: Unpacked, offset: number, row: number): undefined {
    const { index, format } = this.pack;
    const type = OBJECT_TYPES[object.type];
    if (type === null || type === undefined) return this.fail(offset, row, new Error(`its type is ${object.type}`));
    let id: Buffer;
    try {
      // Without an index it is a bundle's, which may come from anybody. Other copies were fetched: git has checked them, or we have.
      id =
        index === null
          ? Buffer.from(hashUntrusted({ type, data: object.data }, format), 'hex')
          : objectHash(type, object.data, format);
    } catch (error) {
      return this.fail(offset, row, error);
    }
    const at = row * format.bytes;
    if (index !== null && row >= 0 && index.oids.compare(id, 0, format.bytes, at, at + format.bytes) !== 0)
      return this.fail(offset, row, new Error(`it is ${id.toString('hex')}, its index says another`));
    this.listener.found(object, id, this.pack.number, offset);
    if (this.waiting.size > 0 && this.waiting.has(id.toString('hex'))) this.ready.push(id.toString('hex'));
  }

  /** Deltas that stand before their base, each as soon as its base is made. */
  private async makeWaiting(): Promise<void> {
    for (let base = this.ready.pop(); base !== undefined; base = this.ready.pop()) {
      const offsets = this.waiting.get(base) ?? [];
      this.waiting.delete(base);
      for (const offset of offsets) await this.make(offset, -1, await this.pack.entry(offset));
    }
    if (this.isThin) return;
    for (const [base, offsets] of this.waiting)
      for (const offset of offsets) this.damage(offset, -1, `the base of its delta, ${base}, is not in the pack`);
  }
}
