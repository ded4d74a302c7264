/** Which remotes a ledger has: those of its repository's config, and the one that writes go through. */

import nodeFs from 'node:fs';
import { invalidInput, LedgerError, quoted } from '../../errors.js';
import type { OnTransfer } from '../../ports/progress.js';
import type { Remote } from '../../ports/remote.js';
import { configEntries } from '../config.js';
import { type FileSystem, Files } from '../file-system.js';
import { gitRemote } from './git-remote.js';
import { isRemoteUrl } from './remote-url.js';

/** Names the remote that every write goes through, in the config of the ledger's repository. */
const REPLICATION_KEY = 'lineage.remote';

interface RemotePlace {
  readonly fs: FileSystem;
  readonly gitdir: string;
  readonly timeoutMs?: number | undefined;
  readonly onTransfer?: OnTransfer | undefined;
}

async function configured({ fs, gitdir }: RemotePlace): Promise<ReadonlyMap<string, string>> {
  return new Map(configEntries((await new Files(fs).readText(`${gitdir}/config`)) ?? ''));
}

/** Git reaches what is on a disk: a ledger in memory has no remote. */
async function assertOnDisk({ fs, gitdir }: RemotePlace): Promise<void> {
  const [known, seen] = await Promise.all([
    nodeFs.promises.lstat(`${gitdir}/HEAD`).catch(() => null),
    fs.promises.lstat(`${gitdir}/HEAD`).catch(() => null),
  ]);
  if (known !== null && seen !== null && Number(known.ino) === Number(seen.ino)) return;
  const issue = { path: 'remote', expected: 'a ledger on disk', actual: 'one in memory' };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'create the ledger in a folder: only that can have a remote');
}

/** The remote that a URL, or a name of the repository's config, stands for. @throws `INVALID_ARGUMENT`, `NOT_FOUND` */
export async function remoteAt(place: RemotePlace, name: string): Promise<Remote> {
  await assertOnDisk(place);
  const { gitdir, timeoutMs, onTransfer } = place;
  if (typeof name === 'string' && !isRemoteUrl(name)) {
    const url = (await configured(place)).get(`remote.${name}.url`);
    if (url !== undefined) return gitRemote({ gitdir, url, timeoutMs, onTransfer });
    if (/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name)) {
      const data = { kind: 'REMOTE', what: `the remote ${name}` } as const;
      const hint = `git -C ${gitdir} remote add ${name} URL, or give a URL; a path begins with / or ./`;
      throw new LedgerError('NOT_FOUND', `there is no remote ${quoted(name)}`, data, { hint });
    }
    const issue = {
      path: 'remote',
      expected: 'a URL, host:path, a path, or the name of a remote',
      actual: quoted(name),
    };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'a path begins with / or ./');
  }
  return gitRemote({ gitdir, url: name, timeoutMs, onTransfer });
}

/** The remote that writes go through, or null. @throws as `remoteAt` */
export async function replicationRemote(place: RemotePlace): Promise<Remote | null> {
  const name = (await configured(place)).get(REPLICATION_KEY);
  return name === undefined || name === '' ? null : remoteAt(place, name);
}
