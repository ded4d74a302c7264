/**
 * Giving a repository of this machine versions out of which files were redacted. git pushes none of them, and takes none: it sends only what
 * it has whole. So their objects are put there first, as `remove-blobs.ts` leaves them here, and then there is nothing left to be sent.
 */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import { configEntries } from '../config.js';
import { hasMarker, isPartialClone, MARKER_SETTINGS, PROMISOR_MARK } from '../redaction-marker.js';
import { SyncFiles } from '../sync-files.js';
import { type Exchange, exchange, FETCH_CONFIG } from './git-exchange.js';
import { failure } from './git-failure.js';
import { remoteRefused } from './remote-error.js';

interface Recipient {
  /** Our ledger. */
  readonly gitdir: string;
  /** The format of its ids. */
  readonly format: ObjectFormat;
  /** The repository that is given to. */
  readonly folder: string;
  /** For messages. */
  readonly name: string;
  readonly timeoutMs: number;
}

/** Sends what is outside of the packs that are marked as of a partial clone: those are there already. */
const WITHOUT_MARKED = 'f() { "$@" --exclude-promisor-objects; }; f';

function word(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Runs git in the other repository. @throws `REMOTE_REFUSED`, `REMOTE_UNREACHABLE` */
async function runThere(
  { folder, name, timeoutMs, format }: Recipient,
  args: readonly string[],
  more: Partial<Exchange> = {},
): Promise<void> {
  const run = await exchange({ gitdir: folder, args, timeoutMs, ...more });
  if (run.code !== 0) throw failure(name, run, timeoutMs, format);
}

/** Says in the config there that objects are missing on purpose. @throws `REMOTE_REFUSED` for a partial clone */
async function markThere(files: SyncFiles, recipient: Recipient): Promise<void> {
  const { folder, name } = recipient;
  const entries = [...configEntries(files.readText(`${folder}/config`) ?? '')];
  if (isPartialClone(entries))
    throw remoteRefused(name, 'it is a partial clone', 'give the path of a whole repository');
  if (hasMarker(entries)) return;
  for (const [key, value] of MARKER_SETTINGS) await runThere(recipient, ['config', key, String(value)]);
}

/** Copies the packs with the folders that name what is missing, and all that is below them. What is there already stays. */
async function copyMarked(files: SyncFiles, recipient: Recipient): Promise<void> {
  const [from, to] = [`${recipient.gitdir}/objects/pack`, `${recipient.folder}/objects/pack`];
  files.makeFolder(to);
  for (const promisor of files.list(from).filter((entry) => entry.endsWith('.promisor'))) {
    const stem = promisor.slice(0, -'.promisor'.length);
    if (files.stat(`${to}/${stem}.promisor`) !== null && files.stat(`${to}/${stem}.idx`) !== null) continue;
    files.remove(`${to}/${stem}.pack`);
    await nodeFs.promises.copyFile(`${from}/${stem}.pack`, `${to}/${stem}.pack`);
    files.syncFile(`${to}/${stem}.pack`);
    // Without an index nobody sees the pack; git checks it, and writes that last.
    await runThere(recipient, ['index-pack', `--promisor=${PROMISOR_MARK.trimEnd()}`, `${to}/${stem}.pack`]);
  }
}

/**
 * Puts everything that `tips` lead to into the other repository, less what was redacted; no ref moves there.
 * @throws `REMOTE_REFUSED`, `REMOTE_UNREACHABLE`, `IO`
 */
export async function giveObjects(recipient: Recipient, tips: readonly Oid[]): Promise<void> {
  const files = new SyncFiles(nodeFs);
  const { folder, name } = recipient;
  if (files.stat(`${folder}/HEAD`) === null)
    throw remoteRefused(
      name,
      'it is no bare repository',
      'files were redacted: give the whole path of a bare repository',
    );
  await markThere(files, recipient);
  await copyMarked(files, recipient);
  const pack = `git -c uploadpack.allowAnySHA1InWant=true -c ${word(`uploadpack.packObjectsHook=${WITHOUT_MARKED}`)} upload-pack`;
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--refmap='];
  // git makes sure that everything is there then.
  await runThere(recipient, ['fetch', ...flags, `--upload-pack=${pack}`, '--stdin', '--', resolve(recipient.gitdir)], {
    input: tips.map((oid) => `${oid}\n`).join(''),
    config: FETCH_CONFIG,
  });
}

/** What tells git that all of our objects are with the other repository: so it sends none, and looks for none that is missing. */
export function withOurObjects(gitdir: string): string {
  // A path in quotes may have the colon that parts two of them.
  const quoted = `"${`${resolve(gitdir)}/objects`.replace(/["\\]/g, '\\$&')}"`;
  return `--receive-pack=GIT_ALTERNATE_OBJECT_DIRECTORIES=${word(quoted)} git receive-pack`;
}
