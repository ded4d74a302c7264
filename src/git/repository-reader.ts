/** A ledger's repository as it is read: objects checked against their ids, refs as they are on disk at this moment. */

import { LedgerError } from '../errors.js';
import type { ObjectFormat } from '../model/object-id.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { PrivateFiles, RefReader } from '../ports/repository.js';
import { objectFormatIn } from './config.js';
import { DecodedObjects } from './decoded-objects.js';
import type { FileSystem } from './file-system.js';
import { ObjectDatabase } from './object-database.js';
import { Refs } from './refs.js';
import { SyncFiles } from './sync-files.js';

/** Whoever misses a ledger at night is not to begin another one in its place. */
export function notALedger(gitdir: string, reason: string): LedgerError<'NOT_A_LEDGER'> {
  const hint =
    "say where it is, if it was moved; a new one, without that one's history, is made by: git-lineage init DIR";
  return new LedgerError('NOT_A_LEDGER', `${gitdir} is not a ledger: ${reason}`, { gitdir, reason }, { hint });
}

export class RepositoryReader extends DecodedObjects implements RefReader, PrivateFiles {
  readonly location: string;
  /** The format of every id in the repository, as its config says. */
  readonly format: ObjectFormat;
  /** @internal For what writes to the same repository. */
  readonly files: SyncFiles;
  /** @internal */
  declare readonly database: ObjectDatabase;
  /** @internal */
  readonly refs: Refs;

  constructor(fs: FileSystem, gitdir: string) {
    const files = new SyncFiles(fs);
    const format = objectFormatIn(files, gitdir);
    super(new ObjectDatabase(files, `${gitdir}/objects`, format));
    this.format = format;
    this.location = gitdir;
    this.files = files;
    this.refs = new Refs(this.files, gitdir, format);
  }

  journalTip(): Oid {
    const tip = this.refs.readOid(JOURNAL_REF);
    if (tip !== null) return tip;
    throw notALedger(this.location, `it has no ${JOURNAL_REF}`);
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
