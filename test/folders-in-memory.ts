/**
 * Puts the folders of the tests into memory where the machine offers that: a ledger syncs each write to the disk, thousands of times in
 * the suites. What survives a power cut is played on a disk of our own (`crash/faulty-disk.mjs`), and the soak writes to a real one.
 */

import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Memory as a folder, on Linux. */
const SHARED_MEMORY = '/dev/shm';
/** `TMPFS_MAGIC` of statfs(2). */
const TMPFS = 0x01021994;
/** The suites take some 1 GiB at a time, and in memory nothing may run out: containers have 64 MiB there by default. */
const LEAST_BYTES = 4 * 2 ** 30;

function hasRoom(): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(SHARED_MEMORY);
    return type === TMPFS && bavail * bsize >= LEAST_BYTES;
  } catch {
    return false;
  }
}

/** Who has chosen a folder for temporary files keeps it. */
export function setup(): (() => void) | undefined {
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return;
  const folder = mkdtempSync(join(SHARED_MEMORY, 'git-lineage-tests-'));
  // As the folder for temporary files is: some tests run programs as another user.
  chmodSync(folder, 0o1777);
  process.env['TMPDIR'] = folder;
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // A Ctrl+C ends the run without its teardown.
  process.once('exit', remove);
  return remove;
}
