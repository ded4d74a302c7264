/**
 * Fetching into a ledger that is in use where git by itself cannot: of a remote where a file was redacted, with versions of it that are not
 * here. What comes is checked in a repository of its own first, and only putting it among our objects takes the writer lock.
 */

import nodeFs from 'node:fs';
import type { Fetched } from '../../ports/remote.js';
import { objectFormatIn } from '../config.js';
import { ObjectDatabase } from '../object-database.js';
import { PackStore } from '../pack-store.js';
import { Refs } from '../refs.js';
import { SyncFiles } from '../sync-files.js';
import { withWriterLock } from '../writer-lock.js';
import type { GitFetchOptions } from './fetch-by-git.js';
import { fetchObjectsByGit } from './fetch-objects.js';
import type { RemoteUrl } from './remote-url.js';

/** Brings every object of the remote's refs into the ledger at `gitdir`, less what was redacted; no ref moves. @throws as `fetchObjects` */
export async function fetchIntoLedger(remote: RemoteUrl, gitdir: string, options: GitFetchOptions): Promise<Fetched> {
  const files = new SyncFiles(nodeFs);
  const format = objectFormatIn(files, gitdir);
  const refs = new Refs(files, gitdir, format);
  const database = new ObjectDatabase(files, `${gitdir}/objects`, format);
  const packs = new PackStore(files, gitdir, `${gitdir}/lineage/transaction`, format);
  const target = {
    gitdir,
    files,
    database,
    packs,
    listRefs: (prefix: string) => refs.list(prefix),
    install: (work: () => string[]) =>
      withWriterLock(files, `${gitdir}/lineage/writer`, () => {
        const names = work();
        // As what git fetches: nobody keeps it until a ref leads to it.
        for (const name of names) packs.release(name);
        return [];
      }),
  };
  try {
    return await fetchObjectsByGit(remote, target, options, { signal: options.signal, onTransfer: options.onTransfer });
  } finally {
    database.close();
  }
}
