/** Writes a run as its lines come, in memory that does not grow with them: a full block is written at once. */

import { crc32 } from 'node:zlib';
import type { IndexPosition } from '../../ports/index-file.js';
import { keyEnd, type Pointer, pointerLine } from './block.js';
import { type IndexFileSystem, writeAt } from './index-file-system.js';
import { formatHeader, HEADER_BYTES } from './run-header.js';

const BLOCK_BYTES = 4096;
const OUT_BYTES = 256 * 1024;

/** A block of one level that is being filled. */
class Filling {
  bytes = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES);
  length = 0;
  lines = 0;
  /** Blocks of this level that are written. */
  written = 0;

  add(line: Uint8Array): void {
    if (this.length + line.length > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.length + line.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(line, this.length);
    this.length += line.length;
    this.lines++;
  }

  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    this.lines = 0;
    this.written++;
    return taken;
  }
}

export class RunWriter {
  readonly #fs: IndexFileSystem;
  readonly #fd: number;
  /** From the records upwards. */
  readonly #levels: Filling[] = [];
  readonly #out = Buffer.allocUnsafeSlow(OUT_BYTES);
  #buffered = 0;
  /** Bytes in the file, and in `#out`. */
  #size = HEADER_BYTES;

  constructor(fs: IndexFileSystem, fd: number) {
    this.#fs = fs;
    this.#fd = fd;
  }

  /** Adds a line, whose key comes after that of the one before. */
  add(line: Uint8Array): void {
    this.#addTo(0, line);
  }

  /** Adds a block of records as it is; false where that would leave a small block behind: then its lines must be added. */
  addBlock(bytes: Buffer, crc: number): boolean {
    const leaf = this.#level(0);
    if (leaf.length > 0 && leaf.length < BLOCK_BYTES / 2) return false;
    if (leaf.length > 0) this.#flush(0);
    this.#point(0, bytes, this.#write(bytes, crc));
    leaf.written++;
    return true;
  }

  /** Writes the rest, the header last, and makes the file last. */
  finish(id: string, on: string | null, position: IndexPosition): void {
    const { top, levels } = this.#top();
    this.#writeOut();
    writeAt(this.#fs, this.#fd, formatHeader({ id, on, position, size: this.#size, levels, top }), 0);
    this.#fs.fdatasyncSync(this.#fd);
  }

  #level(level: number): Filling {
    const known = this.#levels[level];
    if (known !== undefined) return known;
    const filling = new Filling();
    this.#levels.push(filling);
    return filling;
  }

  #addTo(level: number, line: Uint8Array): void {
    const filling = this.#level(level);
    // A block of an inner level points to two blocks at least, however long the keys are: or the levels would not end.
    const enough = filling.lines >= (level === 0 ? 1 : 2);
    if (enough && filling.length + line.length > BLOCK_BYTES) this.#flush(level);
    filling.add(line);
  }

  #flush(level: number): void {
    const bytes = this.#level(level).take();
    this.#point(level, bytes, this.#write(bytes, crc32(bytes)));
  }

  #point(level: number, bytes: Buffer, pointer: Pointer): void {
    this.#addTo(level + 1, pointerLine(bytes.subarray(0, keyEnd(bytes, 0)), pointer));
  }

  /** Writes what is left of each level; the first level that is one block is the top. */
  #top(): { readonly top: Pointer | null; readonly levels: number } {
    for (let level = 0; ; level++) {
      const filling = this.#level(level);
      if (filling.written === 0) {
        if (filling.length === 0) return { top: null, levels: 0 };
        const bytes = filling.take();
        return { top: this.#write(bytes, crc32(bytes)), levels: level };
      }
      if (filling.length > 0) this.#flush(level);
    }
  }

  #write(bytes: Uint8Array, crc: number): Pointer {
    const pointer = { offset: this.#size, length: bytes.length, crc };
    if (this.#buffered + bytes.length > OUT_BYTES) this.#writeOut();
    if (bytes.length > OUT_BYTES) {
      writeAt(this.#fs, this.#fd, bytes, this.#size);
    } else {
      this.#out.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    }
    this.#size += bytes.length;
    return pointer;
  }

  #writeOut(): void {
    writeAt(this.#fs, this.#fd, this.#out.subarray(0, this.#buffered), this.#size - this.#buffered);
    this.#buffered = 0;
  }
}
