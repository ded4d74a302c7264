/** The header of an entry of a pack (gitformat-pack(5)): the type, the size, and for a delta where its base is. */

import type { ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectType } from './object-codec.js';

/** A delta that says how far before it its base is, and one that names it. */
export const OFS_DELTA = 6;
export const REF_DELTA = 7;

export const ENTRY_NUMBERS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

export const ENTRY_TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };

/** The type and the size of an entry: 4 bits of the size beside the type, then 7 a byte, least significant first. */
export function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = (type << 4) | (size % 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

/** How far before a delta its base begins, in bytes: 7 bits a byte, most significant first, each but the last one too low. */
export function distanceBytes(distance: number): Buffer {
  const bytes = [distance % 128];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest % 128) | 0x80);
  }
  return Buffer.from(bytes);
}

/** The type, size and base of an entry, and where its deflated data begins. */
export function parseEntryHeader(
  bytes: Buffer,
  offset: number,
  format: ObjectFormat,
): { type: number; size: number; base: number | Oid | null; dataAt: number } {
  let at = 0;
  let byte = bytes[at++] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 0xf;
  for (let scale = 16; byte >= 0x80; scale *= 128) {
    byte = bytes[at++] ?? 0;
    size += (byte & 0x7f) * scale;
  }
  if (type === REF_DELTA) {
    const dataAt = at + format.bytes;
    return { type, size, base: bytes.toString('hex', at, dataAt), dataAt };
  }
  if (type !== OFS_DELTA) return { type, size, base: null, dataAt: at };
  byte = bytes[at++] ?? 0;
  let back = byte & 0x7f;
  while (byte >= 0x80) {
    byte = bytes[at++] ?? 0;
    back = (back + 1) * 128 + (byte & 0x7f);
  }
  return { type, size, base: offset - back, dataAt: at };
}
