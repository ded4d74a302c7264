/** Objects at rest, packed and loose, all checked by their hash when they are read. */

import { LedgerError, messageOf } from '../errors.js';
import type { ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import type { NewObject } from '../ports/publisher.js';
import { LooseObjects } from './loose-objects.js';
import { type GitObject, type HashObject, hashObject, type ObjectType } from './object-codec.js';
import { PackReader } from './pack-reader.js';
import type { SyncFiles } from './sync-files.js';

const CACHE_BYTES = 4 * 1024 * 1024;
/** A full cache lets go of an eighth at once: finding the oldest object is dear where many before it have gone. */
const KEPT_BYTES = (CACHE_BYTES / 8) * 7;
const MAX_CACHED_OBJECT = 256 * 1024;

/** What an object takes beside its bytes, about: its place in the map, its name, and the rest of the block that its bytes are in. */
const BESIDE_BYTES = 1024;

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

/** A least-recently-used cache of objects, bounded by what they take. */
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

  delete(oid: Oid): void {
    this.bytes -= this.objects.has(oid) ? (this.objects.get(oid)?.data.length ?? 0) + BESIDE_BYTES : 0;
    this.objects.delete(oid);
  }

  set(oid: Oid, object: GitObject): void {
    if (object.data.length > MAX_CACHED_OBJECT || this.objects.has(oid)) return;
    this.objects.set(oid, object);
    this.bytes += object.data.length + BESIDE_BYTES;
    if (this.bytes <= CACHE_BYTES) return;
    for (const [oldest, { data }] of this.objects) {
      if (this.bytes <= KEPT_BYTES) break;
      this.objects.delete(oldest);
      this.bytes -= data.length + BESIDE_BYTES;
    }
  }
}

export class ObjectDatabase {
  private readonly cache = new ObjectCache();
  private readonly packs: PackReader;
  private readonly loose: LooseObjects;

  /** The format of every id here. */
  readonly format: ObjectFormat;
  private readonly hash: HashObject;

  /** `folder` is the repository's `objects`; `hash` may refuse objects that come from elsewhere. */
  constructor(files: SyncFiles, folder: string, format: ObjectFormat, hash: HashObject = hashObject) {
    this.packs = new PackReader(files, `${folder}/pack`, format);
    this.loose = new LooseObjects(files, folder, format, hash);
    this.format = format;
    this.hash = hash;
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
    return object !== null && this.hash(object, this.format) === oid ? object : null;
  }

  /** An object whose content hashes to `oid`; null where there is none. @throws `CORRUPT_OBJECT` for a damaged one */
  find(oid: Oid): GitObject | null {
    const cached = this.cache.get(oid);
    if (cached !== undefined) return cached;
    try {
      const object = this.readIntact(oid);
      if (object !== null) this.cache.set(oid, object);
      return object;
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      const why = messageOf(error);
      throw corrupt(oid, 'DAMAGED', why, error);
    }
  }

  /** An object whose content hashes to `oid`, else `CORRUPT_OBJECT`. */
  read(oid: Oid): GitObject {
    const object = this.find(oid);
    if (object === null) throw corrupt(oid, 'MISSING', 'it is missing');
    return object;
  }

  /** Reads an object that must be of one type. */
  readTyped(oid: Oid, type: ObjectType): Uint8Array {
    const object = this.read(oid);
    if (object.type === type) return object.data;
    const reason = `it is a ${object.type}, not a ${type}`;
    const data = { oid, fault: 'OTHER_TYPE', reason } as const;
    throw new LedgerError('CORRUPT_OBJECT', `object ${oid}: ${reason}`, data, { hint: 'run git fsck' });
  }

  /** Of the objects of a plan those that the next one asks for. Trees of notes are kept where they are drafted. */
  rememberPlanned(objects: Iterable<NewObject>): void {
    for (const { oid, type, data } of objects) {
      // Bytes of their own: a short object is a piece of a block that it would keep.
      if (type === 'commit' || type === 'tag') this.cache.set(oid, { type, data: new Uint8Array(data) });
    }
  }

  /** Objects that were just made or verified, so that they need not be read. */
  remember(objects: Iterable<readonly [Oid, GitObject]>): void {
    for (const [oid, object] of objects) this.cache.set(oid, object);
  }

  /** Lets go of objects that are not to be read any more. */
  forget(oids: Iterable<Oid>): void {
    for (const oid of oids) this.cache.delete(oid);
  }

  /** The loose files that are not what their names say. */
  damagedLoose(): Oid[] {
    return this.loose.damaged();
  }

  /** Lets go of every open file. */
  close(): void {
    this.packs.close();
  }
}
