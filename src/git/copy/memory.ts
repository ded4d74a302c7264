/** Byte strings kept side by side in large pieces: a Buffer for each would cost more than most of them hold. */

const PIECE_BYTES = 1024 * 1024;

export class Slabs {
  private readonly pieces: Buffer[] = [];
  private free = 0;

  /** Keeps a copy of at most 1 MiB; returns its place. */
  add(bytes: Uint8Array): number {
    let piece = this.pieces.at(-1);
    if (piece === undefined || bytes.length > this.free) {
      piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      this.pieces.push(piece);
      this.free = PIECE_BYTES;
    }
    const at = PIECE_BYTES - this.free;
    piece.set(bytes, at);
    this.free -= bytes.length;
    return (this.pieces.length - 1) * PIECE_BYTES + at;
  }

  get(place: number, length: number): Buffer {
    const at = place % PIECE_BYTES;
    return (this.pieces[(place - at) / PIECE_BYTES] ?? Buffer.alloc(0)).subarray(at, at + length);
  }
}

/** A least-recently-used cache bounded by the sum of its values' weights. */
export class WeighedCache<K, V> {
  private readonly values = new Map<K, V>();
  private readonly limit: number;
  private readonly weigh: (value: V) => number;
  private sum = 0;

  constructor(limit: number, weigh: (value: V) => number) {
    this.limit = limit;
    this.weigh = weigh;
  }

  get(key: K): V | undefined {
    const value = this.values.get(key);
    if (value !== undefined) {
      this.values.delete(key);
      this.values.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    const weight = this.weigh(value);
    // One large value would drive out all others.
    if (weight > this.limit / 8 || this.values.has(key)) return;
    this.values.set(key, value);
    this.sum += weight;
    for (const [oldest, old] of this.values) {
      if (this.sum <= this.limit) break;
      this.values.delete(oldest);
      this.sum -= this.weigh(old);
    }
  }
}
