/** What `doctor` looks for in a repository, and how it says what it found. */

import type { LedgerFormat } from '../model/ledger-event.js';
import type { Oid } from './objects.js';

/** What `doctor` looks for. */
export type FindingKind =
  /** The last entry's refs have not all moved. */
  | 'unfinished-entry'
  /** A lock of a git-lineage writer that died. */
  | 'abandoned-lock'
  /** A lock of git's. */
  | 'foreign-lock'
  /** A file or a pack's protection that a dead writer left. */
  | 'leftover-file'
  /** The journal's ref is not at an entry that verifies, or not at the newest one known. */
  | 'journal'
  /** The journal's last entry is dated ahead of this machine's clock: nobody can write after it. */
  | 'clock-ahead'
  /** A ref that does not have its journaled value. */
  | 'foreign-ref'
  /** A note of something that is no version. */
  | 'orphan-note'
  /** An object that the ledger needs, missing or damaged. */
  | 'damaged-object'
  /** An object that was redacted, and is there still. */
  | 'redacted-object'
  /** A file among the objects that is none. */
  | 'loose-garbage'
  /** A setting of the repository that protects the ledger, missing or different. */
  | 'config'
  /** A guard hook that an earlier release installed. */
  | 'outdated-guard';

/** One thing that is wrong, whether `doctor` can put it right, and what to do about it. */
export interface Finding {
  readonly kind: FindingKind;
  /** A ref, a file below the ledger, an object or a setting. */
  readonly where: string;
  readonly detail: string;
  readonly mendable: boolean;
  /** The command that mends it, or what an operator should do first. */
  readonly remedy: string;
}

export interface InspectOptions {
  readonly mend?: boolean;
  /** The last entry that can be trusted, by default the journal's tip; null: none, so that nothing is completed. */
  readonly tip?: Oid | null;
  /** What the ledger needs, each with who names it; null: not known. */
  readonly roots?: ReadonlyMap<Oid, string> | null;
  /** What was redacted, which the ledger does without. */
  readonly redacted?: ReadonlySet<Oid>;
  /** Told how many objects have been read, now and then and at the end. */
  readonly onObjects?: ((read: number) => void) | undefined;
}

/** A lock that was removed on an operator's word. */
export interface BrokenLock {
  readonly where: string;
  readonly bytes: number;
  readonly ageSeconds: number;
}

/** A blob that was redacted, and the trees of the versions that held it. */
export interface RedactedObject {
  readonly oid: Oid;
  readonly trees: readonly Oid[];
}

/** Looking after a repository: under the writer lock where that is needed. */
export interface Upkeep {
  /** What a crash or a person left behind; with `mend`, puts right what is safe to. */
  inspect(options?: InspectOptions): Promise<readonly Finding[]>;
  /** Says in the repository's config that the ledger is about to be of a format, so that packages which do not know it refuse it by name. */
  requireFormat(format: LedgerFormat): Promise<void>;
  /** Those of some blobs that are still in the repository, wherever git may keep them. */
  blobsHere(oids: readonly Oid[]): readonly Oid[];
  /** True where `removeBlobs` is known to have done all there is to do about some blobs, and none of them has come back. */
  areRemoved(oids: readonly Oid[]): boolean;
  /** Refuses blobs that could not be removed. @throws `UNSUPPORTED_REPOSITORY` for a pack too large to be written anew */
  assertRemovable(oids: readonly Oid[]): void;
  /**
   * Removes blobs that the journal has redacted, and tells git that they are missing on purpose. It can be killed at any point and be done
   * again.
   * @throws `REF_LOCKED`, `IO`, `CORRUPT_OBJECT`, `UNSUPPORTED_REPOSITORY`
   */
  removeBlobs(redacted: readonly RedactedObject[]): Promise<void>;
  /** Removes a lock of git's whose owner is known to be gone. @throws `NOT_FOUND`, `REF_LOCKED`, `INVALID_ARGUMENT` */
  breakLock(name: string): Promise<BrokenLock>;
}
