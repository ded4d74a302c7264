/** Who writes to a ledger: a thread of its own, or the one that is running; and where its index is kept. */

import nodeFs from 'node:fs';
import type { IndexFiles } from '../ports/index-file.js';
import type { Publisher } from '../ports/publisher.js';
import type { GitStore } from './git-store.js';
import { IndexFolderWriter } from './index/index-writer.js';
import { ownIndexFolder } from './index/own-files.js';
import { IndexFolder } from './index/stored-index.js';
import { InlinePublisher } from './inline-publisher.js';

/** The folder of a ledger's index; null in a file system of another kind, where the index is in memory. */
function indexFolderOf({ files, location }: GitStore): string | null {
  return files.fs === nodeFs ? ownIndexFolder(nodeFs, `${location}/lineage`) : null;
}

/** Where the index of a ledger is read. */
export function indexFiles(store: GitStore): IndexFiles | null {
  const folder = indexFolderOf(store);
  return folder === null ? null : new IndexFolder(nodeFs, folder);
}

/**
 * The publisher over a store. A thread of its own keeps the event loop of a service free; for a process that does one thing it would
 * only cost its start, and is not even loaded. A file system other than node:fs is known to this thread alone, and written in it.
 */
export async function createPublisher(store: GitStore, { thread }: { readonly thread: boolean }): Promise<Publisher> {
  const indexFolder = indexFolderOf(store);
  if (indexFolder === null) return new InlinePublisher(store.place);
  if (thread) {
    const { DiskThread } = await import('./disk-thread.js');
    return new DiskThread(store.place, { indexFolder });
  }
  return new InlinePublisher(store.place, new IndexFolderWriter(nodeFs, indexFolder));
}
