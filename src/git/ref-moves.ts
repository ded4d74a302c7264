/**
 * Moves several refs as one: git's own lock files, every old value compared under them, the journal first.
 *
 * A lock is a hard link to a file that this transaction prepared, so that a dead writer's locks can be told from
 * anybody else's by their inode, never by their age. Locks are held for comparing and renaming only.
 */

import { LedgerError, messageOf } from '../errors.js';
import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { RefMove } from '../ports/publisher.js';
import { LastingFolders } from './lasting-folders.js';
import { changePacked, type PackedRefs, type PackedValue } from './packed-refs.js';
import type { Refs, RefValue } from './refs.js';
import { type SyncFiles, unlessFails } from './sync-files.js';

/** git's own patience with a locked ref is 100 ms, with packed-refs 1 s (core.filesRefLockTimeout, core.packedRefsTimeout). */
const LOCK_PATIENCE_MS = 1000;

/** Not a ref, but locked like one while it is written. */
export const PACKED_REFS = 'packed-refs';

/** Neither; its lock is ours where doctor changes it. */
const CONFIG_FILE = 'config';

/** So many new tags, and as many more as packed-refs has of these bytes, go straight into that file. */
const PACK_AT_ONCE = 16;
const PACKED_BYTES_A_TAG = 256 * 1024;

/** Moves as they will be made; what is prepared for them is on disk. */
interface PreparedMoves {
  /** Null only to finish what an entry already says. */
  readonly journal: RefMove | null;
  /** Each by a lock of its own. */
  readonly single: readonly RefMove[];
  /** New tags that go straight into packed-refs. */
  readonly packed: readonly RefMove[];
  /** True where packed-refs is written. */
  readonly writesPacked: boolean;
}

function shown(value: RefValue): string | null {
  return value === null || typeof value === 'string' ? value : `unreadable: ${value.unreadable}`;
}

function refChanged(
  ref: RefName,
  expected: Oid | null,
  actual: string | null,
  why: string,
): LedgerError<'REF_CHANGED'> {
  const hint =
    'run git-lineage doctor --restore to put the journaled value back, then make the change through git-lineage';
  return new LedgerError('REF_CHANGED', `${ref}: ${why}`, { ref, expected, actual }, { hint });
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** True for the refs of versions and reports: they never move, so they may be packed as soon as they are there. */
export function isTag(ref: RefName): boolean {
  return ref.startsWith('refs/tags/') && parseRef(ref) !== null;
}

/** The order in which refs follow the journal: what a branch's readers look up stands before the branch moves. */
function rank(ref: RefName): number {
  const kind = parseRef(ref)?.kind;
  return kind === 'branch' ? 2 : kind === 'notes' ? 0 : 1;
}

/** Holds up this thread: nothing may come between a writer's lock and what is done under it. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export class RefMoves {
  readonly refs: Refs;
  readonly files: SyncFiles;
  readonly lasting: LastingFolders;
  private readonly folder: string;
  private readonly peel: (oid: Oid) => Oid | null;

  /** `folder` is where prepared files stand while a transaction runs; `peel` says what a tag leads to, null for no tag. */
  constructor(refs: Refs, folder: string, peel: (oid: Oid) => Oid | null) {
    this.refs = refs;
    this.files = refs.files;
    this.folder = folder;
    this.peel = peel;
    this.lasting = new LastingFolders(refs.files, refs.gitdir);
  }

  preparedPath(ref: RefName): string {
    return `${this.folder}/${ref.replaceAll('/', '%')}`;
  }

  lockPath(ref: RefName): string {
    return `${this.refs.path(ref)}.lock`;
  }

  /** The value of a ref for packed-refs. */
  packedValue(oid: Oid): PackedValue {
    return { oid, peeled: this.peel(oid) };
  }

  private arranged(journal: RefMove | null, images: readonly RefMove[]): PreparedMoves {
    const moves = journal === null ? images : [journal, ...images];
    const isNewTag = (m: RefMove) => m.from === null && m.to !== null && m.replaces === undefined && isTag(m.ref);
    const removes = moves.some(({ to }) => to === null);
    const packed = moves.filter(isNewTag);
    const few =
      packed.length < PACK_AT_ONCE ||
      packed.length < PACK_AT_ONCE + this.packedBytes() / PACKED_BYTES_A_TAG ||
      // git is packing refs: new tags need not wait for that.
      this.files.stat(this.lockPath(PACKED_REFS)) !== null;
    if (few) return { journal, single: moves, packed: [], writesPacked: removes };
    return { journal, single: moves.filter((move) => !isNewTag(move)), packed, writesPacked: true };
  }

  private packedBytes(): number {
    return Number(this.files.stat(this.refs.path(PACKED_REFS))?.size ?? 0);
  }

  /** Links a prepared file to the ref's lock; false where somebody has it. */
  tryLock(ref: RefName, prepared = this.preparedPath(ref)): boolean {
    const lock = this.lockPath(ref);
    if (this.files.link(prepared, lock)) return true;
    // git removes empty folders, so the folder may be gone again by the time of the link.
    return this.files.makeFolder(folderOf(lock)) && this.files.link(prepared, lock);
  }

  /** Refuses a ref whose name cannot exist beside another's. One that stands already has shown that it can. */
  private assertNameFree(ref: RefName): void {
    const conflict = this.refs.nameConflict(ref);
    if (conflict === null) return;
    throw refChanged(ref, null, conflict, `cannot exist beside ${conflict}: one name is a folder of the other`);
  }

  private lock(ref: RefName, isNew: boolean): void {
    const deadline = performance.now() + LOCK_PATIENCE_MS;
    for (let ms = 1; ; ms = Math.min(ms * 2, 50)) {
      if (isNew) this.assertNameFree(ref);
      if (this.tryLock(ref)) {
        if (!isNew || this.clearFolder(this.refs.path(ref))) return;
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

  private compare(move: RefMove): void {
    if (move.from === null && this.refs.isAbsent(move.ref)) return;
    const value = this.refs.read(move.ref);
    if (value === move.from) return;
    const actual = shown(value);
    if (move.replaces !== undefined && actual === move.replaces) return;
    const name = (oid: string | null) => oid ?? 'no such ref';
    throw refChanged(move.ref, move.from, actual, `expected ${name(move.from)}, found ${name(actual)}`);
  }

  /** Finds every ref at its expected value. @throws `REF_CHANGED` */
  check({ single, packed }: PreparedMoves): void {
    for (const moves of [single, packed]) for (const move of moves) this.compare(move);
  }

  /**
   * Writes the files that become the locks, and later the refs, of a transaction: no lock is held yet. Their names are
   * made to last, so that no lock can outlast the file by which its owner is known.
   */
  prepare(journal: RefMove | null, images: readonly RefMove[]): PreparedMoves {
    const moves = this.arranged(journal, images);
    this.files.makeFolder(this.folder);
    try {
      for (const { ref, to } of moves.single)
        this.files.createAnew(this.preparedPath(ref), Buffer.from(to === null ? '' : `${to}\n`));
      if (moves.writesPacked) this.files.createAnew(this.preparedPath(PACKED_REFS), Buffer.alloc(0));
      this.lasting.sync([this.folder]);
    } catch (error) {
      this.discard(moves);
      throw error;
    }
    return moves;
  }

  /** Forgets what was prepared. Should this fail as well, the next transaction finds what is left. */
  discard(moves: PreparedMoves): void {
    unlessFails(() => this.drop(namesOf(moves)), undefined);
  }

  /**
   * Commits what is prepared: after the rename of the journal's lock the transaction has happened, before it nothing has.
   * `happens` is told just before. An error after the commit point is marked `committed`.
   */
  commit(moves: PreparedMoves, happens?: () => void): void {
    const { journal, single, packed, writesPacked } = moves;
    const ordered = [...single].sort((a, b) => compareBytes(a.ref, b.ref));
    let happened = false;
    try {
      if (writesPacked) this.lock(PACKED_REFS, false);
      for (const { ref, from, replaces } of ordered) this.lock(ref, from === null || replaces !== undefined);
      for (const { ref } of packed) this.assertNameFree(ref);
      this.check(moves);
      const next = this.nextPacked(moves);
      if (journal !== null) {
        happens?.();
        this.files.rename(this.lockPath(JOURNAL_REF), this.refs.path(JOURNAL_REF));
        happened = true;
        this.files.syncFolder(folderOf(this.refs.path(JOURNAL_REF)));
      }
      const images = single.filter((move) => move !== journal).sort((a, b) => rank(a.ref) - rank(b.ref));
      this.moveImages(images, next);
      this.sync([...images.map(({ ref }) => ref), ...(writesPacked ? [PACKED_REFS] : [])]);
    } catch (error) {
      if (happened) throw asCommitted(error);
      this.discard(moves);
      throw error;
    }
    // All of it lasts; should this fail, the next transaction finds what is left.
    for (const ref of namesOf(moves)) unlessFails(() => this.files.remove(this.preparedPath(ref)), false);
  }

  /** packed-refs as it will be, on disk under another name, made to last. */
  private nextPacked({ single, packed, writesPacked }: PreparedMoves): PackedRefs | null {
    if (!writesPacked) return null;
    const now = this.refs.packed.read();
    const changes = new Map<RefName, PackedValue | null>();
    for (const { ref, to } of single) if (to === null && now.get(ref) !== undefined) changes.set(ref, null);
    for (const { ref, to } of packed) if (to !== null) changes.set(ref, this.packedValue(to));
    return changes.size === 0 ? null : this.writeNextPacked(changePacked(now, changes));
  }

  /** Writes what becomes packed-refs beside its prepared lock. */
  writeNextPacked(next: PackedRefs): PackedRefs {
    this.files.createAnew(`${this.preparedPath(PACKED_REFS)}.new`, next.bytes);
    return next;
  }

  /** Renames what was written in place of packed-refs, whose lock is held. */
  replacePacked(next: PackedRefs): void {
    this.files.rename(`${this.preparedPath(PACKED_REFS)}.new`, this.refs.path(PACKED_REFS));
    this.refs.packed.replaced(next);
  }

  private moveImages(images: readonly RefMove[], next: PackedRefs | null): void {
    const removed = images.filter(({ to }) => to === null);
    const [early, late] = [images.filter(({ ref }) => rank(ref) < 2), images.filter(({ ref }) => rank(ref) === 2)];
    const move = ({ ref, to }: RefMove): void => {
      if (to !== null) this.files.rename(this.lockPath(ref), this.refs.path(ref));
    };
    early.forEach(move);
    if (next !== null) {
      this.replacePacked(next);
      // What is packed lasts before what is loose goes: an older value must not come back.
      if (removed.length > 0) this.files.syncFolder(this.refs.gitdir);
    }
    for (const { ref } of removed) {
      this.files.remove(this.refs.path(ref));
      this.files.remove(this.lockPath(ref));
    }
    late.forEach(move);
    if (this.ownsLock(PACKED_REFS)) this.files.remove(this.lockPath(PACKED_REFS));
  }

  /** True where a ref's lock is a link to a file that we prepared: its own, or that of packed-refs while tags are packed. */
  ownsLock(ref: RefName): boolean {
    const lock = this.files.stat(this.lockPath(ref));
    if (lock === null) return false;
    return [ref, PACKED_REFS].some((name) => {
      const prepared = this.files.stat(this.preparedPath(name));
      return prepared !== null && lock.ino === prepared.ino && lock.dev === prepared.dev;
    });
  }

  /** Makes the names of refs last. A folder that is new lasts only once the folder above it is synced too. */
  sync(refs: readonly RefName[]): void {
    this.lasting.sync([...new Set(refs.map((ref) => folderOf(this.refs.path(ref))))]);
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

function namesOf({ single, writesPacked }: PreparedMoves): RefName[] {
  return [...single.map(({ ref }) => ref), ...(writesPacked ? [PACKED_REFS] : [])];
}

/** The same error, saying that the transaction is in the journal all the same. */
export function asCommitted(error: unknown): LedgerError {
  const hint =
    'the transaction is committed and will be completed by the next write or by git-lineage doctor --restore; do not repeat it';
  if (error instanceof LedgerError)
    return new LedgerError(error.code, error.message, error.data, { cause: error, hint, committed: true });
  const message = messageOf(error);
  const data = { operation: 'publish', path: '', errno: null };
  return new LedgerError('IO', message, data, { cause: error, hint, committed: true });
}
