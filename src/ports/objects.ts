/** Git objects by their ids: whatever is read has been checked against the id that was asked for. */

import type { Oid } from '../model/object-id.js';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export type { Oid } from '../model/object-id.js';

/** A full ref name, `refs/…`. */
export type RefName = string;

/** Who and when, as git writes it: `name <email> seconds +0000`. */
export interface Identity {
  readonly name: string;
  readonly email: string;
  /** Whole seconds since the Unix epoch. */
  readonly seconds: number;
}

/** A commit as it was read: its parts, and the exact bytes that a signature covers. */
export interface Commit {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Identity;
  readonly committer: Identity;
  readonly message: string;
  /** The armoured SSH signature, or null. */
  readonly signature: string | null;
  /** The commit's content without its signature header. */
  readonly payload: Uint8Array;
  /** The commit's content, all of it. */
  readonly raw: Uint8Array;
}

/** An annotated tag as it was read. */
export interface AnnotatedTag {
  readonly oid: Oid;
  readonly object: Oid;
  readonly objectType: ObjectType;
  readonly name: string;
  readonly tagger: Identity;
  readonly message: string;
  readonly signature: string | null;
  readonly payload: Uint8Array;
}

/** One line of a tree. */
export interface TreeEntry {
  /** `40000` for a folder. */
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

/** Objects by their ids, each checked against its id when it is read. All throw `CORRUPT_OBJECT`. */
export interface LedgerObjects {
  readCommit(oid: Oid): Promise<Commit>;
  readTag(oid: Oid): Promise<AnnotatedTag>;
  /** The entries in the order of the tree, as they are: nothing is sorted, nothing left out. */
  readTree(oid: Oid): Promise<readonly TreeEntry[]>;
  readBlob(oid: Oid): Promise<Uint8Array>;
  /** SHA-256 of a blob's content, in hex. */
  blobSha256(oid: Oid): Promise<string>;
}
