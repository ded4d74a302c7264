/** The key that `init` makes where there is none. */

import { link, open, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '../../make-folders.js';
import { errnoOf, ioComplaint } from '../complaint.js';

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes an Ed25519 key at `path`, mode 0600 in a folder of mode 0700, its public half beside it. The file appears
 * whole; one that somebody else made meanwhile stays, and is the key.
 */
export async function makeKey(path: string, comment: string): Promise<{ made: boolean }> {
  const { generateKey } = await import('../signing-library.js');
  const { privateKey, publicKey } = generateKey({ comment });
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await makeFolders(dirname(path), 0o700);
    await writeSynced(draft, privateKey, 0o600);
    try {
      await link(draft, path);
    } finally {
      await unlink(draft);
    }
    await writeFile(`${path}.pub`, `${publicKey}\n`, { mode: 0o644 });
    return { made: true };
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return { made: false };
    throw ioComplaint('write', path, error);
  }
}
