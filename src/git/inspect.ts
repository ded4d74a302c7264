/** What a crash or a person left in the repository: transactions, locks, files and settings, each looked at in turn. */

import type { RefEdit } from '../ports/publishing.js';
import type { Finding, InspectOptions } from '../ports/upkeep.js';
import { CONFIG, configFindings, mendConfig } from './config.js';
import { damagedObjects, describeDamage } from './damaged-objects.js';
import type { Files } from './file-system.js';
import { looseGarbage } from './garbage.js';
import { guardSettings } from './guard-hooks.js';
import { gitRuns, guardFindings, readGuards, writeGuards } from './guards.js';
import { ObjectDatabase } from './object-database.js';
import type { RefTransaction } from './ref-transaction.js';

const MENDED = 'git-lineage doctor --restore, or the next write';

/** What the next writer would do by itself. Only under the writer lock: then whoever left it is dead. */
export async function transactionFindings(
  parts: {
    readonly files: Files;
    readonly gitdir: string;
    readonly moves: RefTransaction;
    readonly database: ObjectDatabase;
  },
  transactionFolder: string,
  unprojected: readonly RefEdit[],
): Promise<Finding[]> {
  const { files, gitdir, moves, database } = parts;
  const findings: Finding[] = unprojected.map(({ ref, to }) => ({
    kind: 'unfinished-entry',
    where: ref,
    detail: `the last entry moves it to ${to ?? 'nothing'}`,
    mendable: true,
    remedy: MENDED,
  }));
  for (const lock of await lockFiles(files, gitdir)) {
    const ours = await moves.ownsLock(lock.slice(0, -'.lock'.length));
    findings.push(
      ours
        ? {
            kind: 'abandoned-lock',
            where: lock,
            detail: 'a writer died with this lock',
            mendable: true,
            remedy: MENDED,
          }
        : {
            kind: 'foreign-lock',
            where: lock,
            detail: 'a lock that is not of git-lineage: of a running or a killed git command',
            mendable: false,
            remedy: `wait for the git command; where it is known to be gone: git-lineage doctor --break-lock ${lock}`,
          },
    );
  }
  const kept = (await database.protectedPacks()).map((pack) => `${pack}.keep`);
  for (const name of [...(await files.list(transactionFolder)), ...kept]) {
    const detail = 'left by a dead writer';
    findings.push({ kind: 'leftover-file', where: name, detail, mendable: true, remedy: MENDED });
  }
  return findings;
}

/** Every lock file of git's that stops a command, below the ledger. */
export async function lockFiles(files: Files, gitdir: string): Promise<string[]> {
  const locks: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const name of await files.list(`${gitdir}/${folder}`)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('.lock') && (await files.stat(`${gitdir}/${path}`))?.isFile() === true) locks.push(path);
      else if (folder !== '' && (await files.stat(`${gitdir}/${path}`))?.isDirectory() === true) await walk(path);
    }
  };
  for (const folder of ['refs', '', 'objects/info', 'objects/pack']) await walk(folder);
  return locks;
}

/** What stands in nobody's way: damaged objects, garbage, settings and guard hooks. Takes no lock; with `mend`, puts right what is safe to. */
export async function contentFindings(
  files: Files,
  gitdir: string,
  { mend = false, roots = null }: InspectOptions,
): Promise<Finding[]> {
  // A database of its own: what this process has read before is no witness of what is on disk now.
  const database = new ObjectDatabase(files, gitdir, `${gitdir}/lineage/transaction`);
  const damaged = roots === null ? [] : damagedObjects(database, roots);
  const needed = roots === null ? null : new Set(damaged.map(({ oid }) => oid));
  const garbage = await looseGarbage(database, files, gitdir, needed, mend);
  database.close();
  const hooks = await readGuards(files, gitdir);
  const settings = [...CONFIG, ...guardSettings(hooks.filter(gitRuns).map(({ name }) => name))];
  const config = await configFindings(files, gitdir, settings);
  if (mend) {
    const outdated = hooks.filter(({ state }) => state === 'outdated');
    await writeGuards(files, gitdir, outdated);
    await mendConfig(files, gitdir, settings);
  }
  return [...damaged.map((d) => describeDamage(gitdir, d)), ...garbage, ...config, ...guardFindings(gitdir, hooks)];
}
