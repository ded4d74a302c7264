/** Objects of a repository one at a time, where nothing has been scanned: packs through their indexes, then loose files. */

import type { ObjectFormat } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import type { Files } from '../file-system.js';
import { type GitObject, hashObject, type ObjectType } from '../object-codec.js';
import { PackReader } from '../pack-reader.js';
import { SyncFiles } from '../sync-files.js';
import { loosePath, readLoose } from './loose.js';
import { OBJECT_TYPES } from './object-table.js';

export class SingleObjects {
  private readonly files: Files;
  private readonly folder: string;
  private readonly format: ObjectFormat;
  private readonly packs: PackReader;

  /** `folder` is the repository's `objects`. */
  constructor(files: Files, folder: string, format: ObjectFormat) {
    this.files = files;
    this.format = format;
    this.folder = folder;
    this.packs = new PackReader(new SyncFiles(files.fs), `${folder}/pack`, format);
  }

  /** An object whose content hashes to `oid`, or null where there is none. */
  async read(oid: Oid): Promise<GitObject | null> {
    const packed = this.packs.read(oid);
    if (packed !== null && hashObject(packed, this.format) === oid) return packed;
    const loose = await this.readLoose(oid);
    return typeof loose === 'string' ? null : loose;
  }

  /** What is wrong with the loose file of an object, or null where there is none. */
  async reasonFor(oid: Oid): Promise<string | null> {
    const loose = await this.readLoose(oid);
    return typeof loose === 'string' ? loose : null;
  }

  private async readLoose(oid: Oid): Promise<GitObject | string | null> {
    const bytes = await this.files.read(`${this.folder}/${loosePath(oid)}`);
    if (bytes === null) return null;
    try {
      const { type, data } = readLoose(oid, bytes);
      return { type: OBJECT_TYPES[type] as ObjectType, data };
    } catch (error) {
      return (error as Error).message;
    }
  }
}
