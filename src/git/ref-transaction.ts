/**
 * Moves several refs as one: git's own lock files, every old value compared under them, the journal first.
 *
 * A lock is a hard link to a file that this transaction prepared, so that a dead writer's locks can be told from
 * anybody else's by their inode, never by their age. Locks are held for comparing and renaming only.
 */

import { LedgerError } from '../errors.js';
import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { RefEdit } from '../ports/publishing.js';
import { allDone, type Files } from './file-system.js';
import type { Refs, RefValue } from './refs.js';

/** git's own patience with a locked ref is 100 ms, with packed-refs 1 s (core.filesRefLockTimeout, core.packedRefsTimeout). */
const LOCK_PATIENCE_MS = 1000;

/** Not a ref, but locked like one while entries are taken out of it. */
const PACKED_REFS = 'packed-refs';

/** Neither; its lock is ours where doctor changes it. */
const CONFIG_FILE = 'config';

function shown(value: RefValue): string | null {
  return value === null || typeof value === 'string' ? value : `unreadable: ${value.unreadable}`;
}

function refChanged(
  ref: RefName,
  expected: Oid | null,
  actual: string | null,
  why: string,
): LedgerError<'REF_CHANGED'> {
  return new LedgerError(
    'REF_CHANGED',
    `${ref}: ${why}`,
    { ref, expected, actual },
    {
      hint: 'run git-lineage doctor --restore to put the journaled value back, then make the change through git-lineage',
    },
  );
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** The order in which refs follow the journal: what a branch's readers look up stands before the branch moves. */
function rank(ref: RefName): number {
  const kind = parseRef(ref)?.kind;
  return kind === 'branch' ? 2 : kind === 'notes' ? 0 : 1;
}

export class RefTransaction {
  private readonly refs: Refs;
  private readonly files: Files;
  private readonly folder: string;
  /** True where a folder of refs may be so new that the folder above it is not synced yet. */
  private newFolders = true;

  /** `folder` is where prepared files stand while the transaction runs. */
  constructor(refs: Refs, files: Files, folder: string) {
    this.refs = refs;
    this.files = files;
    this.folder = folder;
  }

  private preparedPath(ref: RefName): string {
    return `${this.folder}/${ref.replaceAll('/', '%')}`;
  }

  private lockPath(ref: RefName): string {
    return `${this.refs.path(ref)}.lock`;
  }

  /** Links our prepared file to the ref's lock; false where somebody has it. */
  private async tryLock(ref: RefName): Promise<boolean> {
    const [prepared, lock] = [this.preparedPath(ref), this.lockPath(ref)];
    if (await this.files.link(prepared, lock)) return true;
    // git removes empty folders, so the folder may be gone again by the time of the link.
    if (!(await this.files.makeFolder(folderOf(lock)))) return false;
    this.newFolders = true;
    return this.files.link(prepared, lock);
  }

  /** Refuses a ref whose name cannot exist beside another's. One that stands already has shown that it can. */
  private async assertNameFree(ref: RefName): Promise<void> {
    const conflict = this.refs.nameConflict(ref);
    if (conflict === null) return;
    throw refChanged(ref, null, conflict, `cannot exist beside ${conflict}: one name is a folder of the other`);
  }

  private async lock(ref: RefName, isNew: boolean): Promise<void> {
    const lock = this.lockPath(ref);
    const deadline = performance.now() + LOCK_PATIENCE_MS;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      if (isNew) await this.assertNameFree(ref);
      if (await this.tryLock(ref)) {
        if (!isNew || (await this.clearFolder(this.refs.path(ref)))) return;
        throw refChanged(ref, null, null, 'a folder that is not empty stands in its place');
      }
      if (performance.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    throw new LedgerError(
      'REF_LOCKED',
      `${ref} is locked: ${lock} exists`,
      { ref, lock },
      {
        hint: 'a git command may be running: try again; if none is, git-lineage doctor says whose lock it is',
      },
    );
  }

  /** Removes the empty folders that git leaves where refs were; false where something is left in them. */
  private async clearFolder(path: string): Promise<boolean> {
    if ((await this.files.stat(path))?.isDirectory() !== true) return true;
    for (const name of await this.files.list(path)) if (!(await this.clearFolder(`${path}/${name}`))) return false;
    return this.files.removeFolder(path);
  }

  private compare(edit: RefEdit): void {
    const value = this.refs.read(edit.ref);
    if (value === edit.from) return;
    const actual = shown(value);
    if (edit.replaces !== undefined && actual === edit.replaces) return;
    const name = (oid: string | null) => oid ?? 'no such ref';
    throw refChanged(edit.ref, edit.from, actual, `expected ${name(edit.from)}, found ${name(actual)}`);
  }

  private async move(edit: RefEdit): Promise<void> {
    const path = this.refs.path(edit.ref);
    const lock = this.lockPath(edit.ref);
    if (edit.to === null) {
      await this.removePacked(edit.ref);
      await this.files.remove(path);
      await this.files.remove(lock);
      return;
    }
    await this.files.rename(lock, path);
  }

  /** Takes a ref out of packed-refs, whose lock is held. */
  private async removePacked(ref: RefName): Promise<void> {
    if (this.refs.packed.read().get(ref) === undefined) return;
    const packed = this.refs.path(PACKED_REFS);
    const lines = ((await this.files.readText(packed)) ?? '').split('\n');
    const at = lines.findIndex((line) => line.endsWith(` ${ref}`));
    if (at !== -1) lines.splice(at, lines[at + 1]?.startsWith('^') === true ? 2 : 1);
    const next = `${this.preparedPath(PACKED_REFS)}.new`;
    await this.files.remove(next);
    await this.files.create(next, Buffer.from(lines.join('\n')));
    await this.files.rename(next, packed);
    await this.files.syncFolder(this.refs.gitdir);
  }

  /**
   * Writes the files that become the locks, and later the refs, of a transaction: no lock is held yet. Their names are
   * made to last, so that no lock can outlast the file by which its owner is known.
   */
  async prepare(edits: readonly RefEdit[]): Promise<void> {
    const above = folderOf(this.folder);
    await this.files.makeFolder(this.folder);
    const write = (ref: RefName, text: string) => this.files.createAnew(this.preparedPath(ref), Buffer.from(text));
    const work = edits.map(({ ref, to }) => write(ref, to === null ? '' : `${to}\n`));
    if (edits.some(({ to }) => to === null)) work.push(write(PACKED_REFS, ''));
    await allDone(work);
    const folders = this.newFolders ? [this.folder, above, folderOf(above)] : [this.folder];
    await allDone(folders.map((folder) => this.files.syncFolder(folder)));
  }

  /** True where a ref's lock is a link to our prepared file. */
  async ownsLock(ref: RefName): Promise<boolean> {
    const lock = await this.files.stat(this.lockPath(ref));
    const prepared = await this.files.stat(this.preparedPath(ref));
    return lock !== null && prepared !== null && lock.ino === prepared.ino && lock.dev === prepared.dev;
  }

  /**
   * Removes our locks on refs, and what was prepared for them. The removal of a lock is made to last before that of the
   * file by which its owner is known.
   */
  private async discard(refs: readonly RefName[]): Promise<void> {
    const folders = new Set<string>();
    for (const ref of refs) {
      if (!(await this.ownsLock(ref))) continue;
      await this.files.remove(this.lockPath(ref));
      folders.add(folderOf(this.lockPath(ref)));
    }
    await allDone([...folders].map((folder) => this.files.syncFolder(folder)));
    for (const ref of refs) await this.files.remove(this.preparedPath(ref));
  }

  /**
   * Commits what is prepared: after the rename of the journal's lock the transaction has happened, before it nothing has. `journal` is
   * null only to finish what an entry already says. An error after the commit point is marked `committed`.
   */
  async commit(journal: RefEdit | null, edits: readonly RefEdit[]): Promise<void> {
    const all = journal === null ? [...edits] : [journal, ...edits];
    all.sort((a, b) => compareBytes(a.ref, b.ref));
    const names = all.map((edit) => edit.ref);
    if (all.some(({ to }) => to === null)) names.push(PACKED_REFS);
    let happened = false;
    try {
      const existing = new Set(all.filter((e) => e.from !== null && e.replaces === undefined).map((e) => e.ref));
      for (const ref of names) await this.lock(ref, ref !== PACKED_REFS && !existing.has(ref));
      for (const edit of all) this.compare(edit);
      if (journal !== null) {
        await this.move(journal);
        happened = true;
        await this.files.syncFolder(folderOf(this.refs.path(JOURNAL_REF)));
      }
      await this.project(edits);
      if (names.includes(PACKED_REFS)) await this.discard([PACKED_REFS]);
    } catch (error) {
      if (happened) throw asCommitted(error);
      // Should this fail as well, the next transaction finds what is left.
      await this.discard(names).catch(() => undefined);
      throw error;
    }
    await Promise.allSettled(names.map((ref) => this.files.remove(this.preparedPath(ref))));
  }

  private async project(edits: readonly RefEdit[]): Promise<void> {
    const ordered = [...edits].sort((a, b) => rank(a.ref) - rank(b.ref));
    for (const edit of ordered) await this.move(edit);
    await this.sync(edits.map(({ ref }) => ref));
    this.newFolders = false;
  }

  /** Finds every ref at its expected value, without a lock. @throws `REF_CHANGED` */
  check(edits: readonly RefEdit[]): void {
    for (const edit of edits) this.compare(edit);
  }

  /** Makes the names of refs last. A folder that is new lasts only once the folder above it is synced too. */
  async sync(refs: readonly RefName[]): Promise<void> {
    const folders = new Set<string>(this.newFolders ? [this.refs.path('refs')] : []);
    for (const ref of refs) {
      const parts = ref.split('/');
      for (let depth = 2; depth < parts.length; depth++) folders.add(this.refs.path(parts.slice(0, depth).join('/')));
    }
    await allDone([...folders].map((folder) => this.files.syncFolder(folder)));
  }

  /** Removes a dead writer's locks and prepared files. Only under the writer lock: then their owner is dead. */
  async dropAbandoned(): Promise<void> {
    const refs = (await this.files.list(this.folder)).map((name) => name.replaceAll('%', '/'));
    await this.discard(refs.filter((ref) => ref.startsWith('refs/') || ref === PACKED_REFS || ref === CONFIG_FILE));
  }
}

/** The same error, saying that the transaction is in the journal all the same. */
export function asCommitted(error: unknown): LedgerError {
  const hint =
    'the transaction is committed and will be completed by the next write or by git-lineage doctor --restore; do not repeat it';
  if (error instanceof LedgerError)
    return new LedgerError(error.code, error.message, error.data, { cause: error, hint, committed: true });
  const message = error instanceof Error ? error.message : String(error);
  return new LedgerError(
    'IO',
    message,
    { operation: 'publish', path: '', errno: null },
    { cause: error, hint, committed: true },
  );
}
