/** Bringing the objects of a remote's refs here, by whatever way it is reached; no ref moves. */

import nodeFs from 'node:fs';
import type { Environment } from '../../git-environment.js';
import { ignoringFailures } from '../../ignoring-failures.js';
import { isOid, type ObjectFormat } from '../../model/object-id.js';
import { CHECKPOINT_REF } from '../../model/ref-names.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import type { Fetched } from '../../ports/remote.js';
import { unlessFails } from '../sync-files.js';
import { fetchByGit, type GitFetchOptions } from './fetch-by-git.js';
import { fetchByHttp, type HttpFetchOptions, type Negotiation } from './fetch-by-http.js';
import { DEFAULT_FETCH_LIMITS, type FetchLimits } from './fetch-limits.js';
import type { OnAuth } from './http-exchange.js';
import { PackSpool } from './pack-file.js';
import type { ReceiveOptions } from './received-pack.js';
import { remoteRefused } from './remote-error.js';
import { parseRemoteUrl, type RemoteUrl } from './remote-url.js';
import { DAMAGED_HINT, type FetchTarget, takeIn } from './take-in.js';

/** How a remote is reached. */
export interface FetchOptions {
  /** What the user gave: a URL or a path. */
  readonly url: string;
  /** Asked where an http(s) server wants to know who asks. */
  readonly onAuth?: OnAuth | undefined;
  /** How long a remote may be silent, in milliseconds; 60 s by default. */
  readonly idleTimeoutMs?: number | undefined;
  /** How long all of it may take, in milliseconds; an hour by default. */
  readonly timeLimitMs?: number | undefined;
  /** What is taken of the remote at most. */
  readonly limits?: Partial<FetchLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The environment for git and ssh; that of this process by default. */
  readonly env?: Environment | undefined;
  /** True where git and ssh may ask at the terminal. */
  readonly terminal?: boolean | undefined;
  /** Told how far the transfer is; what it throws is ignored. */
  readonly onTransfer?: OnTransfer | undefined;
}

export interface FetchedObjects extends Fetched {
  /** Refs that the remote has outside the namespaces of a ledger, as far as it names them. */
  readonly ignored: readonly RefName[];
  /**
   * The packs that were brought, each still under its `.keep`: to be released (`PackStore.release`) once refs
   * lead to their objects, or nobody wants them. The next writer that recovers releases what a dead fetch left.
   */
  readonly packs: readonly string[];
}

const DEFAULT_IDLE_MS = 60_000;
/** 2 GiB, the most that is taken, come within it at 600 KB a second. */
const DEFAULT_TIME_MS = 3_600_000;
const NAMESPACE = /^refs\/(heads|tags|notes)\/./;

/** What git itself takes as a ref's name (git-check-ref-format(1)). */
function isRefName(ref: string): boolean {
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref) || !ref.startsWith('refs/')) return false;
  return ref.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/** What to ask for, and what to say is here: the values of our refs, those first that the remote has too. */
function negotiation(theirs: ReadonlyMap<RefName, Oid>, ours: ReadonlyMap<RefName, Oid>): Negotiation {
  const here = new Set([...ours.values()].filter((oid) => oid !== ''));
  const wants = new Set([...theirs.values()].filter((oid) => !here.has(oid)));
  const shared = new Set([...theirs.values()].filter((oid) => here.has(oid)));
  return { wants: [...wants], haves: [...shared, ...[...here].filter((oid) => !shared.has(oid))] };
}

function inNamespaces(remote: RemoteUrl, refs: ReadonlyMap<RefName, Oid>, format: ObjectFormat): Map<RefName, Oid> {
  const taken = [...refs].filter(([ref]) => ref === CHECKPOINT_REF || NAMESPACE.test(ref));
  const wrong = taken.find(([ref, oid]) => !isRefName(ref) || !isOid(oid, format));
  if (wrong === undefined) return new Map(taken);
  throw remoteRefused(
    remote.shown,
    `it has a ref with the name ${JSON.stringify(wrong[0].slice(0, 200))}`,
    DAMAGED_HINT,
  );
}

/** Fetches over HTTP: each pack goes to a file as it comes in, and is read from there. */
async function spoolByHttp(
  remote: RemoteUrl,
  target: FetchTarget,
  exchange: Omit<HttpFetchOptions, 'spool' | 'format'>,
  receiving: ReceiveOptions,
): Promise<FetchedObjects> {
  const { files, packs, database } = target;
  const { format } = database;
  const ours = target.listRefs('refs/');
  const place = packs.openSpool();
  const paths: string[] = [];
  const spool = (): PackSpool => {
    const path = `${place.folder}/incoming${paths.length === 0 ? '' : paths.length}`;
    paths.push(path);
    return new PackSpool(files, path);
  };
  try {
    const fetched = await fetchByHttp(remote, { ...exchange, format, spool }, async (all) =>
      negotiation(inNamespaces(remote, all, format), ours),
    );
    const refs = inNamespaces(remote, fetched.refs, format);
    const ignored = [...fetched.refs.keys()].filter((ref) => !refs.has(ref));
    return { refs, ignored, packs: await takeIn(remote, target, { ...fetched, refs }, receiving) };
  } finally {
    for (const path of paths) unlessFails(() => files.remove(path), false);
    unlessFails(() => place.close(), undefined);
  }
}

/**
 * Brings every object of the remote's branches, tags and notes, and its checkpoint, here, durable, complete and checked, and moves no ref.
 *
 * To be called as the only writer (under the writer lock, or in a repository that nobody knows of yet): another one that
 * recovers would lift the protection of the packs.
 * @throws `REMOTE_UNREACHABLE`, `REMOTE_REFUSED`, `INVALID_ARGUMENT`, `IO`; the signal's reason
 */
export async function fetchObjects(target: FetchTarget, options: FetchOptions): Promise<FetchedObjects> {
  const remote = parseRemoteUrl(options.url);
  const { signal, idleTimeoutMs = DEFAULT_IDLE_MS, timeLimitMs = DEFAULT_TIME_MS } = options;
  const limits = { ...DEFAULT_FETCH_LIMITS, ...options.limits };
  const onTransfer = ignoringFailures(options.onTransfer);
  const receiving = { limits, signal, onTransfer };
  if (remote.transport === 'http') {
    const exchange = { onAuth: options.onAuth, idleTimeoutMs, timeLimitMs, limits, signal, onTransfer };
    return spoolByHttp(remote, target, exchange, receiving);
  }
  if (target.files.fs !== nodeFs) {
    const hint = 'use an http(s) address';
    throw remoteRefused(remote.shown, 'git fetches into a ledger on disk only, and this one is in memory', hint);
  }
  const { env, terminal } = options;
  const running = { env, idleTimeoutMs, timeLimitMs, signal, terminal, onTransfer };
  return fetchObjectsByGit(remote, target, running, receiving);
}

/** The same through the git command line, which reaches every kind of remote. */
export async function fetchObjectsByGit(
  remote: RemoteUrl,
  target: FetchTarget,
  running: GitFetchOptions,
  receiving: ReceiveOptions,
): Promise<FetchedObjects> {
  const { gitdir, database } = target;
  return fetchByGit(remote, { gitdir, format: database.format }, running, async (fetched) => {
    const refs = inNamespaces(remote, fetched.refs, database.format);
    return { refs, ignored: [], packs: await takeIn(remote, target, { ...fetched, refs }, receiving) };
  });
}
