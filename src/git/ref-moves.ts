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
import { changePacked, type PackedRefs, type PackedValue } from './packed-refs.js';
import { refChanged } from './ref-changed.js';
import { folderOf, PACKED_REFS, RefLocks } from './ref-locks.js';
import type { Refs, RefValue } from './refs.js';
import { type SyncFiles, unlessFails } from './sync-files.js';

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
      this.files.stat(this.locks.lockPath(PACKED_REFS)) !== null;
    if (few) return { journal, single: moves, packed: [], writesPacked: removes };
    return { journal, single: moves.filter((move) => !isNewTag(move)), packed, writesPacked: true };
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
        this.files.createAnew(this.locks.preparedPath(ref), Buffer.from(to === null ? '' : `${to}\n`));
      if (moves.writesPacked) this.files.createAnew(this.locks.preparedPath(PACKED_REFS), Buffer.alloc(0));
      this.lasting.sync([this.folder]);
    } catch (error) {
      this.discard(moves);
      throw error;
    }
    return moves;
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
    const { journal, single, packed, writesPacked } = moves;
    const ordered = [...single].sort((a, b) => compareBytes(a.ref, b.ref));
    let happened = false;
    try {
      if (writesPacked) this.locks.lock(PACKED_REFS, false);
      for (const { ref, from, replaces } of ordered) this.locks.lock(ref, from === null || replaces !== undefined);
      for (const { ref } of packed) this.locks.assertNameFree(ref);
      this.check(moves);
      const next = this.nextPacked(moves);
      if (journal !== null) {
        happens?.();
        this.files.rename(this.locks.lockPath(JOURNAL_REF), this.refs.path(JOURNAL_REF));
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
    for (const ref of namesOf(moves)) unlessFails(() => this.files.remove(this.locks.preparedPath(ref)), false);
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
    this.files.createAnew(`${this.locks.preparedPath(PACKED_REFS)}.new`, next.bytes);
    return next;
  }

  /** Renames what was written in place of packed-refs, whose lock is held. */
  replacePacked(next: PackedRefs): void {
    this.files.rename(`${this.locks.preparedPath(PACKED_REFS)}.new`, this.refs.path(PACKED_REFS));
    this.refs.packed.replaced(next);
  }

  private moveImages(images: readonly RefMove[], next: PackedRefs | null): void {
    const removed = images.filter(({ to }) => to === null);
    const [early, late] = [images.filter(({ ref }) => rank(ref) < 2), images.filter(({ ref }) => rank(ref) === 2)];
    const move = ({ ref, to }: RefMove): void => {
      if (to !== null) this.files.rename(this.locks.lockPath(ref), this.refs.path(ref));
    };
    early.forEach(move);
    if (next !== null) {
      this.replacePacked(next);
      // What is packed lasts before what is loose goes: an older value must not come back.
      if (removed.length > 0) this.files.syncFolder(this.refs.gitdir);
    }
    for (const { ref } of removed) {
      this.files.remove(this.refs.path(ref));
      this.files.remove(this.locks.lockPath(ref));
    }
    late.forEach(move);
    if (this.locks.ownsLock(PACKED_REFS)) this.files.remove(this.locks.lockPath(PACKED_REFS));
  }

  /** Makes the names of refs last. A folder that is new lasts only once the folder above it is synced too. */
  sync(refs: readonly RefName[]): void {
    this.lasting.sync([...new Set(refs.map((ref) => folderOf(this.refs.path(ref))))]);
  }
}

function namesOf({ single, writesPacked }: PreparedMoves): RefName[] {
  return [...single.map(({ ref }) => ref), ...(writesPacked ? [PACKED_REFS] : [])];
}
