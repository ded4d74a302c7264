/**
 * Packs as they are written: complete and durable, or absent; protected by a `.keep` until their refs stand.
 *
 * isomorphic-git's own writer is not used: it writes in place, so a kill leaves truncated objects that are trusted for
 * ever after; and loose objects that no ref names yet are `git prune`'s to delete. A pack with a `.keep` is
 * one file to sync instead of a dozen, and safe from prune, gc and repack until its refs stand.
 */

import { ANY_OID_PATTERN, type ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import { LooseObjects } from './loose-objects.js';
import type { PackBytes } from './pack-writer.js';
import { type SyncFiles, unlessFails } from './sync-files.js';
import type { FileMaker } from './sync-group.js';

/**
 * The index of a finished pack, by its name; what is in it is held against the repository's format, and names are not. git writes
 * `.tmp-<process>-pack-<hash>.idx` beside it first (repack.c); those are git's alone.
 */
export const FINISHED_INDEX = new RegExp(`^pack-${ANY_OID_PATTERN}\\.idx$`);

/** The mark in a `.keep` file that tells ours from another's. */
const KEEP_MARK = 'git-lineage transaction\n';

/** What announces that a pack is being removed because another one has taken its place: a pack without an index is nobody's otherwise. */
const REPLACED = new RegExp(`^replaced-(pack-${ANY_OID_PATTERN})$`);

const PACK_NAME = new RegExp(`^pack-${ANY_OID_PATTERN}$`);

/** True for `pack-` and the hash that the pack ends in: the name of its files, without their endings. */
export function isPackName(name: string): boolean {
  return PACK_NAME.test(name);
}

/** Removes a pack and what stands beside it. The index goes first: without it git does not look for the pack. */
export function removePackFiles(files: SyncFiles, folder: string, stem: string): void {
  for (const kind of ['idx', 'pack', 'rev', 'bitmap', 'mtimes', 'promisor', 'keep'])
    files.remove(`${folder}/${stem}.${kind}`);
}

export class PackStore {
  readonly files: SyncFiles;
  readonly gitdir: string;
  readonly folder: string;
  /** A file that announcements and every `.keep` are links to, so that its text lasts already. */
  readonly mark: string;
  /** Where packs are written before they are renamed into place, and announced until they are released. */
  private readonly workshop: string;
  readonly format: ObjectFormat;
  private readonly loose: LooseObjects;
  /** The mark says what it should, as far as we have looked: a `.keep` that says anything else is somebody else's. */
  private hasMark = false;

  constructor(files: SyncFiles, gitdir: string, workshop: string, format: ObjectFormat) {
    this.files = files;
    this.gitdir = gitdir;
    this.folder = `${gitdir}/objects/pack`;
    this.mark = `${workshop}.keep`;
    this.workshop = workshop;
    this.format = format;
    this.loose = new LooseObjects(files, `${gitdir}/objects`, format);
  }

  /**
   * Puts a whole, checked pack among the others, durable and protected by a `.keep` when this returns. The workshop names the pack from
   * before its first byte is on disk until it is released, so that a crash leaves nothing unaccounted for. `promisor` is the text of a
   * `.promisor` beside it.
   */
  install(pack: PackBytes, promisor?: string): void {
    this.write(pack, this.files);
    this.place(pack.name, promisor);
  }

  /** The first half of it: the pack is in the workshop, and `place` puts it among the others once its bytes last. */
  write({ name, pack, index }: PackBytes, maker: FileMaker): void {
    this.announce(name, (path) => {
      maker.createAnew(`${path}.pack`, pack);
      maker.createAnew(`${path}.idx`, index);
    });
  }

  /** The same, of a pack that is a file already, which is gone from there when this returns. */
  installFile({
    name,
    path,
    index,
  }: {
    readonly name: string;
    readonly path: string;
    readonly index: Uint8Array;
  }): void {
    this.files.syncFile(path);
    this.announce(name, (announced) => {
      this.files.rename(path, `${announced}.pack`);
      this.files.createAnew(`${announced}.idx`, index);
    });
    this.place(name);
  }

  /**
   * Where a pack that comes from elsewhere is written, to be checked and installed or removed. It is among the files of a transaction:
   * what a dead process leaves is removed by the next writer that recovers. Returns what to do when it is done with.
   */
  openSpool(): { readonly folder: string; close(): void } {
    const { files, workshop } = this;
    const above = workshop.slice(0, workshop.lastIndexOf('/'));
    const made = [above, workshop].filter((path) => files.makeFolder(path));
    return {
      folder: workshop,
      close: () => {
        for (const path of made.reverse()) files.removeFolder(path);
      },
    };
  }

  /** Names a pack in the workshop, and has its files written there. */
  private announce(name: string, write: (path: string) => void): void {
    const announced = `${this.workshop}/${name}`;
    this.files.makeFolder(this.folder);
    this.files.makeFolder(this.workshop);
    // A name is all that it is for, and another name of the mark costs less than a file.
    this.markAs(announced);
    try {
      write(announced);
    } catch (error) {
      this.discard(name);
      throw error;
    }
  }

  /** Removes what was written of a pack. The next writer does it as well; until then it would take the rest of a disk that is full. */
  discard(name: string): void {
    for (const kind of ['pack', 'idx']) unlessFails(() => this.files.remove(`${this.workshop}/${name}.${kind}`), false);
  }

  /** Puts a pack whose files are in the workshop among the others. */
  place(name: string, promisor?: string): void {
    const { files, folder } = this;
    const announced = `${this.workshop}/${name}`;
    this.markAs(`${folder}/${name}.keep`);
    if (promisor !== undefined) files.createAnew(`${folder}/${name}.promisor`, Buffer.from(promisor));
    // The index makes a pack visible, so it comes last; what it makes visible is whole, and protected already.
    for (const kind of ['pack', 'idx']) files.rename(`${announced}.${kind}`, `${folder}/${name}.${kind}`);
    files.syncFolder(folder);
  }

  /** Makes a path another name of the mark; what stands there already stays. */
  private markAs(path: string): void {
    const { files, mark } = this;
    if (!this.hasMark && files.readText(mark) !== KEEP_MARK) files.remove(mark);
    this.hasMark = true;
    if (files.link(mark, path) || files.stat(path) !== null) return;
    const next = `${this.workshop}/keep`;
    files.createAnew(next, Buffer.from(KEEP_MARK));
    files.rename(next, mark);
    files.link(mark, path);
  }

  /** Lifts the protection of a pack whose objects are reachable now, or which nobody needs. */
  release(name: string): void {
    const keep = `${this.folder}/${name}.keep`;
    if (this.files.readText(keep) === KEEP_MARK) this.files.remove(keep);
    if (this.files.stat(`${this.folder}/${name}.idx`) === null) this.files.remove(`${this.folder}/${name}.pack`);
    this.files.remove(`${this.workshop}/${name}`);
  }

  /** Removes packs whose objects are all in others that last. A crash in between leaves announcements, by which the rest is removed. */
  replace(stems: readonly string[]): void {
    const { files, folder, workshop } = this;
    const announced = stems.map((stem) => `${workshop}/replaced-${stem}`);
    files.makeFolder(workshop);
    for (const path of announced) this.markAs(path);
    files.syncFolder(workshop);
    for (const stem of stems) removePackFiles(files, folder, stem);
    files.syncFolder(folder);
    for (const path of announced) files.remove(path);
  }

  /** Removes the rest of packs that were being removed when their writer died; `leftovers` are the names in the workshop. */
  finishReplaced(leftovers: readonly string[]): void {
    for (const name of leftovers) {
      const stem = REPLACED.exec(name)?.[1];
      // With its index it is whole, and whoever wanted it gone does it again.
      if (stem !== undefined && this.files.stat(`${this.folder}/${stem}.idx`) === null)
        removePackFiles(this.files, this.folder, stem);
    }
  }

  /** Removes loose files that are not what their name says, where a good copy is now in a pack: git would trip over them. */
  dropDamagedLoose(oids: Iterable<Oid>): void {
    // Most ledgers have no loose object at all: one look tells.
    const folders = new Set(this.loose.folders());
    if (folders.size === 0) return;
    for (const oid of oids)
      if (folders.has(oid.slice(0, 2)) && this.loose.isDamaged(oid)) this.files.remove(this.loose.path(oid));
  }

  /** Every name in the folder, and the packs that have an index there, as `pack-<hash>`. */
  list(): { readonly names: ReadonlySet<string>; readonly packs: readonly string[] } {
    const names = new Set(this.files.list(this.folder));
    return { names, packs: [...names].flatMap((n) => (FINISHED_INDEX.test(n) ? [n.slice(0, -'.idx'.length)] : [])) };
  }

  /** Removes indexes without a pack: a merge whose deletions a power cut has made half undone. */
  dropOrphanIndexes(): void {
    const { names, packs } = this.list();
    for (const pack of packs) {
      // git and we write a pack before its index, and delete it after its index. Looked at again, because a list of
      // names is not taken at one moment.
      if (names.has(`${pack}.pack`) || this.files.stat(`${this.folder}/${pack}.pack`) !== null) continue;
      this.files.remove(`${this.folder}/${pack}.idx`);
    }
  }

  /** The packs that a `.keep` of ours still protects. */
  protectedPacks(): string[] {
    return this.files
      .list(this.folder)
      .filter((name) => name.endsWith('.keep') && this.files.readText(`${this.folder}/${name}`) === KEEP_MARK)
      .map((name) => name.slice(0, -'.keep'.length));
  }
}
