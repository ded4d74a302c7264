/**
 * One writer at a time, provably: an advisory lock that the kernel holds on an open file of the ledger's.
 *
 * The kernel gives such a lock (fcntl F_OFD_SETLK; flock on macOS, LockFileEx on Windows) to one open file and takes
 * it back when the owner dies, however it dies: no process id that could be reused, no namespace, no clock, no guess
 * by age. A stopped owner (SIGSTOP) still owns it. In a file system that exists only in this process (memfs) the
 * queue in memory is the whole lock.
 */

import nodeFs from 'node:fs';
import { dirname } from 'node:path';
import { isLedgerError, LedgerError } from '../errors.js';
import { nativeLocks } from '../native-locks.js';
import type { SyncFiles } from './sync-files.js';

/** How long a writer waits for another before it says `REF_LOCKED`, in milliseconds. */
const PATIENCE_MS = 30_000;
const MAX_PAUSE_MS = 8;

const queues = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Waits for its turn among those who want the same place of the same file system; returns what ends the turn. */
async function turn(fs: object, place: string): Promise<() => void> {
  const places = queues.get(fs) ?? new Map<string, Promise<unknown>>();
  queues.set(fs, places);
  const before = places.get(place);
  let end = (): void => undefined;
  const mine = new Promise<void>((resolve) => {
    end = resolve;
  });
  const last = before === undefined ? mine : before.then(() => mine);
  places.set(place, last);
  await before;
  return () => {
    if (places.get(place) === last) places.delete(place);
    end();
  };
}

/** True where `fd` is a file that the kernel knows, so that other processes may have it open as well. */
function isKernelFile(files: SyncFiles, fd: number, path: string): boolean {
  try {
    const known = nodeFs.fstatSync(fd);
    const seen = files.stat(path);
    return seen !== null && Number(known.ino) === Number(seen.ino) && Number(known.dev) === Number(seen.dev);
  } catch {
    return false;
  }
}

async function lockKernelFile(fd: number, path: string, patienceMs: number): Promise<() => void> {
  const native = await nativeLocks();
  const deadline = performance.now() + patienceMs;
  for (let attempt = 0; !native.tryLock(fd); attempt++) {
    if (performance.now() > deadline) {
      throw new LedgerError(
        'REF_LOCKED',
        `another process has been writing to this ledger for ${patienceMs / 1000} s`,
        { ref: 'refs/heads/ledger', lock: path },
        { hint: `find it with: fuser ${path}; then try again` },
      );
    }
    const limit = Math.min(MAX_PAUSE_MS, 1 + attempt / 4);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * limit));
  }
  return () => native.unlock(fd);
}

function openLockFile(files: SyncFiles, path: string): number {
  try {
    return files.open(path, 'a+');
  } catch (error) {
    const folder = dirname(path);
    // Of a ledger that was moved away nothing is made again: what is moved back would land inside of it.
    if (files.stat(dirname(folder)) === null) throw error;
    files.makeFolder(folder);
    return files.open(path, 'a+');
  }
}

/**
 * Waits until it is the only writer of the ledger whose lock file is `path`; returns what ends that.
 *
 * @throws `REF_LOCKED` where another has it for too long
 */
export async function takeWriterLock(files: SyncFiles, path: string, patienceMs = PATIENCE_MS): Promise<() => void> {
  const endTurn = await turn(files.fs, path);
  try {
    for (;;) {
      const fd = openLockFile(files, path);
      let unlock = (): void => undefined;
      // The lock goes with the file, however closing it ends.
      const release = (): void => {
        try {
          unlock();
        } finally {
          files.close(fd);
        }
      };
      try {
        const kernel = isKernelFile(files, fd, path);
        if (kernel) unlock = await lockKernelFile(fd, path, patienceMs);
        // Someone may have deleted the folder while we waited: then another may lock another file of this name.
        if (!kernel || isKernelFile(files, fd, path)) {
          return () => {
            release();
            endTurn();
          };
        }
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
  } catch (error) {
    endTurn();
    throw error;
  }
}

/** The same without waiting: null where somebody has the lock. */
export async function tryWriterLock(files: SyncFiles, path: string): Promise<(() => void) | null> {
  if (queues.get(files.fs)?.has(path) === true) return null;
  try {
    return await takeWriterLock(files, path, 0);
  } catch (error) {
    if (isLedgerError(error, 'REF_LOCKED')) return null;
    throw error;
  }
}

/** Runs `body` as the only writer of the ledger whose lock file is `path`. */
export async function withWriterLock<T>(files: SyncFiles, path: string, body: () => T | Promise<T>): Promise<T> {
  const release = await takeWriterLock(files, path);
  try {
    return await body();
  } finally {
    release();
  }
}
