/** A new copy of a ledger from a remote: a bare repository, built beside its place, judged, and then renamed into it. */

import nodeFs from 'node:fs';
import { LedgerError } from '../errors.js';
import { readEntry } from '../model/entry-chain.js';
import { type ObjectFormat, SHA1 } from '../model/object-id.js';
import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Oid, RefName } from '../ports/objects.js';
import { objectFormatIn, setFormat, settingValue } from './config.js';
import { isBundle, readBundleHeader } from './copy/bundle.js';
import { buildRepository } from './create-repository.js';
import type { FileSystem } from './file-system.js';
import { GitStore } from './git-store.js';
import { ObjectDatabase } from './object-database.js';
import { PackStore } from './pack-store.js';
import { Refs } from './refs.js';
import { type FetchedObjects, type FetchOptions, fetchObjects } from './remote/fetch-objects.js';
import { formatOfRefused } from './remote/remote-error.js';
import { folderOf, parseRemoteUrl } from './remote/remote-url.js';
import { SyncFiles } from './sync-files.js';

/**
 * Where a clone remembers what it came from, as `git clone --mirror` would, but nothing is forced: a ledger only grows. A checkpoint
 * takes the place of the one before; it is asked for by a pattern, because git fails where a ref that it is told to fetch is not there.
 */
const REFSPECS = [
  ...['heads', 'tags', 'notes'].map((name) => `refs/${name}/*:refs/${name}/*`),
  '+refs/witness/*:refs/witness/*',
];

interface CloneSource extends FetchOptions {
  /** Told that the remote was in the middle of a transaction, and is asked again. */
  readonly onRetry?: ((attempt: number) => void) | undefined;
}

/** What a judge makes of a copy. `lagging`: its refs may have been read in the middle of a transaction. */
export type Judgement<T> =
  | { readonly accepted: true; readonly result: T }
  | { readonly accepted: false; readonly lagging: boolean; readonly error: LedgerError };

/** How often a copy is fetched again whose refs do not fit each other. */
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 100;

/** Where the remote is, and that plain `git fetch` brings everything and rewrites nothing. */
function writeOrigin(files: SyncFiles, gitdir: string, url: string): void {
  const { transport, address } = parseRemoteUrl(url);
  // A path is made absolute, so that it is the same for whoever uses the clone from elsewhere.
  const shown = transport === 'file' ? address : url;
  const lines = [
    '[remote "origin"]',
    `\turl = ${settingValue(shown)}`,
    ...REFSPECS.map((refspec) => `\tfetch = ${refspec}`),
    '\ttagOpt = --no-tags',
  ];
  const config = files.readText(`${gitdir}/config`) ?? '';
  files.createAnew(`${gitdir}/config`, Buffer.from(`${config.replace(/\n*$/, '\n')}${lines.join('\n')}\n`));
}

/** Every ref in one file, as `git pack-refs --all` leaves them. */
function writeRefs(files: SyncFiles, gitdir: string, refs: ReadonlyMap<RefName, Oid>): void {
  const sorted = [...refs].sort(([a], [b]) => compareBytes(a, b));
  const lines = ['# pack-refs with: sorted ', ...sorted.map(([ref, oid]) => `${oid} ${ref}`)];
  files.createAnew(`${gitdir}/packed-refs`, Buffer.from(`${lines.join('\n')}\n`));
}

function sameRefs(a: ReadonlyMap<RefName, Oid>, b: ReadonlyMap<RefName, Oid>): boolean {
  return a.size === b.size && [...a].every(([ref, oid]) => b.get(ref) === oid);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** A copy that was accepted. */
interface Settled<T> {
  readonly fetched: FetchedObjects;
  readonly result: T;
}

/** A copy under construction: fetched as often as it takes. */
class Copy {
  private readonly files: SyncFiles;
  private readonly gitdir: string;
  private readonly workshop: string;
  private readonly database: ObjectDatabase;
  private readonly packs: PackStore;
  private readonly source: CloneSource;

  constructor(files: SyncFiles, gitdir: string, source: CloneSource) {
    this.files = files;
    this.gitdir = gitdir;
    this.workshop = `${gitdir}/fetching`;
    this.database = new ObjectDatabase(files, `${gitdir}/objects`, objectFormatIn(files, gitdir));
    this.packs = new PackStore(files, gitdir, this.workshop, this.database.format);
    this.source = source;
  }

  /** Brings the remote's refs and objects. @throws `NOT_A_LEDGER` where there is no journal */
  async fetch(): Promise<FetchedObjects> {
    const { files, gitdir, database, packs } = this;
    const refs = new Refs(files, gitdir, database.format);
    const target = { files, gitdir, database, packs, listRefs: (prefix: string) => refs.list(prefix) };
    const fetched = await fetchObjects(target, this.source);
    if (!fetched.refs.has(JOURNAL_REF)) {
      const { shown } = parseRemoteUrl(this.source.url);
      const reason = fetched.refs.size === 0 ? 'it is empty' : `it has no ${JOURNAL_REF}`;
      const hint = 'give the address of a ledger: git-lineage init makes one';
      throw new LedgerError('NOT_A_LEDGER', `${shown} is not a ledger: ${reason}`, { gitdir: shown, reason }, { hint });
    }
    writeRefs(files, gitdir, fetched.refs);
    // Nobody else knows of this repository, so there is no git gc to be held off.
    for (const pack of fetched.packs) packs.release(pack);
    // What is kept open would be of files that have moved when the copy is renamed into its place.
    database.close();
    files.removeFolder(this.workshop);
    files.remove(packs.mark);
    return fetched;
  }

  /** Fetches and has `judge` look; again where the refs have moved meanwhile, or lag behind the journal. */
  async settle<T>(judge: () => Promise<Judgement<T>>): Promise<Settled<T>> {
    let fetched = await this.fetch();
    for (let attempt = 1; ; attempt++) {
      const judgement = await judge();
      if (judgement.accepted) return { fetched, result: judgement.result };
      if (attempt === MAX_ATTEMPTS) throw judgement.error;
      this.source.onRetry?.(attempt);
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), this.source.signal);
      const again = await this.fetch();
      if (!judgement.lagging && sameRefs(again.refs, fetched.refs)) throw judgement.error;
      fetched = again;
    }
  }
}

/**
 * Every version is looked at for the blobs: which held them is for the journal to say, and that it was right the audit has made sure of.
 */
async function removeRedacted(store: GitStore, refs: ReadonlyMap<RefName, Oid>, oids: readonly Oid[]): Promise<void> {
  const versions = [...refs].filter(([ref]) => parseRef(ref)?.kind === 'version');
  const trees = [...new Set(versions.map(([, oid]) => store.readCommit(oid).tree))];
  await store.removeBlobs(oids.map((oid) => ({ oid, trees })));
}

/** The format of a bundle: git takes its pack for one of the repository that it is fetched into. Null for any other remote. */
async function bundleFormat(url: string): Promise<ObjectFormat | null> {
  const path = folderOf(parseRemoteUrl(url));
  const stat = path === null ? null : await nodeFs.promises.stat(path).catch(() => null);
  const file =
    path === null || stat?.isFile() !== true ? null : await nodeFs.promises.open(path, 'r').catch(() => null);
  if (file === null) return null;
  try {
    return (await isBundle(file)) ? (await readBundleHeader(file)).format : null;
  } catch {
    // What is wrong with it is for git to say.
    return null;
  } finally {
    await file.close();
  }
}

/**
 * Clones a ledger into a new or empty folder. `judge` looks at the copy before it is in its place; where it does not accept it, nor a later
 * one of what moved meanwhile, nothing is left behind.
 *
 * What is `redacted` is removed, where the remote has sent it, and git is told that it is missing on purpose. `keep` are private files for
 * the folder `lineage` of the accepted copy.
 * @throws what `fetchObjects` and `judge` throw; `LEDGER_EXISTS`, `INVALID_ARGUMENT`, `NOT_A_LEDGER`, `IO`
 */
export async function cloneRepository<T>(
  fs: FileSystem,
  gitdir: string,
  source: CloneSource,
  hooks: Readonly<Record<string, string>>,
  judge: (building: string) => Promise<Judgement<T>>,
  keep: (result: T) => Readonly<Record<string, string>>,
  redacted: (result: T) => readonly Oid[],
): Promise<Settled<T>> {
  const files = new SyncFiles(fs);
  parseRemoteUrl(source.url);
  let accepted: Settled<T> | undefined;
  const build = (objectFormat: ObjectFormat) =>
    buildRepository(fs, gitdir, { hooks, objectFormat }, async (building) => {
      writeOrigin(files, building, source.url);
      const settled = await new Copy(files, building, source).settle(() => judge(building));
      const store = new GitStore(fs, building);
      setFormat(files, building, readEntry(store, store.journalTip()).text.format);
      const gone = redacted(settled.result);
      if (gone.length > 0) await removeRedacted(store, settled.fetched.refs, gone);
      await store.close();
      files.makeFolder(`${building}/lineage`);
      for (const [name, text] of Object.entries(keep(settled.result)))
        files.createAnew(`${building}/lineage/${name}`, Buffer.from(text));
      accepted = settled;
    });
  try {
    // Which format any other remote is of, it says when it is asked for its refs.
    await build((await bundleFormat(source.url)) ?? SHA1).catch((error: unknown) => {
      const theirs = formatOfRefused(error);
      if (theirs === null) throw error;
      return build(theirs);
    });
  } catch (error) {
    // What was aborted did not fail.
    if (source.signal?.aborted === true) throw source.signal.reason;
    throw error;
  }
  if (accepted === undefined) throw new TypeError('a repository was built without being filled');
  return accepted;
}
