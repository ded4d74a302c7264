/** Whether `git gc` is at work in a repository, by its own lock: `lock_repo_for_gc` in git's builtin/gc.c. */

import { hostname } from 'node:os';
import { errnoOf } from '../errors.js';
import type { SyncFiles } from './sync-files.js';

/** An older lock is one that a killed `git gc` left, wherever that ran. */
const STALE_MS = 12 * 60 * 60 * 1000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's.
    return errnoOf(error) === 'EPERM';
  }
}

/** True while it runs. Of another machine only its lock's age is known. */
export function isGcRunning(files: SyncFiles, gitdir: string): boolean {
  const path = `${gitdir}/gc.pid`;
  const [stat, lock] = [files.stat(path), files.read(path)];
  if (stat === null || lock === null || Date.now() - Number(stat.mtimeMs) >= STALE_MS) return false;
  const [, pid, host] = /^([1-9]\d{0,9}) (\S+)/.exec(Buffer.from(lock).toString('utf8')) ?? [];
  return pid !== undefined && (host !== hostname() || isAlive(Number(pid)));
}
