/**
 * The journal as this process knows it: its index, caught up with the journal's tip before each answer. Every entry is
 * verified before it counts: signature, role, its place in the chain, and what it moves.
 */

import { isLedgerError, LedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import { badEntry, type ChainEntry, commitsDownFrom, newestFirst, readEntry } from '../model/entry-chain.js';
import type { Policy } from '../model/policy.js';
import { parsePolicy } from '../model/policy-text.js';
import { Records } from '../model/records.js';
import type { EntryFacts } from '../model/replay.js';
import type { LayeredRecords, RecordChange } from '../model/sorted-records.js';
import type { IndexEntry, IndexFiles, IndexPosition, StoredIndex } from '../ports/index-file.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, Oid } from '../ports/objects.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { LayeredIndex } from './layered-index.js';
import { MendedIndex } from './mended-index.js';
import { nextTurn } from './next-turn.js';
import { verifyEntry } from './verify-entry.js';

/** What the journal says at one moment. Everything in it belongs together, until the journal is asked again. */
export interface JournalState {
  readonly records: Records;
  readonly policy: Policy;
}

interface JournalParts {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly verifier: Verifier;
  /** Where the index is kept; null: in memory only. */
  readonly files: IndexFiles | null;
}

/** Told how many of so many entries have been verified. */
export type OnProgress = (done: number, total: number) => void;

/** So many bytes of entries are held while the chain is walked; of a longer walk only their ids. An entry of a large batch has 200 KB. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** So many bytes of changed records over a stored index are worth a look for a newer one: it takes some milliseconds to open. */
const MAX_OVERLAY_BYTES = 4 * 1024 * 1024;

/** So many entries are verified in one turn of the event loop. */
const SLICE = 64;

export class Journal {
  private readonly parts: JournalParts;
  private index: LayeredIndex = new LayeredIndex(null);
  private policy: Policy | null = null;
  private opened = false;
  private closed = false;
  /** So many bytes of changed records over the stored index are worth a look for a newer one. */
  private reopenFrom = MAX_OVERLAY_BYTES;
  /** True where the stored index in use was damaged, and another has taken its place since. */
  private replaced = false;
  /** True while nothing but a stored index says that its last entry was there. */
  private onlyStored = false;

  constructor(parts: JournalParts) {
    this.parts = parts;
  }

  /** Where this process has caught up to; null before the first entry. */
  get position(): IndexPosition | null {
    const head = this.index.records.head();
    return head === null ? null : { root: head.root, seq: head.seq, tip: head.tip, tipSha256: head.tipSha256 };
  }

  /**
   * Catches up a long way without holding the event loop. What is wrong with the journal is said by the questions that
   * follow, so that whoever mends it can open it.
   */
  async open(onProgress?: OnProgress): Promise<void> {
    try {
      this.load();
      const waiting = this.missing(this.parts.refs.journalTip());
      for (const [i, entry] of waiting.entries()) {
        if (i % SLICE === SLICE - 1) {
          onProgress?.(i, waiting.length);
          await nextTurn();
        }
        this.append(typeof entry === 'string' ? readEntry(this.parts.objects, entry) : entry);
      }
    } catch (error) {
      if (!isLedgerError(error)) throw error;
      // Entries below one that does not verify were never seen as the journal's last: they bear no witness.
      this.forget();
      this.opened = false;
    }
  }

  /**
   * Catches up an entry a turn: each takes a millisecond where code runs seldom. What is wrong with the journal is said by the question that
   * follows; where another one was faster, it has caught up for all.
   */
  async catchUpInTurns(): Promise<void> {
    try {
      this.load();
      for (const waiting of this.missing(this.parts.refs.journalTip())) {
        await nextTurn();
        // An index that was closed meanwhile would be taken for a damaged one, and made again from all entries.
        if (this.closed) return;
        const entry = typeof waiting === 'string' ? readEntry(this.parts.objects, waiting) : waiting;
        if ((entry.commit.parents[0] ?? null) !== (this.position?.tip ?? null)) return;
        this.append(entry);
        await nextTurn();
      }
    } catch (error) {
      if (!isLedgerError(error)) throw error;
    }
  }

  /** Runs a question on what the journal says now. */
  read<T>(question: (state: JournalState) => T): T {
    return question(this.state());
  }

  /** What the journal says now, or (with `tip`) when that was its last entry. @throws `REF_CHANGED` where it was rewound */
  state(tip: Oid = this.parts.refs.journalTip()): JournalState {
    this.load();
    if (this.position?.tip !== tip) {
      this.reopen();
      this.catchUp(tip);
    }
    this.onlyStored = false;
    if (this.policy === null) throw badEntry(tip, 'it states no policy');
    return { records: this.index.records, policy: this.policy };
  }

  /** The last entry that this process or a stored index has seen; null where neither has seen one. */
  known(): { readonly seq: number; readonly oid: Oid } | null {
    this.load();
    const { position } = this;
    return position === null ? null : { seq: position.seq, oid: position.tip };
  }

  /** What the stored index lacks, oldest first; null where it must be written anew. */
  get unsaved(): readonly IndexEntry[] | null {
    return this.index.unsaved;
  }

  /** True where the stored index is damaged, and to be written anew. */
  get isDamaged(): boolean {
    return this.index.stored?.isDamaged === true && !this.replaced;
  }

  /** Says that the index was written anew, up to the entry `seq`. */
  kept(seq: number): void {
    this.saved(seq);
    this.replaced = true;
  }

  /** Says that everything up to the entry `seq` is stored now. */
  private saved(seq: number): void {
    this.index.unsaved = (this.index.unsaved ?? []).filter(({ position }) => position.seq > seq);
  }

  /** Every record, for an index that is written anew. */
  all(): Iterable<readonly [key: string, value: string]> {
    return this.index.texts().range('', null);
  }

  close(): void {
    this.closed = true;
    this.index.close();
  }

  private load(): void {
    if (this.opened) return;
    this.opened = true;
    this.onlyStored = this.use(this.parts.files?.open() ?? null);
  }

  /** Begins with a stored index; false, and nothing has changed, where it is of no use. */
  private use(stored: StoredIndex | null): boolean {
    if (stored === null) return false;
    const policy = this.policyIn(stored);
    const index = new LayeredIndex(new MendedIndex(stored, () => this.replayedTo(stored.position.tip)));
    if (policy === null) {
      stored.close();
      return false;
    }
    this.index = index;
    this.policy = policy;
    this.replaced = false;
    return true;
  }

  /** The policy in force at the end of a stored index; null where the index does not fit the ledger's objects. */
  private policyIn(stored: StoredIndex): Policy | null {
    const { tip, tipSha256 } = stored.position;
    const records = Records.of(stored);
    try {
      const files = records.policyFiles(records.head()?.policySeq ?? -1);
      const fits = sha256Hex(this.parts.objects.readCommit(tip).raw) === tipSha256 && records.head()?.tip === tip;
      return files !== null && fits ? parsePolicy(files) : null;
    } catch {
      // It is a cache: whatever is wrong with it, the journal says the same and is read instead.
      return null;
    }
  }

  /** Every record that the journal's entries add up to, from the first one to `tip`. */
  private replayedTo(tip: Oid): LayeredRecords {
    const past = new Journal({ ...this.parts, files: null });
    past.opened = true;
    past.catchUp(tip);
    return past.index.texts();
  }

  /** Drops the index: the journal is read from its first entry on. */
  private forget(): void {
    this.index.close();
    this.index = new LayeredIndex(null);
    this.index.unsaved = null;
    this.policy = null;
    this.onlyStored = false;
  }

  /**
   * Takes a newer stored index in place of a long overlay, where it is on the chain that this process has verified: what is in
   * memory does not grow with what was written. The entries that it lacks are verified again.
   */
  private reopen(): void {
    const { files } = this.parts;
    const { position, index, policy } = this;
    const { stored, overlayBytes, records } = index;
    if (files === null || overlayBytes < this.reopenFrom || position === null || stored?.outdated() === false) return;
    this.reopenFrom = overlayBytes + MAX_OVERLAY_BYTES / 4;
    const newer = files.open();
    if (newer === null) return;
    if (records.entry(newer.position.seq)?.oid !== newer.position.tip) {
      newer.close();
      return;
    }
    if (!this.use(newer)) return;
    try {
      this.catchUp(position.tip);
      index.close();
      this.reopenFrom = MAX_OVERLAY_BYTES;
    } catch {
      // Whatever it is, the next question meets it too. What was seen stays known: it bears witness.
      this.index.close();
      this.index = index;
      this.policy = policy;
    }
  }

  /**
   * The entries that are new up to `tip`, oldest first; of many only their ids. A stored index can outlast entries that a
   * power cut took, so it is no witness; what this process has seen is.
   */
  private missing(tip: Oid): readonly (ChainEntry<Commit> | Oid)[] {
    const waiting: (ChainEntry<Commit> | Oid)[] = [];
    const known = this.position;
    if (known?.tip === tip) return waiting;
    if (known === null) return this.allUpTo(tip);
    let held = 0;
    for (const entry of newestFirst(this.parts.objects, tip)) {
      if (entry.oid === known.tip) return waiting.reverse();
      if (entry.text.seq <= known.seq) break;
      held += entry.commit.raw.length;
      waiting.push(held <= MAX_HELD_BYTES ? entry : entry.oid);
    }
    if (!this.onlyStored) throw rewound(known, tip);
    this.forget();
    return this.missing(tip);
  }

  /** Every entry up to `tip`, oldest first. They are read when they are verified: what the walk needs of them is who their parent is. */
  private allUpTo(tip: Oid): readonly Oid[] {
    const { objects } = this.parts;
    const { oids, unreadable } = commitsDownFrom(objects, tip);
    // Whoever reads them one by one is told what is wrong.
    return unreadable === null ? oids : [...newestFirst(objects, tip)].map(({ oid }) => oid).reverse();
  }

  private catchUp(tip: Oid): void {
    for (const entry of this.missing(tip))
      this.append(typeof entry === 'string' ? readEntry(this.parts.objects, entry) : entry);
  }

  /** Verifies an entry and adds it. @throws `BAD_SIGNATURE`, `UNTRUSTED_SIGNER`: then nothing is added */
  private append(entry: ChainEntry<Commit>): void {
    const { facts, changes } = verifyEntry(this.parts, { records: this.index.records, policy: this.policy }, entry);
    this.index.add(this.entryOf(facts, changes));
    this.policy = facts.policy;
  }

  /** What an entry changes in the index, as the successor of the last one. */
  entryOf({ oid, sha256, text }: EntryFacts, changes: readonly RecordChange[]): IndexEntry {
    const known = this.position;
    const position = { root: known?.root ?? oid, seq: text.seq, tip: oid, tipSha256: sha256 };
    return { position, after: known?.tip ?? '', changes };
  }

  /** Adds an entry that this process has made and published; it may have been read from the ledger already. */
  published(entry: IndexEntry, policy: Policy, stored: boolean): void {
    if (this.position?.tip === entry.after) {
      this.index.add(entry);
      this.policy = policy;
    }
    if (stored) this.saved(entry.position.seq);
    else this.index.unsaved = null;
    this.reopen();
  }

  /** Forgets what was seen, so that it is read anew: the journal was put back on an operator's word. */
  reset(): void {
    this.forget();
  }

  /**
   * What the journal said when its last entry was `tip`, as far as it verifies from the first entry on, and why the next one
   * does not. What this process knows stays as it is.
   */
  verifiedUpTo(chain: readonly Oid[]): { readonly state: JournalState | null; readonly objection: string | null } {
    const past = new Journal({ ...this.parts, files: null });
    past.opened = true;
    past.index.unsaved = null;
    let objection: string | null = null;
    try {
      for (const oid of chain) past.append(readEntry(this.parts.objects, oid));
    } catch (error) {
      if (!isLedgerError(error) || error.code === 'IO') throw error;
      objection = error.message;
    }
    const { policy, index } = past;
    return { state: policy === null ? null : { records: index.records, policy }, objection };
  }
}

function rewound(known: IndexPosition | null, tip: Oid): LedgerError<'REF_CHANGED'> {
  const expected = known?.tip ?? null;
  const message = `the journal was rewound or forked: entry ${known?.seq ?? 0} (${expected ?? 'none'}) is not in its history any more`;
  return new LedgerError(
    'REF_CHANGED',
    message,
    { ref: 'refs/heads/ledger', expected, actual: tip },
    { hint: `find out who moved refs/heads/ledger; git update-ref refs/heads/ledger ${expected} puts it back` },
  );
}
