/** A whole copy of a ledger as an auditor reads it: nothing in it is believed, nothing cached, nothing executed. */

import type { LedgerObjects, Oid, RefName } from './objects.js';

/** What a copy lacks, and the command that completes it. */
export interface Gap {
  readonly what: string;
  readonly command: string;
}

/** What every object of a copy came to, read once. */
export interface ObjectScan {
  readonly objects: number;
  /** Inflated. */
  readonly bytes: number;
  /** Objects, packs and index files that are not what they say; `where` is a file, or an object's place in it. */
  readonly damaged: readonly { readonly where: string; readonly oid: Oid | null; readonly reason: string }[];
  /** Objects that something reachable names, and that are not there. */
  readonly missing: readonly { readonly oid: Oid; readonly wantedBy: string }[];
  /** Objects that no ref leads to: left by git or an abandoned transaction, and harmless. */
  readonly unreachable: number;
}

/** A file by which git would show other refs or another history than there are, and how. */
export interface RefFault {
  readonly where: string;
  readonly reason: string;
}

/** A whole copy of a ledger as an auditor reads it: nothing cached by others, nothing believed, nothing executed. */
export interface Evidence extends LedgerObjects {
  readonly location: string;
  /** `ledger`: a bare repository that is written to; `mirror`: one that is not; `clone`: a plain `git clone`; `bundle`: a file. */
  readonly kind: 'ledger' | 'mirror' | 'clone' | 'bundle';
  readonly gaps: readonly Gap[];
  /** Every ref at its value, by the name that it has in the ledger; of a clone, those of its remote. An unreadable ref has the value ''. */
  readRefs(): Promise<ReadonlyMap<RefName, Oid>>;
  /** Where the journal stands now; '' where there is nothing to read. */
  readTip(): Promise<Oid>;
  /** The name of a ref in this copy, for messages: `refs/remotes/origin/planner`. */
  localName(ref: RefName): RefName;
  /** What would make git show this copy otherwise than it is read here. */
  refFaults(): Promise<readonly RefFault[]>;
  /** Reads and hashes every object once and follows every reference from `roots`. */
  scan(roots: Iterable<Oid>, onProgress?: (done: number, total: number) => void): Promise<ObjectScan>;
  /** True where bytes under this id are in this copy, whole or damaged, whether anything leads to them or not. */
  isHere(oid: Oid): Promise<boolean>;
  close(): Promise<void>;
}
