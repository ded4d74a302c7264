/** Where the tables of a pack's index stand (gitformat-pack(5), version 2): ids, CRC-32s, offsets, offsets of 8 bytes, two hashes. */

import type { ObjectFormat } from '../model/object-id.js';

export const INDEX_MAGIC = 0xff744f63;

/** How many ids begin with each byte or with a lower one, 4 bytes each. */
export const FAN_OUT_BYTES = 256 * 4;

/** Behind the magic number and the version. */
export const FAN_OUT_AT = 8;

/** The ids, ascending. */
export const OIDS_AT = FAN_OUT_AT + FAN_OUT_BYTES;

/** The CRC-32 of each object, 4 bytes, of an index of `count` objects. */
export function crcsAt(count: number, { bytes }: ObjectFormat): number {
  return OIDS_AT + count * bytes;
}

/** The offset of each object in the pack, 4 bytes. */
export function offsetsAt(count: number, format: ObjectFormat): number {
  return crcsAt(count, format) + count * 4;
}

/** The offsets that need 8 bytes; without any, the trailer stands here. */
export function largeOffsetsAt(count: number, format: ObjectFormat): number {
  return offsetsAt(count, format) + count * 4;
}

/** What stands at the end: the pack's hash, and the index's own. */
export function trailerBytes({ bytes }: ObjectFormat): number {
  return 2 * bytes;
}

/** The least bytes of an index of so many objects: without an offset of 8 bytes, all of them. */
export function indexEnd(count: number, format: ObjectFormat): number {
  return largeOffsetsAt(count, format) + trailerBytes(format);
}
