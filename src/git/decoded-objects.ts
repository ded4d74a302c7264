/** Objects by what they say: decoded from bytes that were checked against their ids. */

import type { FileMode, ModuleFile, NormalizedFiles } from '../model/module-files.js';
import { ANY_OID_PATTERN, formatOf, isOid } from '../model/object-id.js';
import { compareBytes } from '../model/printable.js';
import type { AnnotatedTag, Commit, Oid, TreeEntry } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import { listNotes, readNote } from './notes.js';
import { decodeCommit, decodeTag, decodeTree, isFolder, type ObjectType } from './object-codec.js';

/** Where objects come from, each checked against its id and of the type that is asked for, else `CORRUPT_OBJECT`. */
export interface TypedSource {
  readTyped(oid: Oid, type: ObjectType): Uint8Array;
}

const PARENT = new RegExp(`^parent (${ANY_OID_PATTERN})$`, 'gm');

export class DecodedObjects implements ObjectReader {
  /** @internal */
  readonly database: TypedSource;

  constructor(database: TypedSource) {
    this.database = database;
  }

  readCommit(oid: Oid): Commit {
    return decodeCommit(oid, this.database.readTyped(oid, 'commit'));
  }

  readTag(oid: Oid): AnnotatedTag {
    return decodeTag(oid, this.database.readTyped(oid, 'tag'));
  }

  readTree(oid: Oid): readonly TreeEntry[] {
    return decodeTree(oid, this.database.readTyped(oid, 'tree'));
  }

  readBlob(oid: Oid): Uint8Array {
    return this.database.readTyped(oid, 'blob');
  }

  readParents(oid: Oid): Oid[] {
    const text = Buffer.from(this.database.readTyped(oid, 'commit')).toString('latin1');
    const headers = text.split('\n\n', 1)[0] ?? '';
    return [...headers.matchAll(PARENT)].flatMap(([, parent]) => (isOid(parent, formatOf(oid)) ? [parent] : []));
  }

  readFiles(tree: Oid): NormalizedFiles {
    const files: [string, ModuleFile][] = [];
    const walk = (oid: Oid, prefix: string): void => {
      for (const entry of this.readTree(oid)) {
        const path = `${prefix}${entry.name}`;
        if (isFolder(entry)) walk(entry.oid, `${path}/`);
        else files.push([path, { data: new Uint8Array(this.readBlob(entry.oid)), mode: entry.mode as FileMode }]);
      }
    };
    walk(tree, '');
    return new Map(files.sort(([a], [b]) => compareBytes(a, b)));
  }

  readNote(notes: Oid, target: Oid): string | null {
    const objects = {
      readTree: (oid: Oid) => this.readTree(oid),
      readBlob: (oid: Oid) => Buffer.from(this.readBlob(oid)).toString('utf8'),
    };
    return readNote(objects, this.readCommit(notes).tree, target);
  }

  noteTargets(notes: Oid): Oid[] {
    return listNotes(this, this.readCommit(notes).tree);
  }
}
