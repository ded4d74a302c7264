/** What the config of a ledger's repository says of its remotes. Whoever has none need not load what reaches them. */

import { configEntries } from './config.js';
import { type FileSystem, Files } from './file-system.js';

/** Names the remote that every write goes through. */
const REPLICATION_KEY = 'lineage.remote';

async function configured(fs: FileSystem, gitdir: string): Promise<ReadonlyMap<string, string>> {
  return new Map(configEntries((await new Files(fs).readText(`${gitdir}/config`)) ?? ''));
}

/** The remote that writes go through, by name or URL; null where there is none. */
export async function replicationRemote(fs: FileSystem, gitdir: string): Promise<string | null> {
  const name = (await configured(fs, gitdir)).get(REPLICATION_KEY);
  return name === undefined || name === '' ? null : name;
}

/** The URL of a remote of that name; null where there is none. */
export async function urlOfRemote(fs: FileSystem, gitdir: string, name: string): Promise<string | null> {
  return (await configured(fs, gitdir)).get(`remote.${name}.url`) ?? null;
}
