/**
 * One writer at a time, provably: an advisory lock that the kernel holds on an open file of the ledger's.
 *
 * The kernel gives such a lock (fcntl F_OFD_SETLK; flock on macOS, LockFileEx on Windows) to one open file and takes
 * it back when the owner dies, however it dies: no process id that could be reused, no namespace, no clock, no guess
 * by age. A stopped owner (SIGSTOP) still owns it. In a file system that exists only in this process (memfs) the
 * queue in memory is the whole lock.
 */

import nodeFs from 'node:fs';
import { LedgerError } from '../errors.js';
import type { FileHandle, Files } from './file-system.js';

/** How long a writer waits for another before it says `REF_LOCKED`, in milliseconds. */
const PATIENCE_MS = 30_000;
const MAX_PAUSE_MS = 8;

const queues = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Runs bodies for one place of one file system one after the other, in the order they came. */
async function inTurn<T>(fs: object, place: string, body: () => Promise<T>): Promise<T> {
  const places = queues.get(fs) ?? new Map<string, Promise<unknown>>();
  queues.set(fs, places);
  const before = places.get(place) ?? Promise.resolve();
  const mine = before.then(body, body);
  const settled = mine.catch(() => undefined);
  places.set(place, settled);
  try {
    return await mine;
  } finally {
    if (places.get(place) === settled) places.delete(place);
  }
}

/** True where `handle` is a file that the kernel knows, so that other processes may have it open as well. */
async function isKernelFile(files: Files, handle: FileHandle, path: string): Promise<boolean> {
  try {
    const known = nodeFs.fstatSync(handle.fd);
    const seen = await files.stat(path);
    return seen !== null && Number(known.ino) === Number(seen.ino) && Number(known.dev) === Number(seen.dev);
  } catch {
    return false;
  }
}

async function pause(attempt: number): Promise<void> {
  const limit = Math.min(MAX_PAUSE_MS, 1 + attempt / 4);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * limit));
}

async function lockKernelFile(handle: FileHandle, path: string, patienceMs: number): Promise<() => void> {
  const { default: native } = await import('fs-native-extensions');
  const deadline = performance.now() + patienceMs;
  for (let attempt = 0; !native.tryLock(handle.fd); attempt++) {
    if (performance.now() > deadline) {
      throw new LedgerError(
        'REF_LOCKED',
        `another process has been writing to this ledger for ${patienceMs / 1000} s`,
        { ref: 'refs/heads/ledger', lock: path },
        { hint: `find it with: fuser ${path}; then try again` },
      );
    }
    await pause(attempt);
  }
  return () => native.unlock(handle.fd);
}

/** Runs `body` as the only writer of the ledger whose lock file is `path`. */
export async function withWriterLock<T>(
  files: Files,
  path: string,
  body: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  return inTurn(files.fs.promises, path, async () => {
    for (;;) {
      const handle = await openLockFile(files, path);
      try {
        const kernel = await isKernelFile(files, handle, path);
        const unlock = kernel ? await lockKernelFile(handle, path, patienceMs) : () => undefined;
        try {
          // Someone may have deleted the folder while we waited: then another may lock another file of this name.
          if (kernel && !(await isKernelFile(files, handle, path))) continue;
          return await body();
        } finally {
          unlock();
        }
      } finally {
        // The lock goes with the file, however closing it ends; what `body` did stands.
        await handle.close().catch(() => undefined);
      }
    }
  });
}

async function openLockFile(files: Files, path: string): Promise<FileHandle> {
  try {
    return await files.fs.promises.open(path, 'a+', 0o644);
  } catch {
    await files.makeFolder(path.slice(0, path.lastIndexOf('/')));
    return files.open(path, 'a+');
  }
}
