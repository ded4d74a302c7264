/** A ledger's repository as it is read: objects checked against their ids, refs as they are on disk at this moment. */

import { LedgerError } from '../errors.js';
import type { FileMode, ModuleFile, NormalizedFiles } from '../model/module-files.js';
import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { AnnotatedTag, Commit, Oid, RefName, TreeEntry } from '../ports/objects.js';
import type { ObjectReader, PrivateFiles, RefReader } from '../ports/repository.js';
import type { FileSystem } from './file-system.js';
import { listNotes, readNote } from './notes.js';
import { decodeCommit, decodeTag, decodeTree, isFolder } from './object-codec.js';
import { ObjectDatabase } from './object-database.js';
import { Refs } from './refs.js';
import { SyncFiles } from './sync-files.js';

export class RepositoryReader implements ObjectReader, RefReader, PrivateFiles {
  readonly location: string;
  /** @internal For what writes to the same repository. */
  readonly files: SyncFiles;
  /** @internal */
  readonly database: ObjectDatabase;
  /** @internal */
  readonly refs: Refs;

  constructor(fs: FileSystem, gitdir: string) {
    this.location = gitdir;
    this.files = new SyncFiles(fs);
    this.database = new ObjectDatabase(this.files, gitdir);
    this.refs = new Refs(this.files, gitdir);
  }

  journalTip(): Oid {
    const tip = this.refs.readOid(JOURNAL_REF);
    if (tip !== null) return tip;
    const data = { gitdir: this.location, reason: `it has no ${JOURNAL_REF}` };
    const hint = 'create one with: git-lineage init DIR';
    throw new LedgerError('NOT_A_LEDGER', `${this.location} is not a ledger: ${data.reason}`, data, { hint });
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
    return [...headers.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, parent]) => parent ?? '');
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

  listRefs(prefix: string): Map<RefName, Oid> {
    return this.refs.list(prefix);
  }

  readRefText(ref: RefName): string | null {
    const value = this.refs.read(ref);
    return value === null || typeof value === 'string' ? value : `unreadable: ${value.unreadable}`;
  }

  read(name: string): Uint8Array | null {
    return this.files.read(`${this.location}/lineage/${name}`);
  }

  write(name: string, bytes: Uint8Array): void {
    const path = `${this.location}/lineage/${name}`;
    const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    this.files.makeFolder(`${this.location}/lineage`);
    this.files.create(temporary, bytes, { sync: false });
    this.files.rename(temporary, path);
  }

  /** Lets go of every open file. */
  release(): void {
    this.database.close();
  }
}
