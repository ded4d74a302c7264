/**
 * Fetching through the git command line, whatever git reaches.
 *
 * git fetches into a repository of its own that borrows our objects, so that one conversation tells both the refs and
 * the objects, no ref of ours moves, and nothing is among our objects before it was checked.
 */

import nodeFs from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isLedgerError, type LedgerError } from '../../errors.js';
import type { Environment } from '../../git-environment.js';
import { makeFolders } from '../../make-folders.js';
import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import { configText, objectFormatSettings, settingValue } from '../config.js';
import { Refs } from '../refs.js';
import { SyncFiles } from '../sync-files.js';
import { fetchFailure, foundGap } from './fetch-failure.js';
import { type GitEnd, runGit } from './git-process.js';
import { progressReader } from './progress-lines.js';
import type { RemoteUrl } from './remote-url.js';

export interface GitFetchOptions {
  readonly env?: Environment | undefined;
  /** More of an environment, which nobody else may see. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly idleTimeoutMs: number;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly terminal?: boolean | undefined;
  readonly onTransfer?: OnTransfer | undefined;
  /** What is fetched beside the refs. */
  readonly also?: readonly Oid[] | undefined;
}

/** What was fetched. */
interface GitFetch {
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** The paths of packs, which are gone after `use` has returned. */
  readonly packs: readonly string[];
  /**
   * Fetches files by their ids into more packs; null where all files came. git sends nothing at all of what it cannot send whole, so
   * where a file was redacted, the others are asked for one by one.
   */
  readonly fetchBlobs: ((oids: readonly Oid[]) => Promise<readonly string[]>) | null;
}

/** How the name of a scratch repository begins. */
const SCRATCH = 'fetch-';

const NAMESPACES = ['heads', 'tags', 'notes', 'witness'];

/** A bare repository in `folder` with the settings of the ledger, and its objects as its own. */
async function makeScratch(folder: string, gitdir: string, format: ObjectFormat): Promise<void> {
  await makeFolders(`${folder}/objects/info`);
  await makeFolders(`${folder}/refs/heads`);
  await writeFile(`${folder}/HEAD`, 'ref: refs/heads/none\n');
  const config = `[include]\n\tpath = ${settingValue(resolve(gitdir, 'config'))}\n[core]\n\tbare = true\n`;
  await writeFile(`${folder}/config`, configText(objectFormatSettings(format)) + config);
  // Said from the objects folder, so that no character of the path has a meaning of its own.
  await writeFile(`${folder}/objects/info/alternates`, '../../../objects\n');
}

/** The name of the remote in the scratch repository: git remembers by it who is to have what was left out. */
const SOURCE = 'git-lineage-source';

const FLAGS = ['--progress', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-show-forced-updates'];

/** What lets a repository of this machine be asked so, whatever its config says. */
const ASKABLE = '--upload-pack=git -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true upload-pack';

/** Fetching from one remote into one scratch repository. */
class ScratchFetch {
  private readonly remote: RemoteUrl;
  private readonly scratch: string;
  private readonly format: ObjectFormat;
  private readonly files: SyncFiles;
  private readonly options: GitFetchOptions;
  private readonly known = new Set<string>();

  constructor(remote: RemoteUrl, scratch: string, format: ObjectFormat, files: SyncFiles, options: GitFetchOptions) {
    this.format = format;
    this.remote = remote;
    this.scratch = scratch;
    this.files = files;
    this.options = options;
  }

  /** The refs, with all that they lead to; where something of that is missing there, without files. */
  async fetch(): Promise<GitFetch> {
    const { remote, options } = this;
    const refspecs = [...NAMESPACES.map((name) => `+refs/${name}/*:refs/${name}/*`), ...(options.also ?? [])];
    const end = await this.run([], ['--', remote.address, ...refspecs]);
    if (end.code === 0) return this.result(null);
    const failure = fetchFailure(remote, end, this.format);
    if (end.late !== null || !foundGap(end.stderr)) throw failure;
    await this.runWithoutFiles(failure, [], ['--', SOURCE, ...refspecs]);
    return this.result(async (oids) => {
      const input = oids.map((oid) => `${oid}\n`).join('');
      // What is asked for by its id is to be sent, whatever is here that leads to it.
      await this.runWithoutFiles(failure, ['fetch.negotiationAlgorithm=noop'], ['--stdin', '--', SOURCE], input);
      return this.newPacks();
    });
  }

  private result(fetchBlobs: GitFetch['fetchBlobs']): GitFetch {
    return { refs: new Refs(this.files, this.scratch, this.format).list('refs/'), packs: this.newPacks(), fetchBlobs };
  }

  /** Only of what it fetches with a filter git does not ask whether everything is there. @throws `failure` where the remote cannot do it */
  private async runWithoutFiles(
    failure: LedgerError,
    settings: readonly string[],
    words: readonly string[],
    input?: string,
  ): Promise<void> {
    const { address, transport } = this.remote;
    const flags = ['--filter=blob:none', ...(transport === 'file' ? [ASKABLE] : [])];
    const end = await this.run([`remote.${SOURCE}.url=${address}`, ...settings], [...flags, ...words], input);
    if (end.code === 0) return;
    const second = fetchFailure(this.remote, end, this.format);
    throw isLedgerError(second, 'REMOTE_REFUSED') ? failure : second;
  }

  private run(settings: readonly string[], words: readonly string[], input?: string): Promise<GitEnd> {
    const { onTransfer, also: _, ...running } = this.options;
    const config = ['fetch.unpackLimit=1', ...settings].flatMap((setting) => ['-c', setting]);
    return runGit({
      ...running,
      input,
      onStderr: onTransfer === undefined ? undefined : progressReader(onTransfer),
      cwd: resolve(this.scratch),
      args: [...config, `--git-dir=${resolve(this.scratch)}`, 'fetch', ...FLAGS, '--refmap=', ...words],
    });
  }

  private newPacks(): string[] {
    const folder = `${this.scratch}/objects/pack`;
    const names = this.files.list(folder).filter((name) => name.endsWith('.pack') && !this.known.has(name));
    for (const name of names) this.known.add(name);
    return names.map((name) => `${folder}/${name}`);
  }
}

/** No fetch takes so long: what is as old was left by a process that was killed. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

async function removeAbandoned(files: SyncFiles, above: string): Promise<void> {
  for (const name of files.list(above).filter((entry) => entry.startsWith(SCRATCH))) {
    const age = Date.now() - Number(files.stat(`${above}/${name}`)?.mtimeMs ?? Date.now());
    if (age > ABANDONED_MS) await rm(`${above}/${name}`, { recursive: true, force: true });
  }
}

/** Fetches into a scratch repository below `gitdir`, of the format that is given, and hands over what came before that is removed. */
export async function fetchByGit<T>(
  remote: RemoteUrl,
  { gitdir, format }: { readonly gitdir: string; readonly format: ObjectFormat },
  options: GitFetchOptions,
  use: (fetched: GitFetch) => Promise<T>,
): Promise<T> {
  const files = new SyncFiles(nodeFs);
  const above = `${gitdir}/lineage`;
  const scratch = `${above}/${SCRATCH}${Math.random().toString(36).slice(2, 10)}`;
  const madeAbove = files.makeFolder(above);
  try {
    await removeAbandoned(files, above);
    await makeScratch(scratch, gitdir, format);
    return await use(await new ScratchFetch(remote, scratch, format, files, options).fetch());
  } finally {
    await rm(scratch, { recursive: true, force: true });
    if (madeAbove) files.removeFolder(above);
  }
}
