/** Opening and creating the bare repository under a ledger; what cannot be handled is refused by name. */

import { errnoOf, LedgerError, messageOf } from '../errors.js';
import type { LedgerFormat } from '../model/ledger-event.js';
import { type ObjectFormat, SHA1 } from '../model/object-id.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { ObjectDrafts, Plan } from '../ports/publisher.js';
import { CONFIG, configEntries, objectFormatSettings, setFormat, unsupportedFormat } from './config.js';
import type { FileSystem } from './file-system.js';
import { GitStore } from './git-store.js';
import { guardSettings } from './guard-hooks.js';
import { InlinePublisher } from './inline-publisher.js';
import { misstatedFormat } from './misstated-format.js';
import { isPartialClone } from './redaction-marker.js';
import { notALedger } from './repository-reader.js';
import { SyncFiles, unlessFails } from './sync-files.js';

/** Why a repository with this config cannot be a ledger of ours, or null. */
function unsupportedFeature(config: string): string | null {
  const format = unsupportedFormat(configEntries(config));
  if (format !== null) return format;
  let bare = false;
  for (const [name, value] of configEntries(config)) {
    if (name === 'core.bare') bare = value.toLowerCase() === 'true';
    // Writing removes objects that others took the place of.
    if (name === 'extensions.preciousobjects') return `the extension ${name}`;
  }
  if (isPartialClone(configEntries(config))) return 'a partial clone';
  return bare ? null : 'a work tree (a ledger is a bare repository: clone it with git clone --mirror)';
}

/** True where `gitdir` looks like a repository whose HEAD is a ledger's journal. */
export function isLedger(fs: FileSystem, gitdir: string): boolean {
  return unlessFails(() => new SyncFiles(fs).readText(`${gitdir}/HEAD`), null)?.trim() === `ref: ${JOURNAL_REF}`;
}

function unsupportedRepository(gitdir: string, feature: string, hint: string): LedgerError<'UNSUPPORTED_REPOSITORY'> {
  const message = `${gitdir} uses ${feature}, which a ledger cannot`;
  return new LedgerError('UNSUPPORTED_REPOSITORY', message, { gitdir, feature }, { hint });
}

/** What is in a folder that has no HEAD. */
function whyNoRepository(files: SyncFiles, gitdir: string): string {
  const stat = files.stat(gitdir);
  if (stat === null) return 'no such folder';
  if (!stat.isDirectory()) return 'it is a file';
  if (files.stat(`${gitdir}/.git`) !== null) return 'it is a work tree, and a ledger a bare repository';
  return 'there is no git repository';
}

/** Opens the store of a ledger, or says why the folder is none or cannot be handled. */
export async function openGitStore(fs: FileSystem, gitdir: string): Promise<GitStore> {
  const files = new SyncFiles(fs);
  const head = files.readText(`${gitdir}/HEAD`);
  if (head === null) throw notALedger(gitdir, whyNoRepository(files, gitdir));
  const unsupported = (): string | null => {
    if (files.stat(`${gitdir}/reftable`) !== null) return 'the ref storage reftable';
    for (const name of ['alternates', 'http-alternates']) {
      if (files.stat(`${gitdir}/objects/info/${name}`) !== null)
        return 'objects borrowed from another repository (alternates)';
    }
    if (files.stat(`${gitdir}/shallow`) !== null) return 'a shallow clone';
    return unsupportedFeature(files.readText(`${gitdir}/config`) ?? '');
  };
  const feature = unsupported();
  if (feature !== null)
    throw unsupportedRepository(gitdir, feature, 'make a full bare copy with: git clone --mirror, with file refs');
  if (head.trim() !== `ref: ${JOURNAL_REF}`)
    throw notALedger(gitdir, `its HEAD is ${JSON.stringify(head.trim())}, and that of a ledger "ref: ${JOURNAL_REF}"`);
  const store = new GitStore(fs, gitdir);
  if (typeof store.refs.read(JOURNAL_REF) !== 'string') {
    const refs = files.readText(`${gitdir}/${JOURNAL_REF}`) ?? files.readText(`${gitdir}/packed-refs`);
    const misstated = misstatedFormat(store.format, gitdir, refs);
    if (misstated !== null) throw unsupportedRepository(gitdir, misstated.feature, misstated.hint);
  }
  // Where this was a ledger before, what became of its journal is for `doctor` to say.
  if (files.stat(`${gitdir}/lineage`) === null) store.journalTip();
  return store;
}

function isEmptyFolder(files: SyncFiles, path: string): boolean {
  const stat = files.stat(path);
  return stat === null || (stat.isDirectory() && files.list(path).length === 0);
}

function syncTree(files: SyncFiles, folder: string): void {
  for (const name of files.list(folder)) {
    const path = `${folder}/${name}`;
    if (files.stat(path)?.isDirectory() === true) syncTree(files, path);
    else files.syncFile(path);
  }
  files.syncFolder(folder);
}

/** What a new ledger's repository is. */
interface NewRepository {
  /** Scripts by name. */
  readonly hooks?: Readonly<Record<string, string>>;
  readonly format: LedgerFormat;
  /** SHA-1 by default. */
  readonly objectFormat?: ObjectFormat;
}

/** Creates a ledger's repository whose first entry is that of the plan that `found` makes: a whole ledger or none. */
export async function createRepository(
  fs: FileSystem,
  gitdir: string,
  found: (drafts: ObjectDrafts) => Promise<Plan>,
  { hooks = {}, format, objectFormat = SHA1 }: NewRepository,
): Promise<GitStore> {
  return buildRepository(fs, gitdir, { hooks, objectFormat }, async (building) => {
    const store = new GitStore(fs, building);
    await new InlinePublisher(store.place).publish(await found(store.drafts()));
    setFormat(new SyncFiles(fs), building, format);
    await store.close();
  });
}

/**
 * Builds a bare repository with a ledger's settings beside `gitdir`, has `fill` put a ledger into it, and renames it into
 * place, so that there is a whole ledger or none.
 */
export async function buildRepository(
  fs: FileSystem,
  gitdir: string,
  { hooks = {}, objectFormat }: Omit<NewRepository, 'format'> & { readonly objectFormat: ObjectFormat },
  fill: (building: string) => Promise<void>,
): Promise<GitStore> {
  const files = new SyncFiles(fs);
  // Whatever its HEAD says: no ledger is in a repository of that kind.
  const feature = unsupportedFormat(configEntries(files.readText(`${gitdir}/config`) ?? ''));
  if (feature !== null && files.stat(`${gitdir}/HEAD`) !== null)
    throw unsupportedRepository(
      gitdir,
      feature,
      'choose a new or an empty folder: git-lineage makes a repository with file refs there',
    );
  if (isLedger(fs, gitdir)) throw ledgerExists(gitdir);
  if (!isEmptyFolder(files, gitdir)) {
    const issue = {
      path: 'gitdir',
      expected: 'a new or an empty folder',
      actual: `${gitdir}, which has something in it`,
    };
    throw new LedgerError(
      'INVALID_ARGUMENT',
      `${issue.path}: expected ${issue.expected}, got ${issue.actual}`,
      { issues: [issue] },
      {
        hint: 'choose another folder',
      },
    );
  }
  const building = `${gitdir}.init-${Math.random().toString(36).slice(2, 10)}`;
  const { init, setConfig } = await import('./new-bare-repository.js');
  const isoFs = fs as unknown as Parameters<typeof init>[0]['fs'];
  try {
    files.makeFolder(building);
    await init({ fs: isoFs, gitdir: building, bare: true, defaultBranch: JOURNAL_REF.slice('refs/heads/'.length) });
    const settings = [...objectFormatSettings(objectFormat), ...CONFIG, ...guardSettings(Object.keys(hooks))];
    for (const [path, value] of settings) await setConfig({ fs: isoFs, gitdir: building, path, value });
    for (const [name, script] of Object.entries(hooks)) {
      files.makeFolder(`${building}/hooks`);
      files.create(`${building}/hooks/${name}`, Buffer.from(script), { sync: true, mode: 0o755 });
    }
    await fill(building);
    syncTree(files, building);
    files.removeFolder(gitdir);
    files.rename(building, gitdir);
  } catch (error) {
    unlessFails(() => removeTree(files, building), undefined);
    if (isLedger(fs, gitdir)) throw ledgerExists(gitdir);
    throw notCreated(gitdir, error);
  }
  try {
    files.syncFolder(gitdir.slice(0, gitdir.lastIndexOf('/')) || '/');
    return await openGitStore(fs, gitdir);
  } catch (error) {
    const { code, message, data } = notCreated(gitdir, error);
    const hint = `the ledger is there: open ${gitdir} instead of creating it again`;
    throw new LedgerError(code, message, data, { cause: error, hint, committed: true });
  }
}

/** An error before the new repository stood in its place; isomorphic-git's own are failures of storage. */
function notCreated(gitdir: string, error: unknown): LedgerError {
  const details = { cause: error, hint: 'see the cause; nothing was created' };
  if (error instanceof LedgerError) {
    return error.committed ? new LedgerError(error.code, error.message, error.data, details) : error;
  }
  const message = `cannot create ${gitdir}: ${messageOf(error)}`;
  return new LedgerError('IO', message, { operation: 'create', path: gitdir, errno: errnoOf(error) }, details);
}

function ledgerExists(gitdir: string): LedgerError<'LEDGER_EXISTS'> {
  const hint = 'open it, or choose another folder';
  return new LedgerError('LEDGER_EXISTS', `${gitdir} is a ledger already`, { gitdir }, { hint });
}

function removeTree(files: SyncFiles, folder: string): void {
  for (const name of files.list(folder)) {
    const path = `${folder}/${name}`;
    if (files.stat(path)?.isDirectory() === true) removeTree(files, path);
    else files.remove(path);
  }
  files.removeFolder(folder);
}
