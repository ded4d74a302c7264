/** Opening the bare repository under a ledger; what cannot be handled is refused by name. */

import { LedgerError } from '../errors.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import { configEntries, unsupportedFormat } from './config.js';
import type { FileSystem } from './file-system.js';
import { GitStore } from './git-store.js';
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

/** @internal Says why, for a repository that is here or is to be made. */
export function unsupportedRepository(
  gitdir: string,
  feature: string,
  hint: string,
): LedgerError<'UNSUPPORTED_REPOSITORY'> {
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
