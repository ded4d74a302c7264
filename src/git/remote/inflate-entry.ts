/** Inflating what stands in a pack, of which it is not known how long it is before: in one go where it is small, else in pieces. */

import { Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import { CutShort, inflateExactly } from '../copy/inflate.js';
import { DamagedPack } from './damaged-pack.js';
import type { PackSource } from './pack-file.js';

/** From this size on, in bytes, what is inflated comes in pieces. */
export const LARGE_BYTES = 1024 * 1024;

const PIECE_BYTES = 64 * 1024;
const ANOTHER_SIZE = 'with an object of another size than it says';

/** Where the deflated bytes of an entry begin, before which place they end, and how many bytes they make. */
export interface Deflated {
  readonly at: number;
  readonly end: number;
  readonly size: number;
}

/** Inflates in pieces that `take` is told of one after the other, and says how many bytes of the pack that took. */
export async function inflatePieces(
  pack: PackSource,
  { at, end, size }: Deflated,
  take: (piece: Buffer) => void,
): Promise<number> {
  const inflater = createInflate({ chunkSize: PIECE_BYTES });
  function* pieces(): Generator<Buffer> {
    for (let from = at; from < end; from += PIECE_BYTES) yield pack.at(from, Math.min(PIECE_BYTES, end - from));
  }
  let inflated = 0;
  const source = Readable.from(pieces(), { highWaterMark: 1 });
  try {
    for await (const piece of source.pipe(inflater)) {
      inflated += piece.length;
      if (inflated > size) throw new DamagedPack(ANOTHER_SIZE);
      take(piece);
    }
  } finally {
    source.destroy();
    inflater.destroy();
  }
  if (inflated !== size) throw new DamagedPack(ANOTHER_SIZE);
  return inflater.bytesWritten;
}

/** No deflated byte stands for more (zlib_tech.html, "Maximum Compression Factor"). */
const MAX_RATIO = 1032;

/** Inflates all of it. Nothing is reserved for what is said to be larger than it can be. */
export async function inflateWhole(pack: PackSource, deflated: Deflated): Promise<{ data: Buffer; used: number }> {
  const { at, end, size } = deflated;
  // What zlib's deflateBound allows: hardly anything is longer.
  const bound = size + Math.ceil(size / 1000) + 64;
  if (size < LARGE_BYTES) {
    try {
      return inflateExactly(pack.at(at, Math.min(bound, end - at)), size);
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
    }
  }
  const most = (end - at) * MAX_RATIO;
  if (size > most) throw new DamagedPack(`with an object of ${size} bytes, of which no more than ${most} can be there`);
  const data = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  const used = await inflatePieces(pack, deflated, (piece) => {
    filled += piece.copy(data, filled);
  });
  return { data, used };
}
