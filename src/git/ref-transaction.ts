/**
 * Moves several refs as one: git's own lock files, every old value compared under them, the journal first.
 *
 * A lock is a hard link to a file that this transaction prepared, so that a dead writer's locks can be told from
 * anybody else's by their inode, never by their age. Locks are held for comparing and renaming only.
 */

import { LedgerError } from '../errors.js';
import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Oid, RefEdit, RefName } from '../store.js';
import type { Files } from './file-system.js';
import type { Refs, RefValue } from './refs.js';

/** git's own patience with a locked ref is 100 ms, with packed-refs 1 s (core.filesRefLockTimeout, core.packedRefsTimeout). */
const LOCK_PATIENCE_MS = 1000;

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

  /** `folder` is where prepared files stand while the transaction runs. */
  constructor(refs: Refs, folder: string) {
    this.refs = refs;
    this.files = refs.files;
    this.folder = folder;
  }

  private preparedPath(ref: RefName): string {
    return `${this.folder}/${ref.replaceAll('/', '%')}`;
  }

  private lockPath(ref: RefName): string {
    return `${this.refs.path(ref)}.lock`;
  }

  private async lock(ref: RefName): Promise<void> {
    const lock = this.lockPath(ref);
    const deadline = performance.now() + LOCK_PATIENCE_MS;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      const conflict = await this.refs.nameConflict(ref);
      if (conflict !== null)
        throw refChanged(ref, null, conflict, `cannot exist beside ${conflict}: one name is a folder of the other`);
      // git removes empty folders, so the folder may be gone again by the time of the link.
      await this.files.makeFolder(folderOf(lock));
      if (await this.files.link(this.preparedPath(ref), lock)) return;
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

  private async compare(edit: RefEdit): Promise<void> {
    const value = await this.refs.read(edit.ref);
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
    if ((await this.files.stat(path))?.isDirectory() === true) await this.files.removeFolder(path);
    await this.files.rename(lock, path);
  }

  private async removePacked(ref: RefName): Promise<void> {
    if (!(await this.refs.readPacked()).has(ref)) return;
    const packed = `${this.refs.gitdir}/packed-refs`;
    await this.files.create(`${packed}.lock`, Buffer.alloc(0));
    try {
      const lines = ((await this.files.readText(packed)) ?? '').split('\n');
      const at = lines.findIndex((line) => line.endsWith(` ${ref}`));
      if (at !== -1) lines.splice(at, lines[at + 1]?.startsWith('^') === true ? 2 : 1);
      const next = `${this.folder}/packed-refs`;
      await this.files.remove(next);
      await this.files.create(next, Buffer.from(lines.join('\n')));
      await this.files.rename(next, packed);
      await this.files.syncFolder(this.refs.gitdir);
    } finally {
      await this.files.remove(`${packed}.lock`);
    }
  }

  private async prepare(edits: readonly RefEdit[]): Promise<void> {
    await Promise.all(
      edits.map(async ({ ref, to }) => {
        await this.files.remove(this.preparedPath(ref));
        await this.files.create(this.preparedPath(ref), Buffer.from(to === null ? '' : `${to}\n`));
      }),
    );
  }

  private async discard(refs: readonly RefName[]): Promise<void> {
    for (const ref of refs) {
      await this.dropOwnLock(ref);
      await this.files.remove(this.preparedPath(ref));
    }
  }

  /** Removes a ref's lock if it is a link to our prepared file. */
  private async dropOwnLock(ref: RefName): Promise<boolean> {
    const lock = await this.files.stat(this.lockPath(ref));
    const prepared = await this.files.stat(this.preparedPath(ref));
    if (lock === null || prepared === null || lock.ino !== prepared.ino || lock.dev !== prepared.dev) return false;
    return this.files.remove(this.lockPath(ref));
  }

  /**
   * Commits: after the rename of the journal's lock the transaction has happened, before it nothing has. `journal` is
   * null only to finish what an entry already says. An error after the commit point is marked `committed`.
   */
  async commit(journal: RefEdit | null, edits: readonly RefEdit[]): Promise<void> {
    const all = journal === null ? [...edits] : [journal, ...edits];
    all.sort((a, b) => compareBytes(a.ref, b.ref));
    const names = all.map((edit) => edit.ref);
    try {
      await this.prepare(all);
      for (const { ref } of all) await this.lock(ref);
      for (const edit of all) await this.compare(edit);
      if (journal !== null) {
        await this.move(journal);
        await this.files.syncFolder(folderOf(this.refs.path(JOURNAL_REF)));
      }
    } catch (error) {
      await this.discard(names);
      throw error;
    }
    try {
      await this.project(edits);
      for (const ref of names) await this.files.remove(this.preparedPath(ref));
    } catch (error) {
      throw asCommitted(error);
    }
  }

  private async project(edits: readonly RefEdit[]): Promise<void> {
    const ordered = [...edits].sort((a, b) => rank(a.ref) - rank(b.ref));
    for (const edit of ordered) await this.move(edit);
    const folders = new Set<string>();
    for (const { ref } of edits) {
      // A folder that is new lasts only once the folder above it is synced too.
      for (let depth = 3; depth <= ref.split('/').length; depth++) {
        folders.add(
          this.refs.path(
            ref
              .split('/')
              .slice(0, depth - 1)
              .join('/'),
          ),
        );
      }
    }
    await Promise.all([...folders].map((folder) => this.files.syncFolder(folder)));
  }

  /** The refs for which a transaction left prepared files behind. Only under the writer lock: then its owner is dead. */
  async abandoned(): Promise<RefName[]> {
    const names = await this.files.list(this.folder);
    return names.filter((name) => name.startsWith('refs%')).map((name) => name.replaceAll('%', '/'));
  }

  /** Removes a dead writer's locks and prepared files; returns the refs that it had locked. */
  async dropAbandoned(): Promise<RefName[]> {
    const locked: RefName[] = [];
    for (const ref of await this.abandoned()) {
      if (await this.dropOwnLock(ref)) locked.push(ref);
      await this.files.remove(this.preparedPath(ref));
    }
    return locked;
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
