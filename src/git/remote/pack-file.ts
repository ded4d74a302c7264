/** A pack on disk, read a window at a time: however large it is, and whatever it says of itself, little of it is in memory. */

import type { SyncFiles } from '../sync-files.js';

/** The bytes of a pack. */
export interface PackSource {
  readonly size: number;
  /** What stands at a place, fewer bytes where the pack ends before. */
  at(position: number, length: number): Buffer;
}

/** What is read at once: neighbours in a pack are looked at one after the other. */
const WINDOW_BYTES = 128 * 1024;

export class PackFile implements PackSource {
  readonly path: string;
  readonly size: number;
  private readonly files: SyncFiles;
  private readonly fd: number;
  private window: Buffer = Buffer.alloc(0);
  private from = 0;

  constructor(files: SyncFiles, path: string) {
    this.files = files;
    this.path = path;
    this.fd = files.open(path, 'r');
    this.size = files.sizeOf(this.fd, path);
  }

  at(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    const start = position - this.from;
    if (start >= 0 && start + wanted <= this.window.length) return this.window.subarray(start, start + wanted);
    if (wanted > WINDOW_BYTES) return this.files.readAt(this.fd, this.path, position, wanted);
    this.window = this.files.readAt(this.fd, this.path, position, Math.min(WINDOW_BYTES, this.size - position));
    this.from = position;
    return this.window.subarray(0, wanted);
  }

  close(): void {
    this.files.close(this.fd);
  }
}

/**
 * A pack that is being written, as it comes in. Whoever dies meanwhile leaves a file among the others of a transaction: the next writer
 * removes it.
 */
export class PackSpool {
  readonly path: string;
  private readonly files: SyncFiles;
  private readonly fd: number;
  private bytes = 0;

  constructor(files: SyncFiles, path: string) {
    this.files = files;
    this.path = path;
    // What a dead writer may have left.
    files.remove(path);
    this.fd = files.open(path, 'wx');
  }

  add(data: Uint8Array): void {
    this.files.writeAt(this.fd, this.path, this.bytes, data);
    this.bytes += data.length;
  }

  close(): void {
    this.files.close(this.fd);
  }
}
