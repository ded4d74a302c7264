/** File operations that are done when they return, but for `syncOpen`, and throw `IO` errors which name the operation and the path. */

import { errnoOf, isLedgerError, LedgerError } from '../errors.js';
import { makeFoldersSync } from '../make-folders.js';
import { type FileStat, type FileSystem, FOLDER_ATTEMPTS, ioError, NO_FOLDER_SYNC } from './file-system.js';

/** What tells a file from another that has its name later: exact numbers, where the file system has them. */
export interface ExactStat {
  readonly ino: bigint;
  readonly dev: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
}

const GONE: readonly string[] = ['ENOENT', 'ENOTDIR'];
const NO_FILE: readonly string[] = [...GONE, 'EISDIR'];
const NOT_LINKED: readonly string[] = ['EEXIST', 'ENOENT'];
const NOT_EMPTY: readonly string[] = [...GONE, 'ENOTEMPTY', 'EEXIST', 'EINVAL'];
const NO_SYNC: readonly string[] = [...NO_FOLDER_SYNC];
const MODE = 0o644;

/** Most files that are read whole, refs above all, are shorter. */
const SHORT = 256;

/** The content of a file, whole or in pieces. */
export type FileContent = Uint8Array | readonly Uint8Array[];

/** So many bytes of short pieces are written at once. */
const BLOCK_BYTES = 128 * 1024;

/** What `body` returns, or `otherwise` where it fails: for what may be left as it is. */
export function unlessFails<T>(body: () => T, otherwise: T): T {
  try {
    return body();
  } catch {
    return otherwise;
  }
}

export class SyncFiles {
  readonly fs: FileSystem;
  private readonly short = Buffer.alloc(SHORT);
  /** Where short pieces are put together; made when it is needed. */
  private together: Buffer | null = null;
  /** Of the syncs that were asked for: how many nobody waits for any more. Until they have ended none is asked for, but done at once. */
  overdue = 0;

  constructor(fs: FileSystem) {
    this.fs = fs;
  }

  private get block(): Buffer {
    this.together ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    return this.together;
  }

  private run<T>(operation: string, path: string, body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw error instanceof LedgerError ? error : ioError(operation, path, error);
    }
  }

  /** The same, with null for the errnos given. */
  private orNull<T>(operation: string, path: string, errnos: readonly string[], body: () => T): T | null {
    try {
      return body();
    } catch (error) {
      if (errnos.includes(errnoOf(error) ?? '')) return null;
      throw ioError(operation, path, error);
    }
  }

  /** The bytes of a file, or null where there is none (or a folder). */
  read(path: string): Uint8Array | null {
    return this.orNull('read', path, NO_FILE, () => {
      const bytes = this.fs.readFileSync(path);
      // A short one may be a piece of a block that it would keep.
      return bytes.buffer.byteLength === bytes.byteLength ? bytes : new Uint8Array(bytes);
    });
  }

  /** The text of a file, or null where there is none; made for files of a line, and right for all. */
  readText(path: string): string | null {
    return this.orNull('read', path, NO_FILE, () => {
      const fd = this.fs.openSync(path, 'r');
      let length = 0;
      try {
        length = this.fs.readSync(fd, this.short, 0, SHORT, 0);
      } finally {
        this.fs.closeSync(fd);
      }
      // Nothing to read may be a folder as well, where the file system lets it be read.
      if (length > 0 && length < SHORT) return this.short.toString('utf8', 0, length);
      return Buffer.from(this.fs.readFileSync(path)).toString('utf8');
    });
  }

  /** Bytes of an open file, fewer where it ends before. */
  readAt(fd: number, path: string, position: number, length: number): Buffer {
    return this.run('read', path, () => {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const step = this.fs.readSync(fd, buffer, filled, length - filled, position + filled);
        if (step === 0) break;
        filled += step;
      }
      return buffer.subarray(0, filled);
    });
  }

  open(path: string, flags: string): number {
    return this.run('open', path, () => this.fs.openSync(path, flags, MODE));
  }

  /** Opens a file for reading; null where there is none. */
  openToRead(path: string): number | null {
    return this.orNull('open', path, GONE, () => this.fs.openSync(path, 'r'));
  }

  /** Lets go of a descriptor; that this fails changes nothing. */
  close(fd: number): void {
    unlessFails(() => this.fs.closeSync(fd), undefined);
  }

  /** The names in a folder; none where there is no folder. */
  list(path: string): string[] {
    return this.orNull<string[]>('list', path, GONE, () => this.fs.readdirSync(path)) ?? [];
  }

  stat(path: string): FileStat | null {
    return this.orNull<FileStat | null>(
      'stat',
      path,
      GONE,
      () => this.fs.lstatSync(path, { throwIfNoEntry: false }) ?? null,
    );
  }

  exactStat(path: string): ExactStat | null {
    const options = { throwIfNoEntry: false, bigint: true };
    return this.orNull<ExactStat | null>('stat', path, GONE, () => this.fs.lstatSync(path, options) ?? null);
  }

  sizeOf(fd: number, path: string): number {
    return this.run('stat', path, () => Number(this.fs.fstatSync(fd).size));
  }

  /** Creates a file that was not there and makes its bytes last; its name lasts once the folder is synced. */
  create(
    path: string,
    content: FileContent,
    options: { readonly sync: boolean; readonly mode?: number } = { sync: true },
  ): void {
    const fd = this.written(path, content, options.mode);
    try {
      if (options.sync) this.syncNow(fd, path);
    } catch (error) {
      this.close(fd);
      throw error;
    }
    this.closeWritten(fd, path);
  }

  /** Content in few blocks: short pieces together, each time in the same memory, a long one as it is. */
  private *blocksOf(content: FileContent): Generator<Uint8Array> {
    if (content instanceof Uint8Array) return yield content;
    let size = 0;
    for (const piece of content) {
      if (size + piece.length > BLOCK_BYTES) {
        if (size > 0) yield this.block.subarray(0, size);
        size = 0;
      }
      if (piece.length >= BLOCK_BYTES) yield piece;
      else {
        this.block.set(piece, size);
        size += piece.length;
      }
    }
    if (size > 0) yield this.block.subarray(0, size);
  }

  /** Creates a file that was not there; it is open. */
  private written(path: string, content: FileContent, mode = MODE): number {
    return this.run('write', path, () => {
      const fd = this.fs.openSync(path, 'wx', mode);
      try {
        let at = 0;
        for (const block of this.blocksOf(content)) {
          this.writeAt(fd, path, at, block);
          at += block.length;
        }
        return fd;
      } catch (error) {
        this.close(fd);
        throw error;
      }
    });
  }

  /** Writes into an open file. */
  writeAt(fd: number, path: string, position: number, bytes: Uint8Array): void {
    this.run('write', path, () => {
      for (let written = 0; written < bytes.length; )
        written += this.fs.writeSync(fd, bytes, written, bytes.length - written, position + written);
    });
  }

  /**
   * Creates a file in place of one that a dead writer may have left under its name. That one is removed and never
   * written to: it may be a link to a ref that stands.
   */
  createAnew(path: string, content: FileContent, options?: { readonly sync: boolean }): void {
    this.inPlaceOf(path, () => this.create(path, content, options));
  }

  /** The same, of a file that stays open and is not synced. */
  createOpen(path: string, content: FileContent): number {
    return this.inPlaceOf(path, () => this.written(path, content));
  }

  private inPlaceOf<T>(path: string, create: () => T): T {
    try {
      return create();
    } catch (error) {
      if (!isLedgerError(error, 'IO') || error.data.errno !== 'EEXIST') throw error;
      this.remove(path);
      return create();
    }
  }

  /** Makes the bytes of an open file last. */
  syncNow(fd: number, path: string): void {
    this.run('write', path, () => this.fs.fdatasyncSync(fd));
  }

  /** The same; where the file system can, others meanwhile. */
  syncOpen(fd: number, path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: unknown): void => (error ? reject(ioError('write', path, error)) : resolve());
      try {
        if (this.fs.fdatasync !== undefined) return this.fs.fdatasync(fd, done);
        done(this.fs.fdatasyncSync(fd));
      } catch (error) {
        done(error);
      }
    });
  }

  /** Closes a file that was written to: some file systems say only then that its bytes were lost. */
  closeWritten(fd: number, path: string): void {
    this.run('write', path, () => this.fs.closeSync(fd));
  }

  rename(from: string, to: string): void {
    this.run('rename', from, () => this.fs.renameSync(from, to));
  }

  /** Gives `from` a second name; false where `to` is taken, or where its folder has gone. */
  link(from: string, to: string): boolean {
    const done = this.orNull('link', to, NOT_LINKED, () => {
      this.fs.linkSync(from, to);
      return true;
    });
    return done ?? false;
  }

  /** Removes a file; false where there was none. */
  remove(path: string): boolean {
    const done = this.orNull('remove', path, GONE, () => {
      this.fs.unlinkSync(path);
      return true;
    });
    return done ?? false;
  }

  /** Removes an empty folder; false where it is none, or not empty. */
  removeFolder(path: string): boolean {
    const done = this.orNull('remove', path, NOT_EMPTY, () => {
      this.fs.rmdirSync(path);
      return true;
    });
    return done ?? false;
  }

  /** Creates a folder and those above it; returns whether anything was created. */
  makeFolder(path: string): boolean {
    // Most are there, and a look costs less than an attempt.
    if (this.stat(path)?.isDirectory() === true) return false;
    for (let left = FOLDER_ATTEMPTS; ; left--) {
      // git removes empty folders, the one above may go between its making and this one's: then it is made again.
      const errnos = left > 0 ? ['ENOENT'] : [];
      const first = this.orNull<{ made: unknown }>('create', path, errnos, () => ({
        made: makeFoldersSync(path, undefined, this.fs),
      }));
      if (first !== null) return first.made !== undefined;
    }
  }

  /** Makes the bytes of a file last that somebody else wrote. */
  syncFile(path: string): void {
    this.run('sync', path, () => {
      // For reading: git's own packs may not be written to, and are synced all the same.
      const fd = this.fs.openSync(path, 'r');
      try {
        this.fs.fdatasyncSync(fd);
      } finally {
        this.fs.closeSync(fd);
      }
    });
  }

  /** Makes the names in a folder last. */
  syncFolder(path: string): void {
    this.orNull('sync', path, NO_SYNC, () => {
      const fd = this.fs.openSync(path, 'r');
      try {
        this.fs.fsyncSync(fd);
      } finally {
        this.fs.closeSync(fd);
      }
    });
  }
}
