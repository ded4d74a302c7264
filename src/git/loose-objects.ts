/** Loose objects: one deflated file each, believed only where its content hashes to its name. */

import { inflateSync } from 'node:zlib';
import { isOid, type ObjectFormat } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import { type GitObject, type HashObject, hashObject, type ObjectType } from './object-codec.js';
import type { SyncFiles } from './sync-files.js';

/** `type size\0` */
const HEADER = /^(commit|tree|blob|tag) (0|[1-9][0-9]{0,15})\0/;

export class LooseObjects {
  private readonly files: SyncFiles;
  private readonly folder: string;
  private readonly format: ObjectFormat;
  private readonly hash: HashObject;

  /** `folder` is the repository's `objects`. */
  constructor(files: SyncFiles, folder: string, format: ObjectFormat, hash: HashObject = hashObject) {
    this.files = files;
    this.folder = folder;
    this.format = format;
    this.hash = hash;
  }

  path(oid: Oid): string {
    return `${this.folder}/${oid.slice(0, 2)}/${oid.slice(2)}`;
  }

  /** An object; null where it has no file. @throws an Error that says what is wrong with the file */
  read(oid: Oid): GitObject | null {
    const bytes = this.files.read(this.path(oid));
    return bytes === null ? null : this.parse(oid, bytes);
  }

  /** True where the object has a file, and the file is not what its name says. */
  isDamaged(oid: Oid): boolean {
    const bytes = this.files.read(this.path(oid));
    if (bytes === null) return false;
    try {
      this.parse(oid, bytes);
      return false;
    } catch {
      return true;
    }
  }

  /** The objects whose files are not what their names say. */
  damaged(): Oid[] {
    const found: Oid[] = [];
    for (const first of this.folders())
      for (const rest of this.files.list(`${this.folder}/${first}`))
        if (isOid(first + rest, this.format) && this.isDamaged(first + rest)) found.push(first + rest);
    return found;
  }

  /** The folders that there are, two digits each: most ledgers have none. */
  folders(): string[] {
    return this.files.list(this.folder).filter((name) => /^[0-9a-f]{2}$/.test(name));
  }

  private parse(oid: Oid, bytes: Uint8Array): GitObject {
    const whole = inflateSync(bytes);
    const header = HEADER.exec(whole.toString('latin1', 0, 32));
    const data = whole.subarray(header?.[0].length ?? 0);
    if (header?.[1] === undefined || data.length !== Number(header[2])) throw new Error('its header does not fit it');
    const object = { type: header[1] as ObjectType, data };
    const id = this.hash(object, this.format);
    if (id !== oid) throw new Error(`its content hashes to ${id}`);
    return object;
  }
}
