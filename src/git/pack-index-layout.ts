/** Where the tables of a pack's index stand (gitformat-pack(5), version 2): ids, CRC-32s, offsets, offsets of 8 bytes, two hashes. */

import { SHA1 } from '../model/object-id.js';

export const INDEX_MAGIC = 0xff744f63;

/** How many ids begin with each byte or with a lower one, 4 bytes each. */
export const FAN_OUT_BYTES = 256 * 4;

/** Behind the magic number and the version. */
export const FAN_OUT_AT = 8;

/** The ids, ascending. */
export const OIDS_AT = FAN_OUT_AT + FAN_OUT_BYTES;

/** The pack's hash, and the index's own. */
export const INDEX_TRAILER_BYTES = 2 * SHA1.bytes;

/** The CRC-32 of each object, 4 bytes, of an index of `count` objects. */
export function crcsAt(count: number): number {
  return OIDS_AT + count * SHA1.bytes;
}

/** The offset of each object in the pack, 4 bytes. */
export function offsetsAt(count: number): number {
  return crcsAt(count) + count * 4;
}

/** The offsets that need 8 bytes; without any, the trailer stands here. */
export function largeOffsetsAt(count: number): number {
  return offsetsAt(count) + count * 4;
}
