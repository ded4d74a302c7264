/** Files that are whole and durable before they have their name. */

import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** The end of a file's name until it is whole. */
export const UNFINISHED = '.new';

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes a folder; it is durable when this returns, and so are those above it that were made with it. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
}

/**
 * Writes a file in place of any of the same name, folders included; it is durable when this returns. Returns its descriptor, which the caller
 * closes. `opened` is given the descriptor before the file has its name.
 * @throws what the file system throws; then the file of that name is as it was
 */
export function writeDurable(path: string, text: string, opened: (fd: number) => void = () => undefined): number {
  const folder = dirname(path);
  makeFolder(folder);
  const unfinished = `${path}.${randomUUID()}${UNFINISHED}`;
  const fd = openSync(unfinished, 'w', 0o600);
  try {
    opened(fd);
    writeSync(fd, text);
    fsyncSync(fd);
    renameSync(unfinished, path);
    syncFolder(folder);
    return fd;
  } catch (error) {
    closeSync(fd);
    rmSync(unfinished, { force: true });
    throw error;
  }
}
