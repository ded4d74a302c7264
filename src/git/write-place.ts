/** A ledger's repository as its one writer has it: where what is prepared, and what this process knows to be complete. */

import type { Oid } from '../ports/objects.js';
import { decodeTag } from './object-codec.js';
import { PackStore } from './pack-store.js';
import { LooseTags } from './pack-tags.js';
import { RefMoves } from './ref-moves.js';
import type { RepositoryReader } from './repository-reader.js';
import type { SyncFiles } from './sync-files.js';

export class WritePlace {
  readonly reader: RepositoryReader;
  readonly files: SyncFiles;
  readonly gitdir: string;
  readonly lockFile: string;
  /** Locked by who merges packs: one process at a time. */
  readonly mergeLockFile: string;
  /** Where a transaction's files are while it runs. */
  readonly folder: string;
  readonly packs: PackStore;
  readonly moves: RefMoves;
  readonly tags: LooseTags;
  /** The last entry that this process knows to be complete: every ref that it moves has moved. */
  completed: Oid | null = null;

  constructor(reader: RepositoryReader) {
    this.reader = reader;
    this.files = reader.files;
    this.gitdir = reader.location;
    this.lockFile = `${this.gitdir}/lineage/writer`;
    this.mergeLockFile = `${this.gitdir}/lineage/merger`;
    this.folder = `${this.gitdir}/lineage/transaction`;
    this.packs = new PackStore(this.files, this.gitdir, this.folder, reader.format);
    this.moves = new RefMoves(reader.refs, this.folder, (oid) => this.peel(oid));
    this.tags = new LooseTags(this.moves);
  }

  /** What a tag leads to in the end; null for what is no tag. */
  private peel(oid: Oid): Oid | null {
    const { type, data } = this.reader.database.read(oid);
    if (type !== 'tag') return null;
    const { object } = decodeTag(oid, data);
    return this.peel(object) ?? object;
  }
}
