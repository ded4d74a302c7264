/** Files that are whole and durable before they have their name. */

import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders, makeFoldersSync } from './make-folders.js';

function syncFolderSync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes a folder; it is durable when this returns, and so are those above it that were made with it. */
function makeFolderSync(path: string): void {
  const first = makeFoldersSync(path);
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) syncFolderSync(dirname(made));
}

/**
 * Writes a file in place of any of the same name, folders included; it is durable when this returns.
 * @throws what the file system throws; then the file of that name is as it was
 */
export function writeDurableSync(path: string, text: string): void {
  const folder = dirname(path);
  makeFolderSync(folder);
  const unfinished = `${path}.${randomUUID()}.new`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true });
    renameSync(unfinished, path);
    syncFolderSync(folder);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder off the event loop; it is durable when this resolves. */
export async function makeFolder(path: string): Promise<void> {
  const first = await makeFolders(path);
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** The same off the event loop: a slow disk holds up nobody's calls. */
export async function writeDurable(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  const unfinished = `${path}.${randomUUID()}.new`;
  try {
    await makeFolder(folder);
    await writeFile(unfinished, text, { mode: 0o600, flush: true });
    await rename(unfinished, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
}
