/** Letting in packs that came from a remote: each checked to the last byte, all together for what they refer to, then made to last. */

import { isLedgerError } from '../../errors.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { ObjectDatabase } from '../object-database.js';
import type { PackStore } from '../pack-store.js';
import { type SyncFiles, unlessFails } from '../sync-files.js';
import { DamagedPack } from './damaged-pack.js';
import { PackFile } from './pack-file.js';
import { type ReceivedPack, type ReceiveOptions, receivePack } from './received-pack.js';
import { remoteRefused } from './remote-error.js';
import type { RemoteUrl } from './remote-url.js';

export const DAMAGED_HINT = 'have whoever runs it look at its repository (git fsck); nothing was taken from it';
const COLLISION_HINT =
  'nothing was taken from it: ask whoever made the object, and compare with a copy that others have';

/** So many files are asked for at once: git reads a request of up to 10 MB, with 50 bytes a file. */
const FILES_AT_ONCE = 50_000;

/** The repository that objects are fetched into. */
export interface FetchTarget {
  readonly gitdir: string;
  readonly files: SyncFiles;
  readonly database: ObjectDatabase;
  readonly packs: PackStore;
  /** Every ref here: whatever one of them leads to is taken to be here. */
  listRefs(prefix: string): ReadonlyMap<RefName, Oid>;
  /** Where others write too: puts packs in as the only writer, and says which it leaves under their `.keep`. */
  readonly install?: ((work: () => string[]) => Promise<string[]>) | undefined;
}

/** What came from a remote. */
interface ReceivedObjects {
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** The paths of packs. */
  readonly packs: readonly string[];
  /** Asks for files by their ids, and says in which packs they came; null where none were left out. */
  readonly fetchBlobs: ((oids: readonly Oid[]) => Promise<readonly string[]>) | null;
}

/** An object, and what refers to it. */
type Need = readonly [oid: Oid, by: string];

/**
 * What something that was sent, or a ref, refers to and is neither in the packs nor here, and of which nothing that was sent says that it was
 * redacted.
 */
function* absent(database: ObjectDatabase, packs: readonly ReceivedPack[], needed: Iterable<Need>): Generator<Need> {
  for (const [oid, by] of needed) {
    if (packs.some(({ redacted, oids }) => redacted.has(oid) || oids.has(oid))) continue;
    try {
      database.read(oid);
    } catch (error) {
      if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
      yield [oid, by];
    }
  }
}

/** A pack that was checked, and where it is. */
interface CheckedPack extends ReceivedPack {
  readonly path: string;
}

async function checkPack(
  remote: RemoteUrl,
  { files, database }: FetchTarget,
  path: string,
  options: ReceiveOptions,
): Promise<CheckedPack> {
  const pack = new PackFile(files, path);
  try {
    return { ...(await receivePack(pack, database.format, options)), path };
  } catch (error) {
    if (isLedgerError(error, 'CORRUPT_OBJECT'))
      throw remoteRefused(remote.shown, `it sent the ${error.message}`, COLLISION_HINT, error);
    if (!(error instanceof DamagedPack)) throw error;
    throw remoteRefused(remote.shown, `it sent a pack ${error.message}`, DAMAGED_HINT, error);
  } finally {
    pack.close();
  }
}

/** What the refs and packs need beside what was sent. */
function* needsOf(
  { listRefs }: FetchTarget,
  { refs }: ReceivedObjects,
  packs: readonly ReceivedPack[],
): Generator<Need> {
  const ours = new Set(listRefs('refs/').values());
  for (const [ref, oid] of refs) if (!ours.has(oid)) yield [oid, ref];
  for (const { outside } of packs) yield* outside;
}

function install({ packs }: FetchTarget, received: readonly CheckedPack[]): string[] {
  const names: string[] = [];
  try {
    for (const { name, path, index } of received) {
      names.push(name);
      packs.installFile({ name, path, index });
    }
  } catch (error) {
    // Should this fail as well, the next writer finds the packs named in the transaction's folder.
    for (const name of names) unlessFails(() => packs.release(name), undefined);
    throw error;
  }
  return names;
}

/**
 * Lets packs in: each checked to the last byte, then all together for what they refer to, then made to last. Where files were left out,
 * those are asked for that are neither here nor redacted. Returns the names of the packs.
 */
export async function takeIn(
  remote: RemoteUrl,
  target: FetchTarget,
  fetched: ReceivedObjects,
  options: ReceiveOptions,
): Promise<readonly string[]> {
  const { database } = target;
  const received: CheckedPack[] = [];
  const check = async (paths: readonly string[]): Promise<void> => {
    for (const path of paths) {
      const one = await checkPack(remote, target, path, options);
      if (one.oids.size > 0) received.push(one);
    }
  };
  await check(fetched.packs);
  if (fetched.fetchBlobs !== null) {
    const wanted = [...absent(database, received, needsOf(target, fetched, received))].map(([oid]) => oid);
    for (let at = 0; at < wanted.length; at += FILES_AT_ONCE)
      await check(await fetched.fetchBlobs(wanted.slice(at, at + FILES_AT_ONCE)));
  }
  for (const [oid, by] of absent(database, received, needsOf(target, fetched, received)))
    throw remoteRefused(remote.shown, `it did not send the object ${oid}, which ${by} refers to`, DAMAGED_HINT);
  const work = (): string[] => install(target, received);
  return target.install === undefined ? work() : target.install(work);
}
