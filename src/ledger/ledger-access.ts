/** The one way into a ledger: questions at one moment of the journal, writes through one queue, and neither once it is closed. */

import type { AuditQuestion } from '../audit/audit-question.js';
import type { AuditReport } from '../audit/audit-report.js';
import { invalidInput, isLedgerError, VERIFICATION_CODES } from '../errors.js';
import type { EventType } from '../model/ledger-event.js';
import type { SwapHook } from '../ports/hook.js';
import type { IndexFiles } from '../ports/index-file.js';
import type { Signer, Verifier } from '../ports/keys.js';
import type { Measurer } from '../ports/measuring.js';
import type { LedgerObjects } from '../ports/objects.js';
import type { ObjectDrafts, Publisher } from '../ports/publisher.js';
import type { Remote } from '../ports/remote.js';
import type { ObjectReader, PrivateFiles, RefReader } from '../ports/repository.js';
import type { Upkeep } from '../ports/upkeep.js';
import { checkedSigner } from './checked-signer.js';
import type { Decision } from './decision.js';
import { finishRedactions } from './finish-redactions.js';
import { IndexKeeper } from './index-keeper.js';
import { Journal, type OnProgress } from './journal.js';
import type { LedgerNotice } from './ledger.js';
import { OperationQueue } from './operation-queue.js';
import { Prerequisites } from './prerequisites.js';
import type { Replica } from './replica.js';
import { View } from './view.js';
import type { Writer } from './writer.js';

interface LedgerParts {
  /** Where the ledger is, for messages. */
  readonly location: string;
  readonly objects: ObjectReader;
  /** The same, as the audit reads them. */
  readonly audited: LedgerObjects;
  readonly refs: RefReader;
  readonly privateFiles: PrivateFiles;
  readonly upkeep: Upkeep;
  readonly publisher: Publisher;
  /** A place for the objects of one plan. */
  readonly drafts: () => ObjectDrafts;
  /** Where the index is kept; null: in memory only. */
  readonly index: IndexFiles | null;
  readonly verifier: Verifier;
  readonly signer: Signer | null;
  /** The operator's say before each activation. */
  readonly hook: SwapHook;
  /** Says what a version changes. */
  readonly measurer: Measurer;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
  /** The remote that every write goes through; null: writes are this ledger's own. */
  readonly remote: Remote | null;
  /** The remote that a URL or a name of the repository's config stands for. @throws `INVALID_ARGUMENT`, `NOT_FOUND` */
  readonly remoteAt: (name: string) => Promise<Remote>;
  /** Reads this ledger as an auditor does: from its bytes, past everything that is cached. */
  readonly audit: (question: AuditQuestion) => Promise<AuditReport>;
}

export class LedgerAccess {
  readonly parts: LedgerParts;
  readonly journal: Journal;
  readonly queue: OperationQueue;
  isClosed = false;
  private readonly indexKeeper: IndexKeeper;
  private made: Promise<Writer> | null = null;
  private through: Promise<Replica> | null = null;

  constructor(parts: LedgerParts) {
    const { objects, refs, verifier } = parts;
    const journal = new Journal({ objects, refs, verifier, files: parts.index });
    this.parts = parts;
    this.journal = journal;
    this.indexKeeper = new IndexKeeper(journal, parts.publisher);
    this.queue = new OperationQueue({ ...parts, transact: async (batch) => (await this.writer()).transact(batch) });
  }

  /** Catches up with the journal, however far that is. */
  async open(onProgress?: OnProgress): Promise<void> {
    await this.journal.open(onProgress);
    await this.indexKeeper.keep();
    // Whoever only reads, or has a disk that is full, reads all the same: doctor says what is left.
    // A journal that does not verify is not asked: what it was seen to say would bear witness for it.
    if (this.journal.position !== null) await this.finishRedactions().catch(() => undefined);
  }

  /** @throws `INVALID_ARGUMENT` once the ledger is closed */
  assertOpen(): void {
    if (!this.isClosed) return;
    const issue = { path: 'ledger', expected: 'an open ledger', actual: 'one that was closed' };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'open it again with openLedger');
  }

  /** The answer to a question, at one moment of the journal. */
  read<T>(question: (view: View) => T): T {
    this.assertOpen();
    try {
      return this.journal.read((state) => question(new View(state, this.parts.objects)));
    } catch (error) {
      this.tellUnverified(error);
      throw error;
    }
  }

  /** Whoever watches is told of what does not verify, whatever its reader makes of the error. */
  tellUnverified(error: unknown): void {
    if (!isLedgerError(error) || !VERIFICATION_CODES.includes(error.code)) return;
    this.parts.notify({ type: 'unverified', code: error.code, error });
  }

  /** One operation in a transaction; `needs` are the events that its key must be allowed to sign. */
  write<T>(needs: readonly EventType[], decide: (decision: Decision) => T): Promise<T> {
    this.assertOpen();
    return this.queue.run({ needs, decide });
  }

  /** Loaded and made with the first call: who only reads does without. */
  writer(): Promise<Writer> {
    this.made ??= this.makeWriter();
    return this.made;
  }

  private async makeWriter(): Promise<Writer> {
    const { parts, journal, queue } = this;
    const [{ Writer }, replica] = await Promise.all([import('./writer.js'), this.replica()]);
    const signer = parts.signer === null ? null : checkedSigner(parts.signer, parts.verifier);
    const prerequisites = new Prerequisites({ ...parts, queue });
    const keepIndex = () => queue.inBackground(this.indexKeeper.keep());
    return new Writer({ ...parts, journal, signer, replica, prerequisites, keepIndex });
  }

  /** The copy elsewhere that every write goes through; null: writes are this ledger's own. */
  async replica(): Promise<Replica | null> {
    const { remote } = this.parts;
    if (remote === null) return null;
    this.through ??= this.replicaAt(remote);
    return this.through;
  }

  /** This ledger and a copy of it elsewhere. */
  async replicaAt(remote: Remote): Promise<Replica> {
    const { parts, journal } = this;
    const { Replica } = await import('./replica.js');
    return new Replica({ ...parts, journal, remote, finishRedactions: () => this.finishRedactions() });
  }

  /** Removes what was redacted and is here still, and tells git what is missing on purpose. */
  finishRedactions(): Promise<void> {
    return finishRedactions({ ...this.parts, journal: this.journal });
  }

  /** Waits for writes under way and lets go of everything. */
  async close(): Promise<void> {
    this.isClosed = true;
    // Writes under way may wait for a measurement, and one that is cut short would count as UNKNOWN.
    await this.queue.settle();
    await this.parts.measurer.close();
    await this.parts.publisher.close();
    this.journal.close();
  }
}
