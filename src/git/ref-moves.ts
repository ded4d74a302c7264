/**
 * Moves several refs as one: git's own lock files, every old value compared under them, the journal first. Locks are held for comparing and
 * renaming only.
 */

import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { RefMove } from '../ports/publisher.js';
import { asCommitted } from './as-committed.js';
import { LastingFolders } from './lasting-folders.js';
import { ChangedRefs, type PackedValue } from './packed-refs.js';
import { refChanged } from './ref-changed.js';
import { folderOf, PACKED_REFS, RefLocks } from './ref-locks.js';
import type { Refs, RefValue } from './refs.js';
import { type SyncFiles, unlessFails } from './sync-files.js';
import type { SyncGroup } from './sync-group.js';

/** So many refs, and as many more as packed-refs has of these bytes, go straight into that file: alone, each is a file to sync. */
const PACK_AT_ONCE = 16;
const PACKED_BYTES_A_REF = 256 * 1024;

/** Moves as they will be made; what is prepared for them is on disk. */
export interface PreparedMoves {
  /** Null only to finish what an entry already says. */
  readonly journal: RefMove | null;
  /** Each by a file of its own, which is its lock first. */
  readonly single: readonly RefMove[];
  /** Refs whose value only packed-refs will have, and refs that are deleted: under its lock, and links to it. */
  readonly packed: readonly RefMove[];
}

/** True for a packed move that needs a lock of its own: of a ref that is not there yet nobody else expects a value. */
function hasLock({ from, to }: RefMove): boolean {
  return from !== null || to === null;
}

function shown(value: RefValue): string | null {
  return value === null || typeof value === 'string' ? value : `unreadable: ${value.unreadable}`;
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

export class RefMoves {
  readonly refs: Refs;
  readonly files: SyncFiles;
  readonly lasting: LastingFolders;
  readonly locks: RefLocks;
  private readonly folder: string;
  private readonly peel: (oid: Oid) => Oid | null;

  /** `folder` is where prepared files stand while a transaction runs; `peel` says what a tag leads to, null for no tag. */
  constructor(refs: Refs, folder: string, peel: (oid: Oid) => Oid | null) {
    this.refs = refs;
    this.files = refs.files;
    this.folder = folder;
    this.peel = peel;
    this.locks = new RefLocks(refs, folder);
    this.lasting = new LastingFolders(refs.files, refs.gitdir);
  }

  /** The value of a ref for packed-refs. */
  packedValue(ref: RefName, oid: Oid): PackedValue {
    // A branch leads to a commit: its object need not be read for it, or be readable.
    return { oid, peeled: isTag(ref) ? this.peel(oid) : null };
  }

  private arranged(journal: RefMove | null, images: readonly RefMove[]): PreparedMoves {
    // Notes stand before what they are about, and packed-refs moves what it has as one.
    const mayBePacked = ({ ref, to, replaces }: RefMove) => to !== null && replaces === undefined && rank(ref) > 0;
    const few = this.areFew(images.filter(mayBePacked).length);
    const isPacked = (move: RefMove) => move.to === null || (!few && mayBePacked(move));
    const single = images.filter((move) => !isPacked(move));
    // The journal's ref is looked at before each answer: it always has a file.
    return { journal, single: journal === null ? single : [journal, ...single], packed: images.filter(isPacked) };
  }

  private areFew(refs: number): boolean {
    return (
      refs < PACK_AT_ONCE ||
      refs < PACK_AT_ONCE + this.packedBytes() / PACKED_BYTES_A_REF ||
      // git is packing refs: nobody need wait for that.
      this.hasFile(`${PACKED_REFS}.lock`)
    );
  }

  private hasFile(ref: RefName): boolean {
    return this.files.stat(this.refs.path(ref))?.isDirectory() === false;
  }

  private packedBytes(): number {
    return Number(this.files.stat(this.refs.path(PACKED_REFS))?.size ?? 0);
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
    for (const move of single) this.compare(move);
    if (packed.length === 0) return;
    const stands = this.refs.packed.read();
    for (const move of packed)
      if (this.hasFile(move.ref) || (stands.get(move.ref) ?? null) !== move.from) this.compare(move);
  }

  /**
   * Writes the files that become the locks, and later the refs, of a transaction: no lock is held yet. They last on return; those of
   * a group once it is synced, and `syncPrepared` was called after that.
   */
  prepare(journal: RefMove | null, images: readonly RefMove[], group: SyncGroup | null = null): PreparedMoves {
    const moves = this.arranged(journal, images);
    const maker = group ?? this.files;
    this.files.makeFolder(this.folder);
    try {
      for (const { ref, to } of moves.single) maker.createAnew(this.locks.preparedPath(ref), Buffer.from(`${to}\n`));
      if (moves.packed.length > 0) this.locks.preparePacking(lockedOf(moves.packed), maker);
      if (group === null) this.syncPrepared();
    } catch (error) {
      this.discard(moves);
      throw error;
    }
    return moves;
  }

  /** Makes the names of what is prepared last: no lock can outlast the file by which its owner is known. */
  syncPrepared(): void {
    this.lasting.sync([this.folder]);
  }

  /** Forgets what was prepared. Should this fail as well, the next transaction finds what is left. */
  discard(moves: PreparedMoves): void {
    unlessFails(() => this.locks.drop(namesOf(moves)), undefined);
  }

  /**
   * Commits what is prepared: after the rename of the journal's lock the transaction has happened, before it nothing has.
   * `happens` is told just before. An error after the commit point is marked `committed`.
   */
  commit(moves: PreparedMoves, happens?: () => void): void {
    const { journal, single, packed } = moves;
    const locked = new Set(packed.filter(hasLock));
    const ordered = [...single, ...locked].sort((a, b) => compareBytes(a.ref, b.ref));
    let happened = false;
    try {
      if (packed.length > 0) this.locks.lock(PACKED_REFS, false);
      for (const move of ordered) {
        const { ref, from, replaces } = move;
        const prepared = this.locks.preparedPath(locked.has(move) ? PACKED_REFS : ref);
        this.locks.lock(ref, from === null || replaces !== undefined, prepared);
      }
      for (const { ref, from } of packed) if (from === null) this.locks.assertNameFree(ref);
      this.check(moves);
      const next = this.nextPacked(moves);
      if (journal !== null) {
        happens?.();
        this.files.rename(this.locks.lockPath(JOURNAL_REF), this.refs.path(JOURNAL_REF));
        happened = true;
        this.files.syncFolder(folderOf(this.refs.path(JOURNAL_REF)));
      }
      const images = single.filter((move) => move !== journal).sort((a, b) => rank(a.ref) - rank(b.ref));
      this.moveImages(images, next, lockedOf(packed));
      this.sync([...[...images, ...locked].map(({ ref }) => ref), ...(packed.length > 0 ? [PACKED_REFS] : [])]);
    } catch (error) {
      if (happened) throw asCommitted(error);
      this.discard(moves);
      throw error;
    }
    // All of it lasts; should this fail, the next transaction finds what is left.
    for (const ref of namesOf(moves)) unlessFails(() => this.files.remove(this.locks.preparedPath(ref)), false);
  }

  /** packed-refs as it will be, on disk under another name, made to last. */
  private nextPacked({ packed }: PreparedMoves): ChangedRefs | null {
    if (packed.length === 0) return null;
    const now = this.refs.packed.read();
    const changes = new Map<RefName, PackedValue | null>();
    for (const { ref, to } of packed)
      if (to !== null || now.get(ref) !== undefined) changes.set(ref, to === null ? null : this.packedValue(ref, to));
    return changes.size === 0 ? null : this.writeNextPacked(new ChangedRefs(now, changes));
  }

  /** Writes what becomes packed-refs beside its prepared lock. */
  writeNextPacked(next: ChangedRefs): ChangedRefs {
    this.files.createAnew(`${this.locks.preparedPath(PACKED_REFS)}.new`, next.pieces);
    return next;
  }

  /** Renames what was written in place of packed-refs, whose lock is held. */
  replacePacked(next: ChangedRefs): void {
    this.files.rename(`${this.locks.preparedPath(PACKED_REFS)}.new`, this.refs.path(PACKED_REFS));
    this.refs.packed.replaced(next);
  }

  /** `locked` are the refs that packed-refs has, or has no more: their files and locks go. */
  private moveImages(images: readonly RefMove[], next: ChangedRefs | null, locked: readonly RefName[]): void {
    const files = locked.filter((ref) => this.hasFile(ref));
    const [early, late] = [images.filter(({ ref }) => rank(ref) < 2), images.filter(({ ref }) => rank(ref) === 2)];
    const move = ({ ref }: RefMove): void => this.files.rename(this.locks.lockPath(ref), this.refs.path(ref));
    early.forEach(move);
    if (next !== null) {
      this.replacePacked(next);
      // What is packed lasts before what is loose goes: an older value must not come back.
      if (files.length > 0) this.files.syncFolder(this.refs.gitdir);
    }
    for (const ref of files) this.files.remove(this.refs.path(ref));
    for (const ref of locked) this.files.remove(this.locks.lockPath(ref));
    late.forEach(move);
    if (this.locks.ownsLock(PACKED_REFS)) this.files.remove(this.locks.lockPath(PACKED_REFS));
  }

  /** Makes the names of refs last. A folder that is new lasts only once the folder above it is synced too. */
  sync(refs: readonly RefName[]): void {
    this.lasting.sync([...new Set(refs.map((ref) => folderOf(this.refs.path(ref))))]);
  }
}

/** The names of packed moves that have a lock of their own. */
function lockedOf(packed: readonly RefMove[]): RefName[] {
  return packed.filter(hasLock).map(({ ref }) => ref);
}

function namesOf({ single, packed }: PreparedMoves): RefName[] {
  return [...single.map(({ ref }) => ref), ...(packed.length > 0 ? [PACKED_REFS] : [])];
}
