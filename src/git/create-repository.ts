/** Creating the bare repository under a ledger: a whole one, or none. */

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
import { isLedger, openGitStore, unsupportedRepository } from './open-repository.js';
import { SyncFiles, unlessFails } from './sync-files.js';

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
