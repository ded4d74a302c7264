/** Reading a ledger's repository: objects checked against their ids, refs as they are on disk at this moment. */

import type { NormalizedFiles } from '../model/module-files.js';
import type { AnnotatedTag, Commit, Oid, RefName, TreeEntry } from './objects.js';

/** Objects by their ids, synchronously. All throw `CORRUPT_OBJECT` for what is missing, damaged or of another type. */
export interface ObjectReader {
  readCommit(oid: Oid): Commit;
  readTag(oid: Oid): AnnotatedTag;
  readTree(oid: Oid): readonly TreeEntry[];
  readBlob(oid: Oid): Uint8Array;
  /** The parents of a commit of whatever shape. */
  readParents(oid: Oid): readonly Oid[];
  /** All files of a tree. */
  readFiles(tree: Oid): NormalizedFiles;
  /** The note of `target` in the notes commit `notes`, flat or fanned out at any depth; null where there is none. */
  readNote(notes: Oid, target: Oid): string | null;
  /** The targets of every note in the notes commit `notes`. */
  noteTargets(notes: Oid): readonly Oid[];
}

/** Refs as they are on disk. A stale answer is never given, whoever wrote last. */
export interface RefReader {
  /** Where the journal stands. @throws `NOT_A_LEDGER` where it has none, `REF_CHANGED` where the ref holds no oid */
  journalTip(): Oid;
  /** What stands at a ref, unreadable text included (`unreadable: …`); null for nothing. */
  readRefText(ref: RefName): string | null;
  /** Every ref under `prefix` (a folder, ending in "/"); an unreadable one has the value ''. */
  listRefs(prefix: string): ReadonlyMap<RefName, Oid>;
}

/** Small private files beside the ledger that are safe to lose. */
export interface PrivateFiles {
  read(name: string): Uint8Array | null;
  write(name: string, bytes: Uint8Array): void;
}
