/** What a file system must have, and reading it with a wait for each operation. */

import { errnoOf, LedgerError } from '../errors.js';

/** An open file. */
export interface FileHandle {
  readonly fd: number;
  read(
    buffer: Uint8Array,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

export interface FileStat {
  readonly ino: number | bigint;
  readonly dev: number | bigint;
  readonly size: number | bigint;
  readonly mtimeMs: number | bigint;
  isDirectory(): boolean;
  isFile(): boolean;
}

/** The part of `fs.promises` that is used here; creating a repository uses more of it (isomorphic-git). */
interface FilePromises {
  open(path: string, flags: string, mode?: number): Promise<FileHandle>;
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of node:fs and of memfs differ; only bytes are asked for
  readFile(path: string, options?: any): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readdir(path: string, options?: any): Promise<any>;
  stat(path: string): Promise<FileStat>;
  lstat(path: string): Promise<FileStat>;
}

/**
 * A file system: node:fs, a memfs volume, or anything of their shape. Descriptors are numbers, as in node:fs. Each call
 * does what that of the same name does there, and throws an error whose `code` is the name of the errno (`ENOENT`).
 */
export interface FileSystem {
  readonly promises: FilePromises;
  /**
   * Returns a descriptor. `flags` are `r`, `r+`, `wx`, `wx+` or `a+`; `mode` is that of a file which is created. A
   * folder is opened with `r`, to be synced.
   */
  openSync(path: string, flags: string, mode?: number): number;
  /** Lets go of a descriptor. */
  closeSync(fd: number): void;
  /**
   * Reads up to `length` bytes at `position` in the file into `buffer`, from `offset` on. Returns the number of bytes
   * read, which may be lower than `length`; 0 is the end of the file.
   */
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  /**
   * Writes up to `length` bytes of `buffer`, from `offset` on, at `position` in the file. Returns the number of bytes
   * written, which may be lower than `length`.
   */
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  /**
   * Makes the names in an open folder last (fsync(2)). Errnos by which a file system says that it cannot, such as
   * `EINVAL`, are ignored.
   */
  fsyncSync(fd: number): void;
  /** Makes the bytes of an open file last (fdatasync(2)). */
  fdatasyncSync(fd: number): void;
  /** The same, told by a callback: several files are synced at the same time. Without it, one after another. Who replaces `fdatasyncSync` replaces this too. */
  fdatasync?(fd: number, callback: (error?: Error | null) => void): void;
  /** The bytes of a whole file. */
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of node:fs and of memfs differ; only bytes are asked for
  readFileSync(path: string): any;
  /** The names in a folder, in any order; with `{ withFileTypes: true }` a `Dirent` for each. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readdirSync(path: string, options?: any): any;
  /**
   * Creates a folder, sometimes with a `mode`. With `{ recursive: true }` it is called for a folder that is there, and then does
   * nothing.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  mkdirSync(path: string, options?: any): any;
  /**
   * What stands at a path; a link is not followed. Undefined for nothing where `throwIfNoEntry` is false. With `bigint`
   * true the numbers are exact, and there are times in nanoseconds.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  lstatSync(path: string, options?: any): any;
  /** As `lstatSync`, of an open file. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  fstatSync(fd: number, options?: any): any;
  /**
   * Moves a file or a folder in one step. A file that stands at `to` is replaced: readers see the old one or the new
   * one (rename(2)).
   */
  renameSync(from: string, to: string): void;
  /** Gives a file a second name. Throws `EEXIST` where `to` is taken (link(2)): locks depend on it. */
  linkSync(from: string, to: string): void;
  /** Removes a file. */
  unlinkSync(path: string): void;
  /** Removes a folder. Throws `ENOTEMPTY` where something is in it. */
  rmdirSync(path: string): void;
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'free some disk space, then repeat the call: nothing was committed',
  EDQUOT: 'the disk quota is used up: free some space, then repeat the call',
  EACCES: 'give this user read and write permission in the ledger',
  EPERM: 'give this user read and write permission in the ledger',
  EROFS: 'the file system is mounted read-only: only reading works there',
  EMFILE: 'raise the limit of open files (ulimit -n)',
};

/** What Node's permission model lacks to let it pass; null where that did not refuse it. */
function notPermitted(cause: unknown): string | null {
  const { code, permission } = (cause ?? {}) as { code?: unknown; permission?: unknown };
  if (code !== 'ERR_ACCESS_DENIED') return null;
  if (permission === 'FileSystemRead') return 'start Node with --allow-fs-read for the folder of the ledger';
  if (permission === 'FileSystemWrite') return 'start Node with --allow-fs-write for the folder of the ledger';
  return "Node's permission model lets no file be synced: create and write ledgers in a process without it";
}

/** The `IO` error of an operation on a path. */
export function ioError(operation: string, path: string, cause: unknown): LedgerError<'IO'> {
  const errno = errnoOf(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  const hint = HINTS[errno ?? ''] ?? notPermitted(cause) ?? 'see the cause';
  return new LedgerError('IO', `cannot ${operation} ${path}: ${why}`, { operation, path, errno }, { cause, hint });
}

/**
 * Errnos of opening or syncing a folder where the file system has no such notion (renames are ordered there anyway), and
 * of a folder that is gone: `git pack-refs` removes those that it has emptied.
 */
export const NO_FOLDER_SYNC = new Set(['EISDIR', 'EINVAL', 'EPERM', 'EACCES', 'ENOTSUP', 'EBADF', 'ENOENT']);

/** So often a folder is made again that git removes while it is made. */
export const FOLDER_ATTEMPTS = 20;

/** Reading that waits, for what is long and must not hold an event loop: errors name the operation and the path. */
export class Files {
  readonly fs: FileSystem;

  constructor(fs: FileSystem) {
    this.fs = fs;
  }

  private async run<T>(operation: string, path: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw error instanceof LedgerError ? error : ioError(operation, path, error);
    }
  }

  /** The same, with null for the errnos given. */
  private async orNull<T>(
    operation: string,
    path: string,
    errnos: readonly string[],
    body: () => Promise<T>,
  ): Promise<T | null> {
    try {
      return await body();
    } catch (error) {
      if (errnos.includes(errnoOf(error) ?? '')) return null;
      throw ioError(operation, path, error);
    }
  }

  /** The bytes of a file, or null where there is none (or a folder). */
  read(path: string): Promise<Uint8Array | null> {
    return this.orNull(
      'read',
      path,
      ['ENOENT', 'ENOTDIR', 'EISDIR'],
      async () => new Uint8Array(await this.fs.promises.readFile(path)),
    );
  }

  async readText(path: string): Promise<string | null> {
    const bytes = await this.read(path);
    return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  }

  /** The names in a folder; none where there is no folder. */
  async list(path: string): Promise<string[]> {
    const names = await this.orNull<string[]>('list', path, ['ENOENT', 'ENOTDIR'], () =>
      this.fs.promises.readdir(path),
    );
    return names ?? [];
  }

  stat(path: string): Promise<FileStat | null> {
    return this.orNull('stat', path, ['ENOENT', 'ENOTDIR'], () => this.fs.promises.lstat(path));
  }

  open(path: string, flags: string): Promise<FileHandle> {
    return this.run('open', path, () => this.fs.promises.open(path, flags, 0o644));
  }
}
