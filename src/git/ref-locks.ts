/**
 * Locks of refs as git takes them: the file `<ref>.lock`, made only where it is not there.
 *
 * A lock is a hard link to a file that its transaction prepared, so that a dead writer's locks can be told from anybody else's by their inode,
 * never by their age.
 */

import { LedgerError } from '../errors.js';
import type { RefName } from '../ports/objects.js';
import { refChanged } from './ref-changed.js';
import type { Refs } from './refs.js';
import type { SyncFiles } from './sync-files.js';
import type { FileMaker } from './sync-group.js';

/** git's own patience with a locked ref is 100 ms, with packed-refs 1 s (core.filesRefLockTimeout, core.packedRefsTimeout). */
const LOCK_PATIENCE_MS = 1000;

/** Not a ref, but locked like one while it is written. */
export const PACKED_REFS = 'packed-refs';

/** Neither; its lock is ours where doctor changes it. */
const CONFIG_FILE = 'config';

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Holds up this thread: nothing may come between a writer's lock and what is done under it. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export class RefLocks {
  private readonly refs: Refs;
  private readonly files: SyncFiles;
  private readonly folder: string;

  /** `folder` is where prepared files stand while a transaction runs. */
  constructor(refs: Refs, folder: string) {
    this.refs = refs;
    this.files = refs.files;
    this.folder = folder;
  }

  preparedPath(ref: RefName): string {
    return `${this.folder}/${ref.replaceAll('/', '%')}`;
  }

  lockPath(ref: RefName): string {
    return `${this.refs.path(ref)}.lock`;
  }

  /** Links a prepared file to the ref's lock; false where somebody has it. */
  tryLock(ref: RefName, prepared = this.preparedPath(ref)): boolean {
    const lock = this.lockPath(ref);
    if (this.files.link(prepared, lock)) return true;
    // git removes empty folders, so the folder may be gone again by the time of the link.
    return this.files.makeFolder(folderOf(lock)) && this.files.link(prepared, lock);
  }

  /** Refuses a ref whose name cannot exist beside another's. One that stands already has shown that it can. */
  assertNameFree(ref: RefName): void {
    const conflict = this.refs.nameConflict(ref);
    if (conflict === null) return;
    throw refChanged(ref, null, conflict, `cannot exist beside ${conflict}: one name is a folder of the other`);
  }

  /** Prepares the lock of packed-refs, and those of refs that move into it or go: all are links to one file, which names these. */
  preparePacking(locked: readonly RefName[], maker: FileMaker): void {
    maker.createAnew(this.preparedPath(PACKED_REFS), Buffer.from(locked.map((ref) => `${ref}\n`).join('')));
  }

  /** @throws `REF_LOCKED` where somebody has it for too long; `REF_CHANGED` where a new ref cannot be there */
  lock(ref: RefName, isNew: boolean, prepared = this.preparedPath(ref)): void {
    const deadline = performance.now() + LOCK_PATIENCE_MS;
    for (let ms = 1; ; ms = Math.min(ms * 2, 50)) {
      if (isNew) this.assertNameFree(ref);
      if (this.tryLock(ref, prepared)) {
        // git makes a folder also for a ref that it then refuses.
        if (this.clearFolder(this.refs.path(ref))) return;
        throw refChanged(ref, null, null, 'a folder that is not empty stands in its place');
      }
      if (performance.now() > deadline) break;
      pause(ms);
    }
    const lock = this.lockPath(ref);
    const hint = 'a git command may be running: try again; if none is, git-lineage doctor says whose lock it is';
    throw new LedgerError('REF_LOCKED', `${ref} is locked: ${lock} exists`, { ref, lock }, { hint });
  }

  /** Removes the empty folders that git leaves where refs were; false where something is left in them. */
  private clearFolder(path: string): boolean {
    if (this.files.stat(path)?.isDirectory() !== true) return true;
    for (const name of this.files.list(path)) if (!this.clearFolder(`${path}/${name}`)) return false;
    return this.files.removeFolder(path);
  }

  /** True where a ref's lock is a link to a file that we prepared: its own, or that of packed-refs where the ref moves into that file. */
  ownsLock(ref: RefName): boolean {
    const lock = this.files.stat(this.lockPath(ref));
    if (lock === null) return false;
    return [ref, PACKED_REFS].some((name) => {
      const prepared = this.files.stat(this.preparedPath(name));
      return prepared !== null && lock.ino === prepared.ino && lock.dev === prepared.dev;
    });
  }

  /** Removes a dead writer's locks and prepared files. Only under the writer lock: then their owner is dead. */
  dropAbandoned(): void {
    const names = this.files.list(this.folder).map((name) => name.replaceAll('%', '/'));
    this.drop(names.filter((ref) => ref.startsWith('refs/') || ref === PACKED_REFS || ref === CONFIG_FILE));
  }

  /** The removal of a lock is made to last before that of the file by which its owner is known. */
  drop(names: readonly RefName[]): void {
    const packing = names.includes(PACKED_REFS) ? (this.files.readText(this.preparedPath(PACKED_REFS)) ?? '') : '';
    const folders = new Set<string>();
    for (const ref of new Set([...names, ...packing.split('\n').filter((line) => line !== '')])) {
      if (!this.ownsLock(ref)) continue;
      this.files.remove(this.lockPath(ref));
      folders.add(folderOf(this.lockPath(ref)));
    }
    for (const folder of folders) this.files.syncFolder(folder);
    for (const ref of names) this.files.remove(this.preparedPath(ref));
    if (names.includes(PACKED_REFS)) this.files.remove(`${this.preparedPath(PACKED_REFS)}.new`);
  }
}
