/** A tree of notes that holds nothing but folders named by two digits, read and changed where its bytes stand. */

import type { ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';

const MODE = Buffer.from('40000 ');
const FOLDER_MODE = MODE.readUIntBE(0, MODE.length);
const NAME_BYTES = 2;
/** Where the id stands in a line: after mode, name and a zero byte. */
const ID_AT = MODE.length + NAME_BYTES + 1;

function isDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}

/** All its lines have one length, and the order of their names. */
export class FanOut {
  private readonly bytes: Buffer;
  private readonly lineBytes: number;

  private constructor(bytes: Buffer, lineBytes: number) {
    this.bytes = bytes;
    this.lineBytes = lineBytes;
  }

  /** Null for the bytes of another tree. */
  static of(data: Uint8Array, format: ObjectFormat): FanOut | null {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const lineBytes = ID_AT + format.bytes;
    if (bytes.length === 0 || bytes.length % lineBytes !== 0) return null;
    let before = -1;
    for (let at = 0; at < bytes.length; at += lineBytes) {
      const nameAt = at + MODE.length;
      const name = bytes.readUInt16BE(nameAt);
      const isFolder = bytes.readUIntBE(at, MODE.length) === FOLDER_MODE && bytes[at + ID_AT - 1] === 0;
      if (!isFolder || !isDigit(name >> 8) || !isDigit(name & 0xff) || name <= before) return null;
      before = name;
    }
    return new FanOut(bytes, lineBytes);
  }

  /** The folder of this name, or null. */
  get(name: string): Oid | null {
    const at = this.placeOf(name);
    return this.hasAt(at, name) ? this.bytes.toString('hex', at + ID_AT, at + this.lineBytes) : null;
  }

  /** The bytes of the tree with these folders in it, in place of those that it has at their names. */
  with(folders: ReadonlyMap<string, Oid>): Buffer {
    const parts: Buffer[] = [];
    let from = 0;
    for (const name of [...folders.keys()].sort()) {
      const at = this.placeOf(name);
      parts.push(
        this.bytes.subarray(from, at),
        MODE,
        Buffer.from(`${name}\0`),
        Buffer.from(folders.get(name) ?? '', 'hex'),
      );
      from = this.hasAt(at, name) ? at + this.lineBytes : at;
    }
    parts.push(this.bytes.subarray(from));
    return Buffer.concat(parts);
  }

  private hasAt(at: number, name: string): boolean {
    return at < this.bytes.length && this.bytes.toString('latin1', at + MODE.length, at + ID_AT - 1) === name;
  }

  /** Where the line of a name stands, or would stand. */
  private placeOf(name: string): number {
    const wanted = Buffer.from(name).readUInt16BE(0);
    let low = 0;
    let high = this.bytes.length / this.lineBytes;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.bytes.readUInt16BE(middle * this.lineBytes + MODE.length) < wanted) low = middle + 1;
      else high = middle;
    }
    return low * this.lineBytes;
  }
}
