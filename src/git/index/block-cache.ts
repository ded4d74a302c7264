/** The blocks that were used last, up to a number of bytes: two generations, the older one forgotten when the younger is full. */

import type { Block } from './block.js';

/** What the line starts and the objects of a block add to its bytes, about. */
const OVERHEAD = 512;

export class BlockCache {
  readonly #limit: number;
  #young = new Map<number, Block>();
  #old = new Map<number, Block>();
  #bytes = 0;

  constructor(bytes: number) {
    this.#limit = bytes / 2;
  }

  get(offset: number): Block | undefined {
    const young = this.#young.get(offset);
    if (young !== undefined) return young;
    const old = this.#old.get(offset);
    if (old !== undefined) this.put(offset, old);
    return old;
  }

  put(offset: number, block: Block): void {
    const bytes = block.bytes.length + OVERHEAD;
    if (this.#bytes + bytes > this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    this.#young.set(offset, block);
    this.#bytes += bytes;
  }
}
