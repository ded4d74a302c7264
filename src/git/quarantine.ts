/**
 * The objects of a push that has not been let in: git keeps them apart until \`pre-receive\` has said yes
 * (githooks(5), git-receive-pack(1) "Quarantine Environment").
 */

import { inflateSync } from 'node:zlib';
import { LedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import type { LedgerObjects, Oid } from '../store.js';
import type { Files } from './file-system.js';
import { decodeCommit, decodeTag, decodeTree, type GitObject, hashObject, type ObjectType } from './object-codec.js';
import { PackReader } from './pack-reader.js';

/** No object of a ledger comes near: module files are held in memory whole. */
const MAX_OBJECT_BYTES = 512 * 1024 * 1024;

const TYPES: readonly string[] = ['blob', 'tree', 'commit', 'tag'];

/** The content of a loose object file (gitformat-loose), or null where it is none. */
function parseLoose(bytes: Uint8Array): GitObject | null {
  try {
    const inflated = inflateSync(bytes, { maxOutputLength: MAX_OBJECT_BYTES });
    const end = inflated.indexOf(0);
    const [type = '', size] = inflated.toString('latin1', 0, end).split(' ');
    const data = inflated.subarray(end + 1);
    return TYPES.includes(type) && size === String(data.length) ? { type: type as ObjectType, data } : null;
  } catch {
    return null;
  }
}

/** Objects of a folder of objects, and where it has not got them, of the ledger. */
export class QuarantinedObjects implements LedgerObjects {
  private readonly files: Files;
  private readonly folder: string;
  private readonly packs: PackReader;
  private readonly ledger: LedgerObjects;

  constructor(files: Files, folder: string, ledger: LedgerObjects) {
    this.files = files;
    this.folder = folder;
    this.packs = new PackReader(files, `${folder}/pack`);
    this.ledger = ledger;
  }

  private async find(oid: Oid, type: ObjectType): Promise<Uint8Array | null> {
    const loose = await this.files.read(`${this.folder}/${oid.slice(0, 2)}/${oid.slice(2)}`);
    const object = loose === null ? await this.packs.read(oid) : parseLoose(loose);
    if (loose === null && object === null) return null;
    if (object !== null && hashObject(object) === oid && object.type === type) return object.data;
    const reason = object?.type === type || object === null ? 'it is not what its name says' : `it is a ${object.type}`;
    throw new LedgerError(
      'CORRUPT_OBJECT',
      `object ${oid} of the push: expected a ${type}; ${reason}`,
      { oid, reason },
      { hint: 'push again' },
    );
  }

  async readCommit(oid: Oid) {
    const data = await this.find(oid, 'commit');
    return data === null ? this.ledger.readCommit(oid) : decodeCommit(oid, data);
  }

  async readTag(oid: Oid) {
    const data = await this.find(oid, 'tag');
    return data === null ? this.ledger.readTag(oid) : decodeTag(oid, data);
  }

  async readTree(oid: Oid) {
    const data = await this.find(oid, 'tree');
    return data === null ? this.ledger.readTree(oid) : decodeTree(oid, data);
  }

  async readBlob(oid: Oid) {
    return (await this.find(oid, 'blob')) ?? this.ledger.readBlob(oid);
  }

  async blobSha256(oid: Oid) {
    const data = await this.find(oid, 'blob');
    return data === null ? this.ledger.blobSha256(oid) : sha256Hex(data);
  }
}
