/** The few file operations that the ledger needs, and the two that make a file last: write-then-sync, sync the folder. */

import { isLedgerError, LedgerError } from '../errors.js';

/** An open file. */
export interface FileHandle {
  readonly fd: number;
  write(data: Uint8Array, offset?: number | null, length?: number | null, position?: number | null): Promise<unknown>;
  read(
    buffer: Uint8Array,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  datasync(): Promise<void>;
  /** memfs does not declare it; where it is missing there is nothing that `datasync` would leave out. */
  sync?(): Promise<void>;
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

/** The part of `fs.promises` that is used, so that node:fs, memfs and a faulty double all fit. */
export interface FilePromises {
  open(path: string, flags: string, mode?: number): Promise<FileHandle>;
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of node:fs and of memfs differ; only bytes are asked for
  readFile(path: string, options?: any): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readdir(path: string, options?: any): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  mkdir(path: string, options?: any): Promise<any>;
  stat(path: string): Promise<FileStat>;
  lstat(path: string): Promise<FileStat>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
}

/** A file system: node:fs, a memfs volume, or anything of their shape. Descriptors are numbers, as in node:fs. */
export interface FileSystem {
  readonly promises: FilePromises;
  openSync(path: string, flags: string, mode?: number): number;
  closeSync(fd: number): void;
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  fsyncSync(fd: number): void;
  fdatasyncSync(fd: number): void;
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of node:fs and of memfs differ; only bytes are asked for
  readFileSync(path: string): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readdirSync(path: string, options?: any): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  mkdirSync(path: string, options?: any): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  lstatSync(path: string, options?: any): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  fstatSync(fd: number, options?: any): any;
  renameSync(from: string, to: string): void;
  linkSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
}

/** The errno name of an error (`ENOENT`), or null. */
export function errnoOf(error: unknown): string | null {
  const code = error !== null && typeof error === 'object' ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'free some disk space, then repeat the call: nothing was committed',
  EDQUOT: 'the disk quota is used up: free some space, then repeat the call',
  EACCES: 'give this user read and write permission in the ledger',
  EPERM: 'give this user read and write permission in the ledger',
  EROFS: 'the file system is mounted read-only: only reading works there',
  EMFILE: 'raise the limit of open files (ulimit -n)',
};

/** The `IO` error of an operation on a path. */
export function ioError(operation: string, path: string, cause: unknown): LedgerError<'IO'> {
  const errno = errnoOf(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  const hint = HINTS[errno ?? ''] ?? 'see the cause';
  return new LedgerError('IO', `cannot ${operation} ${path}: ${why}`, { operation, path, errno }, { cause, hint });
}

/**
 * Errnos of opening or syncing a folder where the file system has no such notion (renames are ordered there anyway), and
 * of a folder that is gone: `git pack-refs` removes those that it has emptied.
 */
export const NO_FOLDER_SYNC = new Set(['EISDIR', 'EINVAL', 'EPERM', 'EACCES', 'ENOTSUP', 'EBADF', 'ENOENT']);

/** So often a folder is made again that git removes while it is made. */
export const FOLDER_ATTEMPTS = 20;

/** Waits for all of them, then rejects as the first that failed: none goes on behind its caller's back. */
export async function allDone(work: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}

/** File operations that throw `IO` errors which name the operation and the path. */
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

  /** Creates a file that was not there and makes its bytes last; its name lasts once the folder is synced. */
  async create(
    path: string,
    bytes: Uint8Array,
    options: { readonly sync: boolean; readonly mode?: number } = { sync: true },
  ): Promise<void> {
    await this.run('write', path, async () => {
      const file = await this.fs.promises.open(path, 'wx', options.mode ?? 0o644);
      try {
        let written = 0;
        while (written < bytes.length) {
          const step = (await file.write(bytes, written, bytes.length - written, written)) as { bytesWritten: number };
          written += step.bytesWritten;
        }
        if (options.sync) await file.datasync();
      } finally {
        await file.close();
      }
    });
  }

  /**
   * Creates a file in place of one that a dead writer may have left under its name. That one is removed and never
   * written to: it may be a link to a ref that stands.
   */
  async createAnew(path: string, bytes: Uint8Array, options?: { readonly sync: boolean }): Promise<void> {
    try {
      await this.create(path, bytes, options);
    } catch (error) {
      if (!isLedgerError(error, 'IO') || error.data.errno !== 'EEXIST') throw error;
      await this.remove(path);
      await this.create(path, bytes, options);
    }
  }

  open(path: string, flags: string): Promise<FileHandle> {
    return this.run('open', path, () => this.fs.promises.open(path, flags, 0o644));
  }

  rename(from: string, to: string): Promise<void> {
    return this.run('rename', from, () => this.fs.promises.rename(from, to));
  }

  /** Gives `from` a second name; false where `to` is taken, or where its folder has gone. */
  async link(from: string, to: string): Promise<boolean> {
    const done = await this.orNull('link', to, ['EEXIST', 'ENOENT'], async () => {
      await this.fs.promises.link(from, to);
      return true;
    });
    return done ?? false;
  }

  /** Removes a file; false where there was none. */
  async remove(path: string): Promise<boolean> {
    const done = await this.orNull('remove', path, ['ENOENT', 'ENOTDIR'], async () => {
      await this.fs.promises.unlink(path);
      return true;
    });
    return done ?? false;
  }

  /** Removes an empty folder; false where it is none, or not empty. */
  async removeFolder(path: string): Promise<boolean> {
    const done = await this.orNull('remove', path, ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EINVAL'], async () => {
      await this.fs.promises.rmdir(path);
      return true;
    });
    return done ?? false;
  }

  /** Creates a folder and those above it; returns whether anything was created. */
  async makeFolder(path: string): Promise<boolean> {
    for (let left = FOLDER_ATTEMPTS; ; left--) {
      // git removes empty folders, the one above may go between its making and this one's: then it is made again.
      const errnos = left > 0 ? ['ENOENT'] : [];
      const first = await this.orNull<string | undefined>('create', path, errnos, () =>
        this.fs.promises.mkdir(path, { recursive: true }),
      );
      if (first !== null) return first !== undefined;
    }
  }

  /** Makes the bytes of a file last that somebody else wrote. */
  async syncFile(path: string): Promise<void> {
    await this.run('sync', path, async () => {
      const file = await this.fs.promises.open(path, 'r+');
      try {
        await file.datasync();
      } finally {
        await file.close();
      }
    });
  }

  /** Makes the names in a folder last. */
  async syncFolder(path: string): Promise<void> {
    await this.orNull('sync', path, [...NO_FOLDER_SYNC], async () => {
      const folder = await this.fs.promises.open(path, 'r');
      try {
        await (folder.sync === undefined ? folder.datasync() : folder.sync());
      } finally {
        await folder.close();
      }
    });
  }
}
