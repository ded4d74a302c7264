/** Every object id that a scan has met, in tables of numbers: about 80 bytes an object, whatever the objects hold. */

import { randomBytes } from 'node:crypto';
import { type ObjectFormat, SHA1 } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import type { ObjectType } from '../object-codec.js';

export const OBJECT_TYPES: readonly (ObjectType | null)[] = [null, 'commit', 'tree', 'blob', 'tag'];

/** 1 commit, 2 tree, 3 blob, 4 tag, as in packs; 0 for an object that was named and not found. */
export type TypeNumber = 0 | 1 | 2 | 3 | 4;

export const [ABSENT, COMMIT, TREE, BLOB, TAG] = [0, 1, 2, 3, 4] as const;

/** The first bytes of an id, which are all of a SHA-1: five numbers of 4 bytes, which `locate` has by name. */
const FIRST = SHA1.bytes / 4;

/** Hash multipliers that nobody can know beforehand: ids chosen to collide would make the table slow. */
function randomMultipliers(count: number): Int32Array {
  const bytes = randomBytes(count * 4);
  return Int32Array.from({ length: count }, (_, i) => bytes.readInt32LE(i * 4) | 1);
}

function grown<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(old: T, length: number): T {
  const wider = new (old.constructor as new (length: number) => T)(length);
  wider.set(old);
  return wider;
}

/** Ids by number, in the order in which they were met, with what is known of each. */
export class ObjectTable {
  /** The format of its ids. */
  readonly format: ObjectFormat;
  size = 0;
  types = new Uint8Array(1024);
  /** One bit (`1 << type`) for each type that something names the object as. */
  wantedAs = new Uint8Array(1024);
  /** How often stored objects name it. */
  references = new Uint32Array(1024);
  /** The pack it is in, by number; -1 for a loose file. */
  sources = new Int32Array(1024);
  offsets = new Float64Array(1024);
  /** Where something of it is kept in memory, plus one; 0 where nothing is. */
  kept = new Float64Array(1024);
  /** 1 where its whole content is kept. */
  whole = new Uint8Array(1024);
  lengths = new Float64Array(1024);
  /** An id as numbers of 4 bytes: so many. */
  private readonly width: number;
  private words: Int32Array;
  private slots = new Int32Array(4096);
  private readonly multipliers: Int32Array;
  private readonly scratch: Buffer;
  private readonly scratchView: DataView;

  constructor(format: ObjectFormat) {
    this.format = format;
    this.width = format.bytes / 4;
    this.words = new Int32Array(1024 * this.width);
    this.multipliers = randomMultipliers(this.width);
    this.scratch = Buffer.alloc(format.bytes);
    this.scratchView = new DataView(this.scratch.buffer, this.scratch.byteOffset, format.bytes);
  }

  /** What stands behind the first numbers of an id, hashed: an id may be chosen to differ from others there alone. */
  private restOf(wordAt: (i: number) => number): number {
    let hash = 0;
    for (let i = FIRST; i < this.width; i++)
      hash = Math.imul(hash ^ (hash >>> 15) ^ wordAt(i), this.multipliers[i] ?? 1);
    return hash ^ (hash >>> 16);
  }

  private slotOf(a: number, b: number, c: number, d: number, e: number): number {
    const m = this.multipliers;
    let hash = Math.imul(a, m[0] ?? 1) ^ Math.imul(b, m[1] ?? 1);
    hash = Math.imul(hash ^ (hash >>> 15), m[2] ?? 1) ^ Math.imul(c, m[3] ?? 1);
    hash = Math.imul(hash ^ d ^ (hash >>> 13), m[4] ?? 1) ^ e;
    return (Math.imul(hash ^ (hash >>> 16), 0x2c1b3c6d) >>> 7) & (this.slots.length - 1);
  }

  /** The number of an id: that of an equal one, or where there is none a new one (with `add`) or -1. */
  private locate(view: DataView, at: number, add: boolean): number {
    const a = view.getInt32(at);
    const b = view.getInt32(at + 4);
    const c = view.getInt32(at + 8);
    const d = view.getInt32(at + 12);
    const e = view.getInt32(at + 16);
    const { slots, words, width } = this;
    const mask = slots.length - 1;
    const isWide = width > FIRST;
    let slot = this.slotOf(a, b, c, d, isWide ? e ^ this.restOf((i) => view.getInt32(at + i * 4)) : e);
    for (let entry = slots[slot] ?? 0; entry !== 0; entry = slots[slot] ?? 0) {
      const w = (entry - 1) * width;
      if (words[w] === a && words[w + 1] === b && words[w + 2] === c && words[w + 3] === d && words[w + 4] === e) {
        if (!isWide || this.hasRest(w, view, at)) return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    if (!add) return -1;
    const number = this.size;
    if (number === this.types.length) this.grow();
    this.words.set([a, b, c, d, e], number * width);
    for (let i = FIRST; i < width; i++) this.words[number * width + i] = view.getInt32(at + i * 4);
    this.size = number + 1;
    slots[slot] = number + 1;
    if (this.size * 2 > slots.length) this.rehash();
    return number;
  }

  /** True where the id in the bytes at `at` ends as the one whose numbers begin at `w`. */
  private hasRest(w: number, view: DataView, at: number): boolean {
    for (let i = FIRST; i < this.width; i++) if (this.words[w + i] !== view.getInt32(at + i * 4)) return false;
    return true;
  }

  private grow(): void {
    const length = this.types.length * 2;
    this.types = grown(this.types, length);
    this.wantedAs = grown(this.wantedAs, length);
    this.references = grown(this.references, length);
    this.sources = grown(this.sources, length);
    this.offsets = grown(this.offsets, length);
    this.kept = grown(this.kept, length);
    this.lengths = grown(this.lengths, length);
    this.whole = grown(this.whole, length);
    this.words = grown(this.words, length * this.width);
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2);
    this.slots = slots;
    const { words: w, width } = this;
    for (let i = 0; i < this.size; i++) {
      const k = i * width;
      const rest = width > FIRST ? this.restOf((n) => w[k + n] ?? 0) : 0;
      let slot = this.slotOf(w[k] ?? 0, w[k + 1] ?? 0, w[k + 2] ?? 0, w[k + 3] ?? 0, (w[k + 4] ?? 0) ^ rest);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = i + 1;
    }
  }

  /** The number of the id in the bytes at `at`. */
  add(view: DataView, at: number): number {
    return this.locate(view, at, true);
  }

  addOid(oid: Oid): number {
    this.scratch.write(oid, 'hex');
    return this.locate(this.scratchView, 0, true);
  }

  /** The number of an id, or -1. */
  find(oid: Oid): number {
    if (this.scratch.write(oid, 'hex') !== this.format.bytes) return -1;
    return this.locate(this.scratchView, 0, false);
  }

  oid(number: number): Oid {
    const { width } = this;
    for (let i = 0; i < width; i++) this.scratchView.setInt32(i * 4, this.words[number * width + i] ?? 0);
    return this.scratch.toString('hex');
  }

  /** Whether the object was found intact. */
  has(number: number): boolean {
    return this.types[number] !== ABSENT;
  }

  type(number: number): TypeNumber {
    return (this.types[number] ?? ABSENT) as TypeNumber;
  }
}
