/** What the config of a ledger's repository says of its remotes. Whoever has none need not load what reaches them. */

import { configEntries } from './config.js';
import type { FileSystem } from './file-system.js';
import { SyncFiles } from './sync-files.js';

/** Names the remote that every write goes through. */
const REPLICATION_KEY = 'lineage.remote';

function configured(fs: FileSystem, gitdir: string): ReadonlyMap<string, string> {
  return new Map(configEntries(new SyncFiles(fs).readText(`${gitdir}/config`) ?? ''));
}

/** The remote that writes go through, by name or URL; null where there is none. */
export function replicationRemote(fs: FileSystem, gitdir: string): string | null {
  const name = configured(fs, gitdir).get(REPLICATION_KEY);
  return name === undefined || name === '' ? null : name;
}

/** The URL of a remote of that name; null where there is none. */
export function urlOfRemote(fs: FileSystem, gitdir: string, name: string): string | null {
  return configured(fs, gitdir).get(`remote.${name}.url`) ?? null;
}
