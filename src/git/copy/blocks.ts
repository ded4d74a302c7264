/** Reading files in blocks, the last ones used kept, so that neighbours in a pack cost one read. */

import type { FileHandle } from '../file-system.js';

const BLOCK_BYTES = 256 * 1024;
const KEPT_BLOCKS = 64;

/** Blocks of several files: at most 16 MiB of them are kept, whatever the sizes and number of the files. */
export class BlockCache {
  private readonly blocks = new Map<number, Buffer>();

  get(key: number): Buffer | undefined {
    return this.blocks.get(key);
  }

  set(key: number, block: Buffer): void {
    this.blocks.set(key, block);
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= KEPT_BLOCKS) break;
      this.blocks.delete(oldest);
    }
  }
}

const FILES_STEP = 2 ** 32;

/** The bytes of an open file from `start` to `start + size`; offsets count from `start`. */
export class Blocks {
  readonly size: number;
  private readonly file: FileHandle;
  private readonly start: number;
  private readonly cache: BlockCache;
  private readonly firstKey: number;

  constructor(file: FileHandle, start: number, size: number, cache: BlockCache, fileNumber: number) {
    this.file = file;
    this.start = start;
    this.size = size;
    this.cache = cache;
    this.firstKey = fileNumber * FILES_STEP;
  }

  /** At least `length` bytes from `offset` on (fewer only at the end of the file), or null where they are not at hand. */
  held(offset: number, length: number): Buffer | null {
    const number = Math.floor(offset / BLOCK_BYTES);
    const block = this.cache.get(this.firstKey + number);
    if (block === undefined) return null;
    const end = Math.min(offset + length, this.size) - number * BLOCK_BYTES;
    return end <= block.length ? block.subarray(offset - number * BLOCK_BYTES) : null;
  }

  /** The same, read from the file where it must be. */
  async load(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(offset + length, this.size);
    const first = Math.floor(offset / BLOCK_BYTES);
    const parts: Buffer[] = [];
    for (let number = first; number * BLOCK_BYTES < end; number++) parts.push(await this.block(number));
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    return whole.subarray(offset - first * BLOCK_BYTES);
  }

  private async block(number: number): Promise<Buffer> {
    const key = this.firstKey + number;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const block = await this.read(number * BLOCK_BYTES, Math.min(BLOCK_BYTES, this.size - number * BLOCK_BYTES));
    this.cache.set(key, block);
    return block;
  }

  /** Bytes straight from the file, past the blocks. Fewer than `length` where the file has become shorter. */
  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.file.read(buffer, filled, length - filled, this.start + offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
