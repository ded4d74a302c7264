/**
 * The waist: what the ledger asks of the place where bytes live and of the keys that sign.
 *
 * Plain data on both sides. `src/git` and `src/signing` implement it; `src/ledger` knows nothing else of them.
 */

import type { Verdict } from './model/gate.js';
import type { NormalizedFiles } from './model/module-files.js';
import type { PublicKey } from './model/public-key.js';
import type { CompatibilityLevel } from './model/report.js';

export type { PublicKey };

/** A git object id: 40 lower-case hex digits. */
export type Oid = string;

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
  readonly objectType: string;
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

/** The reason in the data of a `CORRUPT_OBJECT` for an object that is not there at all. */
export const OBJECT_MISSING = 'it is missing';

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
  close(): Promise<void>;
}

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
  /** A ref that does not have its journaled value. */
  | 'foreign-ref'
  /** A note of something that is no version. */
  | 'orphan-note'
  /** An object that the ledger needs, missing or damaged. */
  | 'damaged-object'
  /** A file among the objects that is none. */
  | 'loose-garbage'
  /** A setting of the repository that protects the ledger, missing or different. */
  | 'config';

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
}

/** A lock that was removed on an operator's word. */
export interface BrokenLock {
  readonly where: string;
  readonly bytes: number;
  readonly ageSeconds: number;
}

/** Rejects for an entry that cannot be trusted: asked before the ref moves that an entry states are completed. */
export type Trusted = (entry: Oid) => Promise<void>;

/** Where the ledger's bytes live. Reads take no lock and see only what is committed. */
export interface Store {
  /** Where it is, for messages. */
  readonly location: string;
  /** The objects as they are, for who checks them. */
  readonly objects: LedgerObjects;
  journalTip(): Promise<Oid>;
  readCommit(oid: Oid): Promise<Commit>;
  readTag(oid: Oid): Promise<AnnotatedTag>;
  readFiles(tree: Oid): Promise<NormalizedFiles>;
  /** The note of `target` in the notes commit `notes`, flat or fanned out at any depth; null where there is none. */
  readNote(notes: Oid, target: Oid): Promise<string | null>;
  /** Every ref under `prefix`, as it is on disk. */
  listRefs(prefix: string): Promise<ReadonlyMap<RefName, Oid>>;
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
  readParents(oid: Oid): Promise<readonly Oid[]>;
  /** The targets of every note in the notes commit `notes`. */
  noteTargets(notes: Oid): Promise<readonly Oid[]>;
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

/** A swap about to happen, as the operator's hook is asked about it. */
export interface SwapQuestion {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly checksum: string;
  readonly verdict: Verdict;
}

/** The operator's own say before each activation. */
export interface SwapHook {
  /** True where there is one. */
  present(): Promise<boolean>;
  /** Returns where it lets the swap pass. Throws `HOOK_REFUSED` for everything else. */
  ask(question: SwapQuestion): Promise<void>;
}

/** Signs as one principal. `sign` returns an armoured SSHSIG in the namespace `git`, one LF at its end. */
export interface Signer {
  readonly principal: string;
  readonly publicKey: PublicKey;
  sign(payload: Uint8Array): Promise<string>;
}

/** Checks armoured SSHSIG signatures in the namespace `git`. */
export interface Verifier {
  /** The key that made a valid signature over `payload`. Throws `BAD_SIGNATURE` for any other, naming `what`. */
  verify(payload: Uint8Array, signature: string, what: string): PublicKey;
  /** The same, computed beside whatever else goes on: for whoever has thousands of them. */
  verifyLater(payload: Uint8Array, signature: string, what: string): Promise<PublicKey>;
}

/** A version as it is handed to a measurer. */
export interface MeasuredVersion {
  /** As an operator would name it: `v3`. */
  readonly name: string;
  readonly checksum: string;
  /** Empty where only a checksum was recorded. */
  readonly files: NormalizedFiles;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What was measured of a pair of versions. */
export interface Measurement {
  readonly level: CompatibilityLevel;
  /** Each change with its level, most severe first. */
  readonly findings: readonly {
    /** What kind of change: one of `FINDING_CODES`. */
    readonly code: string;
    readonly level: CompatibilityLevel;
    /** Where, as a caller would write it; empty where the whole module is meant. */
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
    readonly message: string;
  }[];
  /** How many findings were left out. */
  readonly omitted: number;
  readonly notes: readonly string[];
  /** The findings and notes as text. */
  readonly rationale: string;
  /** Engine and version. */
  readonly assessor: string;
  /** What stopped the engine before it was done, or null. */
  readonly limit: 'time' | 'memory' | 'engine' | null;
}

/** Says what a version changes, from its files. */
export interface Measurer {
  /** Judges `to` as a replacement of `from`, or (null) of nothing. Whatever the files are, there is an answer. */
  measure(from: MeasuredVersion | null, to: MeasuredVersion, signal?: AbortSignal): Promise<Measurement>;
  /** Lets go of what it holds. */
  close(): Promise<void>;
}

/** What a remote has, its objects being in our object database now. */
export interface Fetched {
  /** Every ref that the remote advertised. */
  readonly refs: ReadonlyMap<RefName, Oid>;
}

/** A copy of the ledger on another machine. */
export interface Remote {
  /** For messages: its URL without credentials. */
  readonly name: string;
  /**
   * Brings every object of the remote's refs here, and those that `also` names, with all that they lead to; moves no ref.
   * @throws `REMOTE_UNREACHABLE`, `REMOTE_REFUSED`
   */
  fetch(also?: readonly Oid[]): Promise<Fetched>;
  /**
   * Moves refs there, all or none, each only from its expected old value.
   *
   * @returns `moved` where one of them has another value by now; nothing changed then.
   * @throws `REMOTE_REFUSED` where the remote did not want them; `REMOTE_UNREACHABLE` where its answer did not come:
   * it may have moved them all the same
   */
  push(edits: readonly RefEdit[]): Promise<'accepted' | 'moved'>;
}
