/** Writing: objects are staged first, then names are published, all of them or none, each from its expected value. */

import type { NormalizedFiles } from '../model/module-files.js';
import type { Signer } from './keys.js';
import type { AnnotatedTag, Commit, Identity, LedgerObjects, Oid, RefName } from './objects.js';
import type { BrokenLock, Finding, InspectOptions } from './upkeep.js';

export interface CommitDraft {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly identity: Identity;
  readonly message: string;
}

export interface TagDraft {
  readonly object: Oid;
  readonly name: string;
  readonly identity: Identity;
  readonly message: string;
}

/** Moves one ref, and says what it expects to find there. */
export interface RefEdit {
  readonly ref: RefName;
  /** The journaled value that the ref must still have; null: the ref must not exist. */
  readonly from: Oid | null;
  /** The new value; null removes the ref. */
  readonly to: Oid | null;
  /** A foreign value that may be replaced as well, because the entry says `Restored:`. */
  readonly replaces?: Oid | null;
}

/**
 * Objects prepared for one transaction. They exist in memory until `publish` writes all of them as one pack, so that
 * an abandoned draft leaves nothing behind. Each call returns the oid that the object will have.
 */
export interface Staging {
  /** Module content; files that `like` (a tree of the ledger) already holds intact are not written again. */
  stageFiles(files: NormalizedFiles, like?: Oid): Promise<Oid>;
  stageCommit(draft: CommitDraft, signer?: Signer): Promise<Oid>;
  /** A signed tag of a commit; `payload` is what the signature covers. */
  stageTag(draft: TagDraft, signer: Signer): Promise<{ readonly oid: Oid; readonly payload: Uint8Array }>;
  /** A commit on top of `notes` that sets (text) or removes (null) the note of each target. */
  stageNotes(
    notes: Oid | null,
    changes: ReadonlyMap<Oid, string | null>,
    draft: Omit<CommitDraft, 'tree' | 'parents'>,
  ): Promise<Oid>;
}

/** What a decision returns: the entry to append and the refs that it moves, journal not included. */
export interface Publication {
  readonly entry: Oid;
  readonly edits: readonly RefEdit[];
  /**
   * Has the last word, when everything is durable and every ref was found at its expected value: what it throws ends the
   * transaction, and nothing has happened here; once it returns, the transaction counts as committed.
   */
  readonly confirm?: () => Promise<void>;
}

/** What an adoption did. */
export interface Adoption {
  /** How many entries are new. */
  readonly entries: number;
  /** Refs that had a value here which no entry gave them: they have the journaled one again. */
  readonly replaced: readonly { readonly ref: RefName; readonly found: string | null }[];
}

/** Held by the one writer there is: what the journal says now, and a place to stage objects. */
export interface Transaction extends Staging {
  /** The journal's last entry, fully projected. */
  readonly tip: Oid;
  /** Today's values of refs, for what only a writer may look at. */
  readRefs(refs: readonly RefName[]): Promise<ReadonlyMap<RefName, Oid | null>>;
  /** Commits the transaction: after it returns, everything is durable and every ref moved. At most once. */
  publish(publication: Publication): Promise<void>;
}

/** Rejects for an entry that cannot be trusted: asked before the ref moves that an entry states are completed. */
export type Trusted = (entry: Oid) => Promise<void>;

/** Where the ledger's bytes live. Reads take no lock and see only what is committed. */
export interface Store {
  /** Where it is, for messages. */
  readonly location: string;
  /** The objects as they are, for who checks them. */
  readonly objects: LedgerObjects;
  journalTip(): Oid;
  readCommit(oid: Oid): Commit;
  readTag(oid: Oid): AnnotatedTag;
  readFiles(tree: Oid): NormalizedFiles;
  /** The note of `target` in the notes commit `notes`, flat or fanned out at any depth; null where there is none. */
  readNote(notes: Oid, target: Oid): string | null;
  /** Every ref under `prefix`, as it is on disk. */
  listRefs(prefix: string): ReadonlyMap<RefName, Oid>;
  /** Runs `body` as the only writer, after completing what a dead writer left. */
  transact<T>(body: (transaction: Transaction) => Promise<T>, trusted?: Trusted): Promise<T>;
  /**
   * Moves the journal forward to `tip`, an entry made elsewhere whose objects are here and which the caller has verified,
   * and with it every ref that the entries up to it move: all of them or none. Without effect where the journal
   * contains it already.
   * @throws `REF_CHANGED` where `tip` does not continue the journal
   */
  adopt(tip: Oid): Promise<Adoption>;
  /** The parents of a commit of whatever shape. @throws `CORRUPT_OBJECT` where it is no commit, or cannot be read */
  readParents(oid: Oid): readonly Oid[];
  /** The targets of every note in the notes commit `notes`. */
  noteTargets(notes: Oid): readonly Oid[];
  /**
   * Runs `body` as the only writer on top of `good`, an entry that the journal's ref is not at: what it publishes replaces
   * `found`, the ref's value, in the same move. An unreadable ref has the value '', a missing one null.
   * @throws `REF_CHANGED` where the ref has another value by now
   */
  restoreJournal<T>(good: Oid, found: Oid | null, body: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** What a crash or a person left behind; with `mend`, puts right what is safe to, under the writer lock where it needs one. */
  inspect(options?: InspectOptions): Promise<readonly Finding[]>;
  /** Removes a lock of git's whose owner is known to be gone. @throws `NOT_FOUND`, `REF_LOCKED`, `INVALID_ARGUMENT` */
  breakLock(name: string): Promise<BrokenLock>;
  /** A private file beside the ledger that is safe to lose: null where there is none. */
  readCache(name: string): Promise<Uint8Array | null>;
  writeCache(name: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
