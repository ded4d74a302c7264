/** Inflating one object: no more than it says it has, and the number of bytes that it took. */

import { constants, inflateSync } from 'node:zlib';
import { MAX_PACK_BYTES } from '../pack-writer.js';

/** No writer of ours makes a larger object: it would not fit into a pack. */
export const MAX_OBJECT_BYTES = MAX_PACK_BYTES;

/** What is inflated at once where an object is large. */
const MAX_CHUNK = 1024 * 1024;

/** Deflate makes at most 1,032 bytes of one (zlib's technical notes). */
export const MAX_RATIO = 1032;

export interface Inflated {
  readonly data: Buffer;
  /** Bytes of the input. */
  readonly used: number;
}

/** The input ends before the object does. */
export class CutShort extends Error {
  override readonly name = 'CutShort';
  constructor() {
    super('it is cut short');
  }
}

function failure(error: unknown, size: number): Error {
  const { code, message } = error as { code?: string; message: string };
  if (code === 'Z_BUF_ERROR') return new CutShort();
  if (code === 'ERR_BUFFER_TOO_LARGE') return new Error(`it inflates to more than the ${size} bytes that it says`);
  return new Error(`it does not inflate: ${message}`);
}

/** The object of `size` bytes at the beginning of `input`. @throws {@link CutShort}, or an Error that says what is wrong */
export function inflateExactly(input: Buffer, size: number): Inflated {
  if (size > MAX_OBJECT_BYTES) throw new Error(`it says that it has ${size} bytes`);
  // One byte more than is needed: a full chunk would make zlib ask for another.
  const options = {
    info: true,
    maxOutputLength: Math.max(size, 1),
    chunkSize: Math.max(64, Math.min(size + 1, MAX_CHUNK)),
  };
  let inflated: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // With `info` the engine comes along; the types do not say so.
    inflated = inflateSync(input, options) as unknown as typeof inflated;
  } catch (error) {
    throw failure(error, size);
  }
  if (inflated.buffer.length !== size) throw new Error(`it inflates to ${inflated.buffer.length} bytes, not ${size}`);
  return { data: inflated.buffer, used: inflated.engine.bytesWritten };
}

/** The beginning of what `input` inflates to, at most some 130 KB: enough for the header of a loose object. */
export function inflateBeginning(input: Buffer): Buffer {
  try {
    return inflateSync(input.subarray(0, 128), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw failure(error, 0);
  }
}
