/** What kind of copy a path leads to, and where its repository is. Its config is parsed for that, and never followed. */

import { dirname, isAbsolute, join } from 'node:path';
import { LedgerError } from '../../errors.js';
import type { ObjectFormat } from '../../model/object-id.js';
import { JOURNAL_REF } from '../../model/ref-names.js';
import type { Evidence } from '../../ports/evidence.js';
import type { RefName } from '../../ports/objects.js';
import { configEntries, objectFormatOf, unsupportedFormat } from '../config.js';
import type { Files } from '../file-system.js';
import { misstatedFormat } from '../misstated-format.js';
import { hasMarker, isPartialClone } from '../redaction-marker.js';
import { isBundle } from './bundle.js';
import { listRefs } from './list-refs.js';

const JOURNAL_NAME = JOURNAL_REF.slice('refs/heads/'.length);

/** A folder that git takes for a repository, or a bundle. */
export interface CopyPlace {
  readonly kind: Evidence['kind'];
  /** The folder with the objects and refs; a bundle's file. */
  readonly path: string;
  /** The format of every id in it. */
  readonly format: ObjectFormat;
  /** The remote that a copy is of, where it says one. */
  readonly remote: string | null;
  /** True where objects may be left out until they are asked for. */
  readonly partial: boolean;
  /** True where it says of itself that objects were redacted. */
  readonly redacted: boolean;
}

/** A bundle, of which its header says more. */
interface BundlePlace {
  readonly kind: 'bundle';
  readonly path: string;
}

export function notACopy(path: string, reason: string, hint?: string): LedgerError<'NOT_A_LEDGER'> {
  const message = `${path} is not a copy of a ledger: ${reason}`;
  const details = {
    hint: hint ?? 'give a ledger, a mirror or clone of one, or a bundle made with: git bundle create FILE --all',
  };
  return new LedgerError('NOT_A_LEDGER', message, { gitdir: path, reason }, details);
}

export function unsupportedCopy(
  path: string,
  feature: string,
  hint = 'make a copy with: git clone --mirror, with file refs',
): LedgerError<'UNSUPPORTED_REPOSITORY'> {
  return new LedgerError('UNSUPPORTED_REPOSITORY', `${path} uses ${feature}`, { gitdir: path, feature }, { hint });
}

/** Where a `.git` file (of a work tree or submodule) says that the repository is. */
async function pointedTo(files: Files, file: string): Promise<string | null> {
  const target = /^gitdir: (.+?)\r?\n*$/.exec((await files.readText(file)) ?? '')?.[1];
  if (target === undefined) return null;
  return isAbsolute(target) ? target : join(dirname(file), target);
}

/** True where git would take a folder for a repository by itself (setup.c, is_git_directory). */
async function isGitFolder(files: Files, path: string): Promise<boolean> {
  const isFolder = async (name: string) => (await files.stat(`${path}/${name}`))?.isDirectory() === true;
  return (await files.stat(`${path}/HEAD`)) !== null && (await isFolder('objects')) && (await isFolder('refs'));
}

/** The repository that `path` is, or is the work tree of; null where it is neither. */
async function findRepository(files: Files, path: string): Promise<string | null> {
  // `.git` first: a work tree may have a file HEAD of its own.
  const inner = `${path}/.git`;
  const stat = await files.stat(inner);
  // Whoever opens the ledger itself reads the bare repository, and git the one inside of it.
  if (stat !== null && (await isGitFolder(files, path)))
    throw notACopy(path, 'it is a bare repository with another one in it, .git', 'remove .git, or give the path of it');
  const pointed = stat?.isFile() === true ? await pointedTo(files, inner) : null;
  for (const folder of [stat === null ? null : inner, pointed, path]) {
    if (folder === null || (await files.readText(`${folder}/HEAD`)) === null) continue;
    const common = await files.readText(`${folder}/commondir`);
    if (common === null) return folder;
    const shared = common.trimEnd();
    return isAbsolute(shared) ? shared : join(folder, shared);
  }
  return null;
}

/** The remote whose branches were cloned: `origin` where it has a journal, else the first that does. */
function remoteOf(refs: Iterable<RefName>, configured: readonly string[]): string | null {
  const ending = `/${JOURNAL_NAME}`;
  const candidates = [...refs]
    .filter((ref) => ref.endsWith(ending))
    .map((ref) => ref.slice('refs/remotes/'.length, -ending.length))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return ['origin', ...configured].find((name) => candidates.includes(name)) ?? candidates[0] ?? null;
}

function isTrue(value: string | undefined): boolean {
  return /^(true|yes|on|1)$/i.test(value ?? '');
}

async function inspectRepository(files: Files, path: string, gitdir: string): Promise<CopyPlace> {
  if ((await files.stat(`${gitdir}/reftable`)) !== null) throw unsupportedCopy(path, 'the ref storage reftable');
  const entries = [...configEntries((await files.readText(`${gitdir}/config`)) ?? '')];
  const feature = unsupportedFormat(entries);
  if (feature !== null) throw unsupportedCopy(path, feature);
  const last = (name: string) => entries.findLast(([n]) => n === name)?.[1];
  const configured = entries.flatMap(([name]) => /^remote\.(.+)\.url$/.exec(name)?.[1] ?? []);
  const format = objectFormatOf(entries);
  const partial = isPartialClone(entries);
  const redacted = !partial && hasMarker(entries);
  const bare = last('core.bare');
  const isBare = bare === undefined ? !/(^|[\\/])\.git$/.test(gitdir) : isTrue(bare);
  if (!isBare) {
    const remote = remoteOf((await listRefs(files, { gitdir, format }, 'refs/remotes/')).keys(), configured);
    if (remote !== null) return { kind: 'clone', path: gitdir, format, remote, partial, redacted };
    const reason = `it has no remote-tracking branch of a journal (refs/remotes/…/${JOURNAL_NAME})`;
    throw notACopy(path, reason, 'fetch it with git fetch, or make a copy with: git clone --mirror');
  }
  const refs = (await files.readText(`${gitdir}/${JOURNAL_REF}`)) ?? (await files.readText(`${gitdir}/packed-refs`));
  const misstated = misstatedFormat(format, gitdir, refs);
  if (misstated !== null) throw unsupportedCopy(path, misstated.feature, misstated.hint);
  const isWritten = (await files.stat(`${gitdir}/lineage`))?.isDirectory() === true;
  const kind = isWritten ? 'ledger' : 'mirror';
  // What became of the journal of a ledger that was written to is the audit's to say.
  if (!isWritten && !(await listRefs(files, { gitdir, format }, 'refs/heads/')).has(JOURNAL_REF))
    throw notACopy(path, `it has no ${JOURNAL_REF}`);
  return {
    kind,
    path: gitdir,
    format,
    remote: configured.includes('origin') ? 'origin' : (configured[0] ?? null),
    partial,
    redacted,
  };
}

async function startsAsBundle(files: Files, path: string): Promise<boolean> {
  const file = await files.open(path, 'r');
  try {
    return await isBundle(file);
  } finally {
    await file.close();
  }
}

/** Says what `path` is a copy of. @throws `NOT_A_LEDGER`, `UNSUPPORTED_REPOSITORY` */
export async function findCopy(files: Files, path: string): Promise<CopyPlace | BundlePlace> {
  // A path given by a person may be a link; those inside of a repository are not followed.
  const stat = await files.fs.promises.stat(path).catch(() => null);
  if (stat === null) throw notACopy(path, 'there is nothing');
  if (stat.isFile()) {
    if (await startsAsBundle(files, path)) return { kind: 'bundle', path };
    const pointed = await pointedTo(files, path);
    if (pointed === null) throw notACopy(path, 'it is a file, and no bundle');
    const gitdir = await findRepository(files, pointed);
    if (gitdir === null) throw notACopy(path, `it points to ${pointed}, where there is no git repository`);
    return inspectRepository(files, path, gitdir);
  }
  const gitdir = await findRepository(files, path);
  if (gitdir === null) throw notACopy(path, 'there is no git repository');
  return inspectRepository(files, path, gitdir);
}
