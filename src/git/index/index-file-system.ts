/** The file operations that the index needs, all synchronous: node:fs, a memfs volume, or anything of their shape. */

export interface IndexFileStat {
  readonly ino: number | bigint;
  readonly dev: number | bigint;
  readonly uid: number | bigint;
  readonly mode: number | bigint;
  readonly size: number | bigint;
  isFile(): boolean;
  isDirectory(): boolean;
}

export interface IndexFileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  closeSync(fd: number): void;
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  fdatasyncSync(fd: number): void;
  fstatSync(fd: number): IndexFileStat;
  lstatSync(path: string): IndexFileStat;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  mkdirSync(path: string, options: { recursive?: boolean; mode?: number | undefined }): unknown;
}

/** Reads `length` bytes at `position`, into the beginning of `bytes` where they are given; fewer where the file ends. */
export function readAt(
  fs: IndexFileSystem,
  fd: number,
  position: number,
  length: number,
  bytes: Buffer = Buffer.allocUnsafeSlow(length),
): Buffer {
  let filled = 0;
  while (filled < length) {
    const step = fs.readSync(fd, bytes, filled, length - filled, position + filled);
    if (step === 0) break;
    filled += step;
  }
  return filled === bytes.length ? bytes : bytes.subarray(0, filled);
}

/** Writes all of `bytes` at `position`. */
export function writeAt(fs: IndexFileSystem, fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += fs.writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

/** What stands at a path, or null for nothing. */
export function statOrNull(fs: IndexFileSystem, path: string): IndexFileStat | null {
  try {
    return fs.lstatSync(path);
  } catch {
    return null;
  }
}

/** Creates a private file in place of one that a dead writer may have left under its name. */
export function createFile(fs: IndexFileSystem, path: string): number {
  if (statOrNull(fs, path) !== null) fs.unlinkSync(path);
  return fs.openSync(path, 'wx+', 0o600);
}
