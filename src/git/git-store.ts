/** The store over a bare git repository: what is read, who writes, and what doctor asks. */

import type { LedgerFormat } from '../model/ledger-event.js';
import type { LedgerObjects, Oid } from '../ports/objects.js';
import type { BrokenLock, Finding, InspectOptions, RedactedObject, Upkeep } from '../ports/upkeep.js';
import { breakLock, lockName } from './break-lock.js';
import { setFormat } from './config.js';
import type { FileSystem } from './file-system.js';
import { finishedRedactions, rememberFinished } from './finished-redactions.js';
import { contentFindings, transactionFindings } from './inspect.js';
import { DatabaseObjects } from './ledger-objects.js';
import { Drafts, NotesTrees } from './object-drafts.js';
import { recover, unfinishedMoves } from './recover.js';
import { blobsHere, refuseLargePacks, removeBlobs } from './remove-blobs.js';
import { RepositoryReader } from './repository-reader.js';
import { WritePlace } from './write-place.js';
import { withWriterLock } from './writer-lock.js';

export class GitStore extends RepositoryReader implements Upkeep {
  readonly objects: LedgerObjects;
  /** @internal Shared with a publisher in this thread. */
  readonly place: WritePlace;
  private readonly trees = new NotesTrees();

  constructor(fs: FileSystem, gitdir: string) {
    super(fs, gitdir);
    this.objects = new DatabaseObjects(this.database);
    this.place = new WritePlace(this);
  }

  /** A place to make objects for one plan. */
  drafts(): Drafts {
    return new Drafts(this.database, this.trees);
  }

  /** What a crash or a person left behind; with `mend`, puts right what is safe to, under the writer lock where it needs one. */
  async inspect(options: InspectOptions = {}): Promise<Finding[]> {
    const { place, location: gitdir } = this;
    const findings = await withWriterLock(this.files, place.lockFile, () => {
      const tip = options.tip === undefined ? this.journalTip() : options.tip;
      const found = transactionFindings(place, tip === null ? [] : unfinishedMoves(place, tip));
      if (options.mend === true && tip !== null) {
        place.completed = null;
        recover(place, this.journalTip());
      }
      return found;
    });
    return [...findings, ...(await contentFindings(this.files, gitdir, options))];
  }

  /** Removes a lock of git's whose owner is known to be gone. @throws `NOT_FOUND`, `REF_LOCKED`, `INVALID_ARGUMENT` */
  breakLock(name: string): Promise<BrokenLock> {
    const lock = lockName(this.location, name);
    return withWriterLock(this.files, this.place.lockFile, () => breakLock(this.place, lock));
  }

  requireFormat(format: LedgerFormat): Promise<void> {
    return withWriterLock(this.files, this.place.lockFile, () => setFormat(this.files, this.location, format));
  }

  blobsHere(oids: readonly Oid[]): readonly Oid[] {
    return blobsHere(this.files, this.location, oids);
  }

  areRemoved(oids: readonly Oid[]): boolean {
    const finished = finishedRedactions(this.files, this.location);
    return oids.every((oid) => finished.has(oid)) && this.blobsHere(oids).length === 0;
  }

  assertRemovable(oids: readonly Oid[]): void {
    refuseLargePacks(this.files, this.location, oids);
  }

  removeBlobs(redacted: readonly RedactedObject[]): Promise<void> {
    return withWriterLock(this.files, this.place.lockFile, () => {
      const oids = redacted.map(({ oid }) => oid);
      refuseLargePacks(this.files, this.location, oids);
      // What a dead writer left is finished first: it may be the rest of a pack.
      this.place.completed = null;
      recover(this.place, this.journalTip());
      removeBlobs(this.place, redacted);
      rememberFinished(this.files, this.location, oids);
    });
  }

  async close(): Promise<void> {
    this.place.completed = null;
    this.release();
  }
}
