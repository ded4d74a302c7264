/** The remotes that a ledger is told to reach: by URL, or by a name of its repository's config. */

import nodeFs from 'node:fs';
import { invalidInput, LedgerError, quoted } from '../../errors.js';
import type { OnTransfer } from '../../ports/progress.js';
import type { Remote } from '../../ports/remote.js';
import type { FileSystem } from '../file-system.js';
import { urlOfRemote } from '../remote-setting.js';
import { GitRemote } from './git-remote.js';
import { isRemoteUrl } from './remote-url.js';

/** The ledger that a remote is of, and how its transfers go. */
export interface RemotePlace {
  readonly fs: FileSystem;
  readonly gitdir: string;
  readonly timeoutMs?: number | undefined;
  readonly onTransfer?: OnTransfer | undefined;
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
  const { fs, gitdir, timeoutMs, onTransfer } = place;
  if (typeof name === 'string' && !isRemoteUrl(name)) {
    const url = urlOfRemote(fs, gitdir, name);
    if (url !== null) return new GitRemote({ gitdir, url, timeoutMs, onTransfer });
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
  return new GitRemote({ gitdir, url: name, timeoutMs, onTransfer });
}
