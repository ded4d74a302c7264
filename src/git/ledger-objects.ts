/** The objects of a repository one by one, each checked against its id when it is read. */

import { sha256Hex } from '../model/content-digest.js';
import type { AnnotatedTag, Commit, LedgerObjects, Oid, TreeEntry } from '../ports/objects.js';
import { decodeCommit, decodeTag, decodeTree, type ObjectType } from './object-codec.js';

/** So many hashes of blobs are remembered: a version shares most of its files with the one before it. */
const MAX_HASHES = 4096;

/** Where objects come from, each checked against its id and of the type that is asked for, else `CORRUPT_OBJECT`. */
interface TypedReader {
  readTyped(oid: Oid, type: ObjectType): Uint8Array | Promise<Uint8Array>;
}

export class DatabaseObjects implements LedgerObjects {
  private readonly database: TypedReader;
  private readonly hashes = new Map<Oid, string>();

  constructor(database: TypedReader) {
    this.database = database;
  }

  async readCommit(oid: Oid): Promise<Commit> {
    return decodeCommit(oid, await this.database.readTyped(oid, 'commit'));
  }

  async readTag(oid: Oid): Promise<AnnotatedTag> {
    return decodeTag(oid, await this.database.readTyped(oid, 'tag'));
  }

  async readTree(oid: Oid): Promise<readonly TreeEntry[]> {
    return decodeTree(oid, await this.database.readTyped(oid, 'tree'));
  }

  async readBlob(oid: Oid): Promise<Uint8Array> {
    return this.database.readTyped(oid, 'blob');
  }

  async blobSha256(oid: Oid): Promise<string> {
    const known = this.hashes.get(oid);
    if (known !== undefined) return known;
    if (this.hashes.size >= MAX_HASHES) this.hashes.clear();
    const hash = sha256Hex(await this.readBlob(oid));
    this.hashes.set(oid, hash);
    return hash;
  }
}
