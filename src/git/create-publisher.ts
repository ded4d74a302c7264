/** Who writes to a ledger: a thread of its own, or the one that is running. */

import nodeFs from 'node:fs';
import type { Publisher } from '../ports/publisher.js';
import { DiskThread } from './disk-thread.js';
import type { GitStore } from './git-store.js';
import { inlinePublisher } from './inline-publisher.js';

/**
 * The publisher over a store. A thread of its own keeps the event loop of a service free; for a process that does one thing it would
 * only cost its start. A file system other than node:fs is known to this thread alone, and written in it.
 */
export function createPublisher(store: GitStore, { thread }: { readonly thread: boolean }): Publisher {
  return thread && store.files.fs === nodeFs ? new DiskThread(store.place) : inlinePublisher(store, store.place);
}
