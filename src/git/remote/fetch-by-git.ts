/**
 * Fetching over ssh, git:// and files, through the git command line.
 *
 * git fetches into a repository of its own that borrows our objects, so that one conversation tells both the refs and
 * the objects, no ref of ours moves, and nothing is among our objects before it was checked.
 */

import nodeFs from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LedgerError } from '../../errors.js';
import type { Environment } from '../../git-environment.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import { configEntries, settingValue } from '../config.js';
import { hasMarker, PACK_OBJECTS_HOOK } from '../redaction-marker.js';
import { Refs } from '../refs.js';
import { SyncFiles, unlessFails } from '../sync-files.js';
import { NOT_LET_IN, NOT_LET_IN_HINT } from './git-failure.js';
import { type GitEnd, runGit } from './git-process.js';
import { progressReader } from './progress-lines.js';
import { remoteRefused, saidBy, unreachable } from './remote-error.js';
import type { RemoteUrl } from './remote-url.js';

export interface GitFetchOptions {
  readonly env?: Environment | undefined;
  readonly idleTimeoutMs: number;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly terminal?: boolean | undefined;
  readonly onTransfer?: OnTransfer | undefined;
}

/** What was fetched. */
export interface GitFetch {
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** The paths of packs, which are gone after `use` has returned. */
  readonly packs: readonly string[];
}

const NAMESPACES = ['heads', 'tags', 'notes', 'witness'];

/** A bare repository in `folder` with the settings of the ledger, and its objects as its own. */
async function makeScratch(folder: string, gitdir: string): Promise<void> {
  await mkdir(`${folder}/objects/info`, { recursive: true });
  await mkdir(`${folder}/refs/heads`, { recursive: true });
  await writeFile(`${folder}/HEAD`, 'ref: refs/heads/none\n');
  const config = `[include]\n\tpath = ${settingValue(resolve(gitdir, 'config'))}\n[core]\n\tbare = true\n`;
  await writeFile(`${folder}/config`, `[core]\n\trepositoryformatversion = 0\n${config}`);
  // Said from the objects folder, so that no character of the path has a meaning of its own.
  await writeFile(`${folder}/objects/info/alternates`, '../../../objects\n');
}

// git tells why it failed in words alone, in English as git-environment.ts asks for: there is no code to read.
const NO_ANSWER =
  /could not resolve|name or service not known|connection (?:refused|timed out|reset|closed)|network is unreachable|no route to host|unable to (?:connect|look up)|unable to fork|timed out/i;
const BROKE_OFF =
  /early EOF|unexpected disconnect|hung up unexpectedly|invalid index-pack output|index-pack failed|broken pipe/i;
const REFUSALS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/dubious ownership/i, 'the repository belongs to another user: git config --global --add safe.directory PATH'],
  [/does not appear to be a git repository|repository .* not found|no such file or directory/i, 'check the address'],
  [NOT_LET_IN, NOT_LET_IN_HINT],
  [/remote error|access denied|not exported/i, 'ask whoever runs the remote'],
  [
    /fsck error|error in object|bad (?:pack|object)|corrupt|inconsistency|did not send all necessary/i,
    'run git fsck --strict in the remote',
  ],
  [/transport .* not allowed|shallow/i, 'give the address of a whole repository'],
];

/** Why `git fetch` failed, as an error of the remote. */
function fetchFailure(remote: RemoteUrl, end: GitEnd): LedgerError {
  if (end.late !== null) return unreachable(remote.shown, end.late);
  const lines = end.stderr.split(/[\r\n]+/).filter((line) => /^(fatal|error|remote|ssh|kex_|[^ ]*: )/i.test(line));
  const reason = saidBy(lines.join('\n')) || saidBy(end.stderr) || `git fetch ended with ${end.code}`;
  if (/no space left on device|disk quota exceeded/i.test(reason)) {
    const data = { operation: 'fetch', path: remote.shown, errno: 'ENOSPC' };
    return new LedgerError('IO', `cannot fetch from ${remote.shown}: ${reason}`, data, {
      hint: 'free some disk space',
    });
  }
  if (NO_ANSWER.test(reason)) return unreachable(remote.shown, reason);
  for (const [pattern, hint] of REFUSALS) if (pattern.test(reason)) return remoteRefused(remote.shown, reason, hint);
  if (BROKE_OFF.test(reason)) return unreachable(remote.shown, reason);
  return remoteRefused(remote.shown, reason, 'see what git fetch says there');
}

/** The name of the remote in the scratch repository where it needs one. */
const SOURCE = 'git-lineage-source';

/** How git is told to fetch: what stands before the word, the options after it, and from where. */
interface FetchWords {
  readonly settings: readonly string[];
  readonly flags: readonly string[];
  readonly source: string;
}

/** Of a ledger of this machine with redactions git sends what is there, and takes it, only where it is told to. */
function fetchWords(files: SyncFiles, { transport, address }: RemoteUrl): FetchWords {
  const plain = { settings: [], flags: [], source: address };
  if (transport !== 'file') return plain;
  const path = address.startsWith('file://') ? fileURLToPath(address) : address;
  const config = unlessFails(() => files.readText(`${path}/config`), null);
  if (!hasMarker(configEntries(config ?? ''))) return plain;
  const settings = `-c uploadpack.allowFilter=true -c 'uploadpack.packObjectsHook=${PACK_OBJECTS_HOOK}'`;
  return {
    // git remembers by its name who is to have what is missing, and a path is no name.
    settings: ['-c', `remote.${SOURCE}.url=${address}`],
    flags: ['--filter=blob:limit=1g', `--upload-pack=git ${settings} upload-pack`],
    source: SOURCE,
  };
}

/** Fetches into a scratch repository below `gitdir`, and hands over what came before that is removed. */
export async function fetchByGit<T>(
  remote: RemoteUrl,
  gitdir: string,
  options: GitFetchOptions,
  use: (fetched: GitFetch) => Promise<T>,
): Promise<T> {
  const files = new SyncFiles(nodeFs);
  const above = `${gitdir}/lineage`;
  const scratch = `${above}/fetch-${Math.random().toString(36).slice(2, 10)}`;
  const madeAbove = files.makeFolder(above);
  try {
    await makeScratch(scratch, gitdir);
    const args = ['-c', 'fetch.unpackLimit=1', `--git-dir=${resolve(scratch)}`];
    const flags = [
      '--progress',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-show-forced-updates',
    ];
    const refspecs = NAMESPACES.map((name) => `+refs/${name}/*:refs/${name}/*`);
    const words = fetchWords(files, remote);
    const { onTransfer, ...running } = options;
    const end = await runGit({
      ...running,
      onStderr: onTransfer === undefined ? undefined : progressReader(onTransfer),
      cwd: resolve(scratch),
      args: [
        ...args,
        ...words.settings,
        'fetch',
        ...flags,
        ...words.flags,
        '--refmap=',
        '--',
        words.source,
        ...refspecs,
      ],
    });
    if (end.code !== 0) throw fetchFailure(remote, end);
    const refs = new Refs(files, scratch).list('refs/');
    const folder = `${scratch}/objects/pack`;
    const names = files.list(folder).filter((name) => name.endsWith('.pack'));
    return await use({ refs, packs: names.map((name) => `${folder}/${name}`) });
  } finally {
    await rm(scratch, { recursive: true, force: true });
    if (madeAbove) files.removeFolder(above);
  }
}
