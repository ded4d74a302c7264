/** Writing: a plan is a value decided on one entry of the journal; publishing it moves every ref that it names, or none. */

import type { NormalizedFiles } from '../model/module-files.js';
import type { IndexEntry, IndexPosition } from './index-file.js';
import type { Signer } from './keys.js';
import type { Identity, Oid, RefName } from './objects.js';

export interface NewCommit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly identity: Identity;
  readonly message: string;
}

export interface NewTag {
  /** The commit that is tagged. */
  readonly object: Oid;
  readonly name: string;
  readonly identity: Identity;
  readonly message: string;
}

/** An object as bytes, with the id that they hash to. */
export interface NewObject {
  readonly oid: Oid;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly data: Uint8Array;
}

/**
 * Objects in the making, in memory: nothing is on disk before a plan with them is published, and an abandoned plan leaves nothing
 * behind. Each call returns the id that the object will have.
 */
export interface ObjectDrafts {
  /** A tree of a few small files: the journal's own. Module content goes through `Publisher.stageFiles`. */
  tree(files: NormalizedFiles): Oid;
  commit(commit: NewCommit): Oid;
  /** The bytes of an object that was drafted here. */
  content(oid: Oid): Uint8Array;
  signedCommit(commit: NewCommit, signer: Signer): Promise<Oid>;
  /** What a tag's signature covers. */
  tagPayload(tag: NewTag): Uint8Array;
  tag(tag: NewTag, signer: Signer): Promise<Oid>;
  /** A commit on top of `notes` that sets (text) or removes (null) the note of each target; null begins a notes ref. */
  notes(notes: Oid | null, changes: ReadonlyMap<Oid, string | null>, commit: Omit<NewCommit, 'tree' | 'parents'>): Oid;
  /** The drafts that can be reached from `roots`: what an operation drafted that was refused then is left out. */
  reachable(roots: Iterable<Oid>): NewObject[];
}

/** Moves one ref, and says what it expects to find there. */
export interface RefMove {
  readonly ref: RefName;
  /** The journaled value that the ref must still have; null: the ref must not exist. */
  readonly from: Oid | null;
  /** The new value; null removes the ref. */
  readonly to: Oid | null;
  /** A foreign value that may be replaced as well, because the entry says `Restored:`. Text that is no oid is possible. */
  readonly replaces?: string | null;
}

/** Module content that has been hashed and is held until a plan is published with it, or it is released. */
export interface StagedFiles {
  readonly id: number;
  readonly tree: Oid;
  /** The blobs of the files. */
  readonly blobs: readonly Oid[];
  /** The digest of the files (`model/content-digest`). */
  readonly checksum: string;
}

/** One transaction, decided. Plain data: it can be sent to another thread. */
export interface Plan {
  /** The journal's last entry, on which this was decided; null: the plan begins a journal. */
  readonly base: Oid | null;
  /** The entry to append. */
  readonly entry: Oid;
  /** The refs that it moves, the journal not included. */
  readonly moves: readonly RefMove[];
  readonly objects: readonly NewObject[];
  /** Content that it needs; objects that the tree `like` already holds intact are not written again. */
  readonly files: readonly { readonly id: number; readonly like: Oid | null }[];
  /** Set to put the journal back to `base`: what stands at its ref instead ('' is unreadable, null is nothing). */
  readonly replacesJournal?: string | null;
  /** What the entries up to this one change in the index, oldest first; may be empty: the index is a cache. */
  readonly index: readonly IndexEntry[];
}

/** A plan was published. */
export interface Published {
  /** `absent` where there is no stored index that the plan's entries continue. */
  readonly index: 'written' | 'absent';
}

/** What an adoption did. */
export interface Adopted {
  /** How many entries are new. */
  readonly entries: number;
  /** Refs that had a value here which no entry gave them: they have the journaled one again. */
  readonly replaced: readonly { readonly ref: RefName; readonly found: string | null }[];
}

/**
 * The one who writes: as the only writer while it does, after completing what a dead writer left. Each call is one
 * transaction; what it rejects with has `committed` set where the transaction stands all the same.
 */
export interface Publisher {
  /** Hashes content. Its bytes are the publisher's from this call on: nobody else reads or changes them. */
  stageFiles(files: NormalizedFiles): Promise<StagedFiles>;
  /** Forgets content; without effect where it is forgotten already. */
  releaseFiles(ids: readonly number[]): void;
  /**
   * Publishes a plan. When this resolves with `Published`, all of it lasts. `moved`: the journal is not at the plan's base,
   * nothing happened, decide again.
   *
   * `confirm` has the last word, when everything is durable and every ref was found at its expected value: what it throws
   * ends the transaction, and nothing has happened here; once it returns, the transaction counts as committed.
   * @throws `REF_CHANGED`, `REF_LOCKED`, `IO`, `CORRUPT_OBJECT`, what `confirm` throws
   */
  publish(plan: Plan, confirm?: () => Promise<void>): Promise<Published | 'moved'>;
  /** Takes the writer lock and keeps it for the next `publish`, for who lost the race too often; `unreserve` lets go of it. */
  reserve(): Promise<void>;
  unreserve(): Promise<void>;
  /**
   * Moves the journal from `from`, which the caller has verified, forward to `tip`, an entry made elsewhere whose objects are
   * here and which the caller has verified too, and with it every ref that the entries between move: all of them or none.
   * @returns `moved` where the journal is not at `from`
   * @throws `REF_CHANGED` where `tip` does not continue `from`
   */
  adopt(from: Oid, tip: Oid): Promise<Adopted | 'moved'>;
  /**
   * Writes the index anew, with all records at `position`; false where the journal is not there, another writes, or the index
   * could not be kept. It waits for nobody.
   */
  keepIndex(position: IndexPosition, records: () => Iterable<readonly [key: string, value: string]>): Promise<boolean>;
  /** Waits for what is under way and lets go. */
  close(): Promise<void>;
}
