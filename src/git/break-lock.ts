/** Removing a lock of git's whose owner an operator knows to be gone: that one file, and nothing that is not a lock. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { invalidInput, LedgerError, quoted } from '../errors.js';
import type { BrokenLock } from '../ports/upkeep.js';
import { unlessFails } from './sync-files.js';
import type { WritePlace } from './write-place.js';

/** Where git takes locks in a bare repository. */
const LOCK = /^(refs\/.+|objects\/(info|pack)\/.+|[A-Za-z][A-Za-z._-]*)\.lock$/;

/** The path of a lock below `gitdir`, from a ref, a path there, or either with `.lock`. @throws `INVALID_ARGUMENT` */
export function lockName(gitdir: string, given: unknown): string {
  const text = typeof given === 'string' ? given : '';
  const below = text.startsWith(`${gitdir}/`) ? text.slice(gitdir.length + 1) : text;
  const name = below.endsWith('.lock') ? below : `${below}.lock`;
  const plain = name.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part !== '.lock');
  if (LOCK.test(name) && plain && !/[\u0000-\u001f\u007f\\]/.test(name)) return name;
  const expected = 'a ref or a lock file of the ledger: refs/heads/planner, packed-refs, HEAD, config, …';
  throw invalidInput(
    'INVALID_ARGUMENT',
    [{ path: 'breakLock', expected, actual: quoted(given) }],
    'git-lineage doctor names the locks that there are',
  );
}

/** The processes that have a file open, as far as Linux lets this one see; none where it cannot tell. */
function openedBy(path: string): string[] {
  const owners: string[] = [];
  const list = (folder: string) => unlessFails(() => readdirSync(folder), []);
  for (const pid of list('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    const open = (fd: string) => unlessFails(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '') === path;
    if (!list(`/proc/${pid}/fd`).some(open)) continue;
    const name = unlessFails(() => readFileSync(`/proc/${pid}/comm`, 'utf8'), '').trim();
    owners.push(`${pid}${name === '' ? '' : ` (${name})`}`);
  }
  return owners;
}

function locked(name: string, path: string, why: string, hint: string): LedgerError<'REF_LOCKED'> {
  const ref = name.slice(0, -'.lock'.length);
  return new LedgerError('REF_LOCKED', `${name} is not broken: ${why}`, { ref, lock: path }, { hint });
}

/**
 * Removes one lock file. Only under the writer lock, so that no live writer of ours has it.
 *
 * @throws `INVALID_ARGUMENT` where that is no place of a lock, `NOT_FOUND` where none is there, `REF_LOCKED` where a process
 * has it open, or where it is a dead writer's of ours
 */
export function breakLock({ files, gitdir, moves }: WritePlace, given: unknown): BrokenLock {
  const name = lockName(gitdir, given);
  const path = `${gitdir}/${name}`;
  const parts = name.split('/');
  for (let depth = 1; depth < parts.length; depth++) {
    // A link on the way would lead out of the ledger.
    if (files.stat(`${gitdir}/${parts.slice(0, depth).join('/')}`)?.isDirectory() !== true) throw absent(name);
  }
  const stat = files.stat(path);
  if (stat?.isFile() !== true) throw absent(name);
  if (moves.locks.ownsLock(name.slice(0, -'.lock'.length))) {
    const hint = 'git-lineage doctor --restore, or the next write, releases it';
    throw locked(name, path, 'it is of a git-lineage writer that died', hint);
  }
  const owners = openedBy(path);
  if (owners.length > 0) {
    const hint = 'wait for it to end, or end it first';
    throw locked(name, path, `process ${owners.join(', ')} has it open`, hint);
  }
  const again = files.stat(path);
  if (again === null || again.ino !== stat.ino || again.mtimeMs !== stat.mtimeMs) {
    throw locked(name, path, 'it was taken anew while it was looked at', 'its owner is alive: try again later');
  }
  files.remove(path);
  files.syncFolder(path.slice(0, path.lastIndexOf('/')));
  const ageSeconds = Math.max(0, (Date.now() - Number(stat.mtimeMs)) / 1000);
  return { where: name, bytes: Number(stat.size), ageSeconds };
}

function absent(name: string): LedgerError<'NOT_FOUND'> {
  const hint = 'git-lineage doctor names the locks that there are';
  return new LedgerError('NOT_FOUND', `there is no lock ${name}`, { kind: 'LOCK', what: name }, { hint });
}
