/** An open run: each block is held against its checksum when it is read, and a wrong one is `DamagedIndex`. */

import { crc32 } from 'node:zlib';
import type { RecordChange, SortedChanges } from '../../model/sorted-records.js';
import { DamagedIndex } from '../../ports/index-file.js';
import { Block, type Pointer } from './block.js';
import { BlockCache } from './block-cache.js';
import { type IndexFileSystem, readAt } from './index-file-system.js';
import type { OwnFiles } from './own-files.js';
import { HEADER_BYTES, parseHeader, type RunHeader } from './run-header.js';

/** Blocks that each open run keeps. */
const CACHE_BYTES = 8 * 1024 * 1024;

/** Room for a block as they are written; a longer one gets more. */
const SCANNED_BYTES = 8 * 1024;

function readHeader(fs: IndexFileSystem, fd: number): RunHeader | null {
  try {
    return parseHeader(readAt(fs, fd, 0, HEADER_BYTES));
  } catch {
    return null;
  }
}

export class Run implements SortedChanges {
  readonly path: string;
  readonly header: RunHeader;
  /** The file's inode. While it is open no other file has it. */
  readonly ino: number;
  readonly #fs: IndexFileSystem;
  readonly #cache = new BlockCache(CACHE_BYTES);
  #fd: number | null;

  private constructor(fs: IndexFileSystem, path: string, fd: number, ino: number, header: RunHeader) {
    this.#fs = fs;
    this.path = path;
    this.#fd = fd;
    this.ino = ino;
    this.header = header;
  }

  /** Null where there is none that is ours and whole as far as its header and its length say. */
  static open(files: OwnFiles, name: string): Run | null {
    const file = files.open(name, 'r');
    if (file === null) return null;
    const header = readHeader(files.fs, file.fd);
    if (header === null || header.size !== Number(file.stat.size)) {
      files.fs.closeSync(file.fd);
      return null;
    }
    return new Run(files.fs, files.path(name), file.fd, Number(file.stat.ino), header);
  }

  get(key: string): string | null | undefined {
    const target = Buffer.from(key);
    let pointer = this.header.top;
    if (pointer === null) return undefined;
    for (let level = this.header.levels; level > 0; level--) {
      const block = this.#cached(pointer);
      const line = block.lastNotAfter(target);
      if (line < 0) return undefined;
      pointer = block.pointerAt(line);
    }
    const block = this.#cached(pointer);
    const line = block.find(target);
    return line < 0 ? undefined : block.valueAt(line);
  }

  *range(from: string, to: string | null, reverse = false): Generator<RecordChange, void> {
    const [first, end] = [Buffer.from(from), to === null ? null : Buffer.from(to)];
    for (const block of this.#leaves(this.header.top, this.header.levels, first, end, reverse)) {
      const low = block.lowerBound(first);
      const high = end === null ? block.count : block.lowerBound(end);
      for (let i = low; i < high; i++) {
        const line = reverse ? low + high - 1 - i : i;
        yield [block.keyAt(line), block.valueAt(line)];
      }
    }
  }

  /** Every block of records in order, past the cache, with the key that the next one starts with. A block is gone when the next one is read. */
  *scan(): Generator<{ readonly pointer: Pointer; readonly block: Block; readonly next: Buffer | null }, void> {
    let before: Pointer | null = null;
    // In the same memory: a run has tens of thousands, of which each would stay until it is collected.
    let bytes = Buffer.allocUnsafeSlow(SCANNED_BYTES);
    const read = (pointer: Pointer): Block => {
      if (pointer.length > bytes.length) bytes = Buffer.allocUnsafeSlow(pointer.length);
      return this.#read(pointer, bytes);
    };
    for (const { key, pointer } of this.#leafPointers(this.header.top, this.header.levels)) {
      if (before !== null) yield { pointer: before, block: read(before), next: key };
      before = pointer;
    }
    if (before !== null) yield { pointer: before, block: read(before), next: null };
  }

  close(): void {
    if (this.#fd === null) return;
    const fd = this.#fd;
    this.#fd = null;
    this.#fs.closeSync(fd);
  }

  /** The blocks of records that can hold keys from `from` to `to`. */
  *#leaves(
    pointer: Pointer | null,
    levels: number,
    from: Buffer,
    to: Buffer | null,
    reverse: boolean,
  ): Generator<Block, void> {
    if (pointer === null) return;
    const block = this.#cached(pointer);
    if (levels === 0) {
      yield block;
      return;
    }
    const low = Math.max(0, block.lastNotAfter(from));
    const high = to === null ? block.count : block.lowerBound(to);
    for (let i = low; i < high; i++) {
      yield* this.#leaves(block.pointerAt(reverse ? low + high - 1 - i : i), levels - 1, from, to, reverse);
    }
  }

  *#leafPointers(
    pointer: Pointer | null,
    levels: number,
  ): Generator<{ readonly key: Buffer | null; readonly pointer: Pointer }, void> {
    if (pointer === null) return;
    if (levels === 0) {
      yield { key: null, pointer };
      return;
    }
    const block = this.#read(pointer);
    for (let i = 0; i < block.count; i++) {
      if (levels === 1) yield { key: block.keyBytesAt(i), pointer: block.pointerAt(i) };
      else yield* this.#leafPointers(block.pointerAt(i), levels - 1);
    }
  }

  #cached(pointer: Pointer): Block {
    let block = this.#cache.get(pointer.offset);
    if (block === undefined) {
      block = this.#read(pointer);
      this.#cache.put(pointer.offset, block);
    }
    return block;
  }

  #read({ offset, length, crc }: Pointer, into?: Buffer): Block {
    if (this.#fd === null) throw new DamagedIndex(this.path, 'it is closed already');
    let bytes: Buffer;
    try {
      bytes = readAt(this.#fs, this.#fd, offset, length, into);
    } catch (error) {
      throw new DamagedIndex(this.path, `${length} bytes at ${offset} cannot be read`, error);
    }
    if (bytes.length !== length || crc32(bytes) !== crc) {
      throw new DamagedIndex(this.path, `the checksum of ${length} bytes at ${offset} is wrong`);
    }
    return new Block(bytes);
  }
}
