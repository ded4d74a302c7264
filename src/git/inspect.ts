/** What a crash or a person left in the repository: transactions, locks, files and settings, each looked at in turn. */

import type { RefMove } from '../ports/publisher.js';
import type { Finding, InspectOptions } from '../ports/upkeep.js';
import { CONFIG, configFindings, mendConfig, objectFormatIn } from './config.js';
import { damagedObjects, describeDamage } from './damaged-objects.js';
import { looseGarbage } from './garbage.js';
import { guardSettings } from './guard-hooks.js';
import { gitRuns, guardFindings, readGuards, writeGuards } from './guards.js';
import { ObjectDatabase } from './object-database.js';
import { MARKER_SETTINGS } from './redaction-marker.js';
import type { SyncFiles } from './sync-files.js';
import type { WritePlace } from './write-place.js';

const MENDED = 'git-lineage doctor --restore, or the next write';

/** What the next writer would do by itself. Only under the writer lock: then whoever left it is dead. */
export function transactionFindings(place: WritePlace, unfinished: readonly RefMove[]): Finding[] {
  const { files, gitdir, moves, packs } = place;
  const findings: Finding[] = unfinished.map(({ ref, to }) => ({
    kind: 'unfinished-entry',
    where: ref,
    detail: `the last entry moves it to ${to ?? 'nothing'}`,
    mendable: true,
    remedy: MENDED,
  }));
  for (const lock of lockFiles(files, gitdir)) {
    const ours = moves.locks.ownsLock(lock.slice(0, -'.lock'.length));
    findings.push({
      kind: ours ? 'abandoned-lock' : 'foreign-lock',
      where: lock,
      detail: ours
        ? 'a writer died with this lock'
        : 'a lock that is not of git-lineage: of a running or a killed git command',
      mendable: ours,
      remedy: ours
        ? MENDED
        : `wait for the git command; where it is known to be gone: git-lineage doctor --break-lock ${lock}`,
    });
  }
  const kept = packs.protectedPacks().map((pack) => `${pack}.keep`);
  for (const where of [...files.list(place.folder), ...kept]) {
    const detail = 'left by a dead writer';
    findings.push({ kind: 'leftover-file', where, detail, mendable: true, remedy: MENDED });
  }
  return findings;
}

/** Every lock file of git's that stops a command, below the ledger. */
function lockFiles(files: SyncFiles, gitdir: string): string[] {
  const locks: string[] = [];
  const walk = (folder: string): void => {
    for (const name of files.list(`${gitdir}/${folder}`)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('.lock') && files.stat(`${gitdir}/${path}`)?.isFile() === true) locks.push(path);
      else if (folder !== '' && files.stat(`${gitdir}/${path}`)?.isDirectory() === true) walk(path);
    }
  };
  for (const folder of ['refs', '', 'objects/info', 'objects/pack']) walk(folder);
  return locks;
}

/** What stands in nobody's way: damaged objects, garbage, settings and guard hooks. Takes no lock; with `mend`, puts right what is safe to. */
export async function contentFindings(
  files: SyncFiles,
  gitdir: string,
  { mend = false, roots = null, redacted = new Set(), onObjects }: InspectOptions,
): Promise<Finding[]> {
  // A database of its own: what this process has read before is no witness of what is on disk now.
  const database = new ObjectDatabase(files, `${gitdir}/objects`, objectFormatIn(files, gitdir));
  const damaged = roots === null ? [] : await damagedObjects(database, roots, redacted, onObjects);
  const needed = roots === null ? null : new Set(damaged.map(({ oid }) => oid));
  const garbage = looseGarbage(database, files, gitdir, needed, mend);
  database.close();
  const hooks = await readGuards(files, gitdir);
  const marker = redacted.size === 0 ? [] : MARKER_SETTINGS;
  const settings = [...CONFIG, ...marker, ...guardSettings(hooks.filter(gitRuns).map(({ name }) => name))];
  const config = configFindings(files, gitdir, settings);
  if (mend) {
    const outdated = hooks.filter(({ state }) => state === 'outdated');
    await writeGuards(files, gitdir, outdated);
    mendConfig(files, gitdir, settings);
  }
  return [...damaged.map((d) => describeDamage(gitdir, d)), ...garbage, ...config, ...guardFindings(gitdir, hooks)];
}
