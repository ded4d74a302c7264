/** Bringing the objects of a remote's refs here, by whatever way it is reached; no ref moves. */

import nodeFs from 'node:fs';
import { isLedgerError } from '../../errors.js';
import type { Environment } from '../../git-environment.js';
import { ignoringFailures } from '../../ignoring-failures.js';
import { CHECKPOINT_REF } from '../../model/ref-names.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import type { Fetched } from '../../ports/remote.js';
import type { ObjectDatabase } from '../object-database.js';
import type { PackStore } from '../pack-store.js';
import { type SyncFiles, unlessFails } from '../sync-files.js';
import { DamagedPack } from './damaged-pack.js';
import { fetchByGit } from './fetch-by-git.js';
import { fetchByHttp, type HttpFetchOptions, type Negotiation } from './fetch-by-http.js';
import { DEFAULT_FETCH_LIMITS, type FetchLimits } from './fetch-limits.js';
import type { OnAuth } from './http-exchange.js';
import { PackFile, PackSpool } from './pack-file.js';
import { type ReceivedPack, type ReceiveOptions, receivePack } from './received-pack.js';
import { remoteRefused } from './remote-error.js';
import { parseRemoteUrl, type RemoteUrl } from './remote-url.js';

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

/** The repository that objects are fetched into. */
export interface FetchTarget {
  readonly gitdir: string;
  readonly files: SyncFiles;
  readonly database: ObjectDatabase;
  readonly packs: PackStore;
  /** Every ref here: whatever one of them leads to is taken to be here. */
  listRefs(prefix: string): ReadonlyMap<RefName, Oid>;
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
const DAMAGED_HINT = 'have whoever runs it look at its repository (git fsck); nothing was taken from it';
const COLLISION_HINT =
  'nothing was taken from it: ask whoever made the object, and compare with a copy that others have';

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

function inNamespaces(remote: RemoteUrl, refs: ReadonlyMap<RefName, Oid>): Map<RefName, Oid> {
  const taken = [...refs].filter(([ref]) => ref === CHECKPOINT_REF || NAMESPACE.test(ref));
  const wrong = taken.find(([ref, oid]) => !isRefName(ref) || !/^[0-9a-f]{40}$/.test(oid));
  if (wrong === undefined) return new Map(taken);
  throw remoteRefused(
    remote.shown,
    `it has a ref with the name ${JSON.stringify(wrong[0].slice(0, 200))}`,
    DAMAGED_HINT,
  );
}

/**
 * Fails where something that was sent, or is named by a ref, refers to an object that is neither in the packs nor here, and of which
 * nothing that was sent says that it was redacted.
 */
function assertComplete(
  remote: RemoteUrl,
  database: ObjectDatabase,
  packs: readonly ReceivedPack[],
  needed: Iterable<readonly [oid: Oid, by: string]>,
): void {
  const missing = (oid: Oid): boolean => {
    if (packs.some(({ redacted }) => redacted.has(oid))) return false;
    if (packs.some(({ oids }) => oids.has(oid))) return false;
    try {
      database.read(oid);
      return false;
    } catch (error) {
      if (isLedgerError(error, 'CORRUPT_OBJECT')) return true;
      throw error;
    }
  };
  for (const [oid, by] of needed) {
    if (missing(oid))
      throw remoteRefused(remote.shown, `it did not send the object ${oid}, which ${by} refers to`, DAMAGED_HINT);
  }
}

/** A pack that was checked, and where it is. */
interface CheckedPack extends ReceivedPack {
  readonly path: string;
}

async function checkPack(
  remote: RemoteUrl,
  files: SyncFiles,
  path: string,
  options: ReceiveOptions,
): Promise<CheckedPack> {
  const pack = new PackFile(files, path);
  try {
    return { ...(await receivePack(pack, options)), path };
  } catch (error) {
    if (isLedgerError(error, 'CORRUPT_OBJECT'))
      throw remoteRefused(remote.shown, `it sent the ${error.message}`, COLLISION_HINT, error);
    if (!(error instanceof DamagedPack)) throw error;
    throw remoteRefused(remote.shown, `it sent a pack ${error.message}`, DAMAGED_HINT, error);
  } finally {
    pack.close();
  }
}

/** Lets packs in: each checked to the last byte, then all together for what they refer to, then made to last. */
async function takeIn(
  remote: RemoteUrl,
  target: FetchTarget,
  refs: ReadonlyMap<RefName, Oid>,
  packs: readonly string[],
  options: ReceiveOptions,
): Promise<string[]> {
  const received: CheckedPack[] = [];
  for (const path of packs) {
    const one = await checkPack(remote, target.files, path, options);
    if (one.oids.size > 0) received.push(one);
  }
  const ours = new Set(target.listRefs('refs/').values());
  const named = [...refs].filter(([, oid]) => !ours.has(oid)).map(([ref, oid]) => [oid, ref] as const);
  assertComplete(remote, target.database, received, named);
  for (const { outside } of received) assertComplete(remote, target.database, received, outside);
  const names: string[] = [];
  try {
    for (const { name, path, index } of received) {
      names.push(name);
      target.packs.installFile({ name, path, index });
    }
  } catch (error) {
    // Should this fail as well, the next writer finds the packs named in the transaction's folder.
    for (const name of names) unlessFails(() => target.packs.release(name), undefined);
    throw error;
  }
  return names;
}

/** Fetches over HTTP: the pack goes to a file as it comes in, and is read from there. */
async function spoolByHttp(
  remote: RemoteUrl,
  target: FetchTarget,
  exchange: Omit<HttpFetchOptions, 'spool'>,
  receiving: ReceiveOptions,
): Promise<FetchedObjects> {
  const { files, packs } = target;
  const ours = target.listRefs('refs/');
  const place = packs.openSpool();
  const path = `${place.folder}/incoming`;
  try {
    const spool = new PackSpool(files, path);
    const options = { ...exchange, spool: (bytes: Uint8Array) => spool.add(bytes) };
    const fetched = await fetchByHttp(remote, options, async (all) =>
      negotiation(inNamespaces(remote, all), ours),
    ).finally(() => spool.close());
    const refs = inNamespaces(remote, fetched.refs);
    const ignored = [...fetched.refs.keys()].filter((ref) => !refs.has(ref));
    return { refs, ignored, packs: await takeIn(remote, target, refs, fetched.sent ? [path] : [], receiving) };
  } finally {
    unlessFails(() => files.remove(path), false);
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
  return fetchByGit(remote, target.gitdir, running, async (fetched) => {
    const refs = inNamespaces(remote, fetched.refs);
    return { refs, ignored: [], packs: await takeIn(remote, target, refs, fetched.packs, receiving) };
  });
}
