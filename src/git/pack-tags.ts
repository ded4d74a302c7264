/**
 * Packs the tags of versions and reports, which never move, so that neither a record nor git slows down as they grow:
 * packed-refs written and made to last first, then each loose one removed under its own lock, and that made to last.
 *
 * All locks are links to one file that names the tags, so that whoever finds them after a crash knows whose they are.
 */

import type { Oid, RefName } from '../ports/objects.js';
import { ChangedRefs, type PackedValue } from './packed-refs.js';
import { folderOf, PACKED_REFS } from './ref-locks.js';
import { isTag, type RefMoves } from './ref-moves.js';

/** From so many loose tags on they are packed. */
const PACK_FROM = 400;

/** So many at once at most: a bound on how long the next writer waits. */
const MAX_AT_ONCE = 4096;

const TAGS = 'refs/tags/';

/** Loose tags as this process has counted them: looked at once, then added up. */
export class LooseTags {
  private readonly moves: RefMoves;
  private count: number | null = null;

  constructor(moves: RefMoves) {
    this.moves = moves;
  }

  /** After a transaction that made so many with files of their own: packs them where there are too many. Only under the writer lock. */
  made(added: number): void {
    if (added === 0) return;
    this.count = this.count === null ? this.list(PACK_FROM).length : this.count + added;
    if (this.count < PACK_FROM) return;
    this.count = null;
    packTags(this.moves, this.list(MAX_AT_ONCE));
  }

  /** Up to so many of them. */
  private list(limit: number): RefName[] {
    const { files, refs } = this.moves;
    const found: RefName[] = [];
    const walk = (folder: string): void => {
      for (const name of files.list(refs.path(folder))) {
        if (found.length >= limit) return;
        const ref = `${folder}/${name}`;
        if (name.endsWith('.lock')) continue;
        if (isTag(ref)) found.push(ref);
        else walk(ref);
      }
    };
    walk(TAGS.slice(0, -1));
    return found;
  }
}

/** The tags that can be packed: those whose objects can be read, as git would have it too. */
function packable(moves: RefMoves, tags: readonly RefName[]): Map<RefName, PackedValue & { readonly oid: Oid }> {
  const values = new Map<RefName, PackedValue>();
  for (const ref of tags) {
    const value = moves.refs.readLoose(ref);
    if (typeof value !== 'string') continue;
    try {
      values.set(ref, moves.packedValue(ref, value));
    } catch {
      // A damaged or missing object: its ref stays as it is.
    }
  }
  return values;
}

export function packTags(moves: RefMoves, tags: readonly RefName[]): void {
  const { files, refs } = moves;
  const values = packable(moves, tags);
  if (values.size === 0) return;
  const prepared = moves.locks.preparedPath(PACKED_REFS);
  moves.locks.preparePacking([...values.keys()], files);
  moves.lasting.sync([folderOf(prepared)]);
  try {
    if (!moves.locks.tryLock(PACKED_REFS)) return;
    moves.replacePacked(moves.writeNextPacked(new ChangedRefs(refs.packed.read(), values)));
    files.syncFolder(refs.gitdir);
    removeLoose(moves, values);
  } finally {
    moves.locks.drop([PACKED_REFS]);
  }
}

/** Removes loose tags that packed-refs now has, each where it still has that value. */
function removeLoose(moves: RefMoves, values: ReadonlyMap<RefName, PackedValue>): void {
  const { files, refs } = moves;
  const prepared = moves.locks.preparedPath(PACKED_REFS);
  const folders = new Set<string>();
  for (const [ref, { oid }] of values) {
    const lock = moves.locks.lockPath(ref);
    if (!files.link(prepared, lock)) continue;
    if (refs.readLoose(ref) === oid) files.remove(refs.path(ref));
    files.remove(lock);
    folders.add(folderOf(lock));
  }
  const changed = new Set<string>();
  // Deepest first: a folder may become empty by what is removed below it. One that is gone needs no sync of its own.
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
    let at = folder;
    while (at.length >= refs.path(TAGS).length && files.removeFolder(at)) {
      changed.delete(at);
      at = folderOf(at);
    }
    changed.add(at);
  }
  for (const folder of changed) files.syncFolder(folder);
}
