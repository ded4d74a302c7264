/**
 * Objects at rest: packed and loose ones, all checked by their hash when they are read; written as one durable pack for a
 * transaction.
 *
 * isomorphic-git's own writer is not used: it writes in place, so a kill leaves truncated objects that are trusted for
 * ever after; and loose objects that no ref names yet are `git prune`'s to delete. A pack with a `.keep` is complete or
 * absent, one file to sync instead of a dozen, and safe from prune, gc and repack until its refs stand.
 */

import { LedgerError } from '../errors.js';
import type { Oid } from '../ports/objects.js';
import { allDone, type Files } from './file-system.js';
import { LooseObjects } from './loose-objects.js';
import { type GitObject, hashObject, type ObjectType } from './object-codec.js';
import { PackReader } from './pack-reader.js';
import { buildPack, type PackEntry, packEntry, readWholeEntries } from './pack-writer.js';
import { SyncFiles } from './sync-files.js';

const CACHE_BYTES = 32 * 1024 * 1024;
const MAX_CACHED_OBJECT = 256 * 1024;

/** Transactions leave one small pack each; from this many on the small ones are merged. */
const MERGE_FROM = 24;

/** Packs beyond this size are left alone by merging: rewriting them would cost more than they do. */
const MAX_MERGED_BYTES = 64 * 1024 * 1024;

/** The mark in a `.keep` file that tells ours from another's. */
const KEEP_MARK = 'git-lineage transaction\n';

function corrupt(
  oid: Oid,
  fault: 'MISSING' | 'DAMAGED',
  reason: string,
  cause?: unknown,
): LedgerError<'CORRUPT_OBJECT'> {
  const what = fault === 'MISSING' ? 'missing' : `damaged: ${reason}`;
  const hint = 'run git fsck; restore the object from a clone or a backup of the ledger';
  return new LedgerError('CORRUPT_OBJECT', `object ${oid} is ${what}`, { oid, fault, reason }, { cause, hint });
}

/** A least-recently-used cache of objects, bounded by their bytes. */
class ObjectCache {
  private readonly objects = new Map<Oid, GitObject>();
  private bytes = 0;

  get(oid: Oid): GitObject | undefined {
    const object = this.objects.get(oid);
    if (object !== undefined) {
      this.objects.delete(oid);
      this.objects.set(oid, object);
    }
    return object;
  }

  set(oid: Oid, object: GitObject): void {
    if (object.data.length > MAX_CACHED_OBJECT || this.objects.has(oid)) return;
    this.objects.set(oid, object);
    this.bytes += object.data.length;
    for (const [oldest, { data }] of this.objects) {
      if (this.bytes <= CACHE_BYTES) break;
      this.objects.delete(oldest);
      this.bytes -= data.length;
    }
  }
}

export class ObjectDatabase {
  private readonly cache = new ObjectCache();
  private readonly packs: PackReader;
  private readonly loose: LooseObjects;
  private readonly files: Files;
  private readonly folder: string;
  /** Where packs are written before they are renamed into place, and announced until they are released. */
  private readonly workshop: string;

  constructor(files: Files, gitdir: string, workshop: string) {
    this.files = files;
    this.workshop = workshop;
    this.folder = `${gitdir}/objects/pack`;
    const sync = new SyncFiles(files.fs);
    this.packs = new PackReader(sync, this.folder);
    this.loose = new LooseObjects(sync, `${gitdir}/objects`);
  }

  private readIntact(oid: Oid): GitObject | null {
    // Packs first, as git does: a damaged loose file must not hide a good packed object.
    const packed = this.readPacked(oid);
    if (packed !== null) return packed;
    try {
      const object = this.loose.read(oid);
      if (object !== null) return object;
    } catch (error) {
      // git gc may have packed it between the two looks.
      const again = this.readPacked(oid);
      if (again !== null) return again;
      throw error;
    }
    return this.readPacked(oid);
  }

  private readPacked(oid: Oid): GitObject | null {
    const object = this.packs.read(oid);
    return object !== null && hashObject(object) === oid ? object : null;
  }

  /** An object whose content hashes to `oid`, else `CORRUPT_OBJECT`. */
  read(oid: Oid): GitObject {
    const cached = this.cache.get(oid);
    if (cached !== undefined) return cached;
    try {
      const object = this.readIntact(oid);
      if (object === null) throw corrupt(oid, 'MISSING', 'it is missing');
      this.cache.set(oid, object);
      return object;
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw corrupt(oid, 'DAMAGED', why, error);
    }
  }

  /** Reads an object that must be of one type. */
  readTyped(oid: Oid, type: ObjectType): Uint8Array {
    const object = this.read(oid);
    if (object.type === type) return object.data;
    const reason = `it is a ${object.type}, not a ${type}`;
    const data = { oid, fault: 'OTHER_TYPE', reason } as const;
    throw new LedgerError('CORRUPT_OBJECT', `object ${oid}: ${reason}`, data, { hint: 'run git fsck' });
  }

  /** Objects that were just made or verified, so that they need not be read. */
  remember(objects: Iterable<readonly [Oid, GitObject]>): void {
    for (const [oid, object] of objects) this.cache.set(oid, object);
  }

  /** The loose files that are not what their names say. */
  damagedLoose(): Oid[] {
    return this.loose.damaged();
  }

  /** Lets go of every open file. */
  close(): void {
    this.packs.close();
  }

  /** Removes loose files that are not what their name says, where a good copy is now in a pack: git would trip over them. */
  private async dropDamagedLoose(oids: Iterable<Oid>): Promise<void> {
    // Most ledgers have no loose object at all: one look tells.
    const folders = new Set(this.loose.folders());
    for (const oid of oids)
      if (folders.has(oid.slice(0, 2)) && this.loose.isDamaged(oid)) await this.files.remove(this.loose.path(oid));
  }

  /**
   * Writes objects as one pack, durable and protected by a `.keep` when this returns. The workshop names the pack from
   * before its first byte is on disk until it is released, so that a crash leaves nothing unaccounted for.
   */
  async writePack(objects: ReadonlyMap<Oid, GitObject>): Promise<string> {
    const { name, pack, index } = buildPack([...objects].map(([oid, object]) => packEntry(oid, object)));
    await this.installPack(name, pack, index);
    await this.dropDamagedLoose(objects.keys());
    this.remember(objects);
    return name;
  }

  /** Puts a whole, checked pack among the others: as durable and as protected as one that was written here. */
  async installPack(name: string, pack: Uint8Array, index: Uint8Array): Promise<void> {
    const announced = `${this.workshop}/${name}`;
    await this.files.makeFolder(this.folder);
    await this.files.makeFolder(this.workshop);
    await this.files.createAnew(announced, Buffer.alloc(0), { sync: false });
    // The index makes a pack visible, so it comes last; what it makes visible is whole, and protected already.
    const parts: [kind: string, bytes: Uint8Array][] = [
      ['keep', Buffer.from(KEEP_MARK)],
      ['pack', pack],
      ['idx', index],
    ];
    const write = ([kind, bytes]: readonly [string, Uint8Array]) =>
      this.files.createAnew(`${announced}.${kind}`, bytes);
    await allDone(parts.map(write));
    for (const [kind] of parts) await this.files.rename(`${announced}.${kind}`, `${this.folder}/${name}.${kind}`);
    await this.files.syncFolder(this.folder);
  }

  /** Lifts the protection of a pack whose objects are reachable now, or which nobody needs. */
  async releasePack(name: string): Promise<void> {
    const keep = `${this.folder}/${name}.keep`;
    if ((await this.files.readText(keep)) === KEEP_MARK) await this.files.remove(keep);
    if ((await this.files.stat(`${this.folder}/${name}.idx`)) === null)
      await this.files.remove(`${this.folder}/${name}.pack`);
    await this.files.remove(`${this.workshop}/${name}`);
  }

  /** Removes indexes without a pack: a merge whose deletions a power cut has made half undone. */
  async dropOrphanIndexes(): Promise<void> {
    const names = new Set(await this.files.list(this.folder));
    for (const name of names) {
      // git and we write a pack before its index, and delete it after its index.
      const pack = name.replace(/idx$/, 'pack');
      const orphan = name.endsWith('.idx') && !names.has(pack);
      // Looked at again, because a list of names is not taken at one moment.
      if (orphan && (await this.files.stat(`${this.folder}/${pack}`)) === null)
        await this.files.remove(`${this.folder}/${name}`);
    }
  }

  /** The packs that a `.keep` of ours still protects. */
  async protectedPacks(): Promise<string[]> {
    const keeps = (await this.files.list(this.folder)).filter((name) => name.endsWith('.keep'));
    const ours: string[] = [];
    for (const keep of keeps) {
      if ((await this.files.readText(`${this.folder}/${keep}`)) === KEEP_MARK)
        ours.push(keep.slice(0, -'.keep'.length));
    }
    return ours;
  }

  /**
   * Merges small packs, as `git repack --geometric=2` would, so that their number grows with the logarithm of the
   * transactions. Only under the writer lock. Deltas are left to git: packs that have any are not touched.
   */
  async mergePacks(): Promise<void> {
    const names = new Set(await this.files.list(this.folder));
    const stems = [...names].filter((n) => n.endsWith('.idx')).map((n) => n.slice(0, -'.idx'.length));
    if (stems.length < MERGE_FROM) return;
    const free = stems.filter(
      (stem) => !names.has(`${stem}.keep`) && !names.has(`${stem}.promisor`) && names.has(`${stem}.pack`),
    );
    const sized: { stem: string; size: number }[] = [];
    for (const stem of free) {
      const stat = await this.files.stat(`${this.folder}/${stem}.pack`);
      if (stat !== null && Number(stat.size) <= MAX_MERGED_BYTES) sized.push({ stem, size: Number(stat.size) });
    }
    await this.merge(chooseToMerge(sized));
  }

  private async merge(stems: readonly string[]): Promise<void> {
    const entries = new Map<Oid, PackEntry>();
    const merged: string[] = [];
    for (const stem of stems) {
      const pack = await this.files.read(`${this.folder}/${stem}.pack`);
      const index = await this.files.read(`${this.folder}/${stem}.idx`);
      const whole = pack === null || index === null ? null : readWholeEntries(pack, index);
      if (whole === null) continue;
      for (const entry of whole) entries.set(entry.oid, entry);
      merged.push(stem);
    }
    if (merged.length < 2) return;
    const { name, pack, index } = buildPack([...entries.values()]);
    await this.installPack(name, pack, index);
    await this.releasePack(name);
    for (const stem of merged) {
      if (stem === name) continue;
      // The index first: without it git does not look for the pack.
      await this.files.remove(`${this.folder}/${stem}.idx`);
      await this.files.remove(`${this.folder}/${stem}.pack`);
      for (const extra of ['rev', 'bitmap', 'mtimes']) await this.files.remove(`${this.folder}/${stem}.${extra}`);
    }
  }
}

/** The smallest packs, up to where the next one is at least as large as all of them together. */
export function chooseToMerge(packs: readonly { readonly stem: string; readonly size: number }[]): string[] {
  const sorted = [...packs].sort((a, b) => a.size - b.size);
  let sum = 0;
  let count = 0;
  for (const [i, { size }] of sorted.entries()) {
    if (sum + size > MAX_MERGED_BYTES) break;
    if (i > 1 && size >= 2 * sum && sorted.length - i < MERGE_FROM / 2) break;
    sum += size;
    count = i + 1;
  }
  return sorted.slice(0, count).map((p) => p.stem);
}
