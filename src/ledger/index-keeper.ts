/** Keeps the stored index close to the journal, so that whoever opens the ledger next has little to replay. */

import { isLedgerError } from '../errors.js';
import type { Publisher } from '../ports/publisher.js';
import type { Journal } from './journal.js';

/** So many entries that the stored index lacks are worth writing it anew. */
const WORTH_KEEPING = 512;

export class IndexKeeper {
  private readonly journal: Journal;
  private readonly publisher: Publisher;
  /** The index could not be kept: it is tried again at this entry. */
  private keepAgainFrom = 0;

  constructor(journal: Journal, publisher: Publisher) {
    this.journal = journal;
    this.publisher = publisher;
  }

  /** Writes the index anew where that is cheaper for the next reader than what it would have to replay. */
  async keep(): Promise<void> {
    const { journal, publisher } = this;
    const { position, unsaved } = journal;
    const few = unsaved !== null && unsaved.length < WORTH_KEEPING && !journal.isDamaged;
    if (position === null || few) return;
    if (position.seq < this.keepAgainFrom) return;
    // It is a cache: where it cannot be kept, nothing else goes wrong. Behind another writer it is tried again with the next write.
    const kept = await publisher
      .keepIndex(position, () => journal.all())
      .catch((error: unknown) => {
        if (!isLedgerError(error, 'REF_LOCKED')) this.keepAgainFrom = position.seq + WORTH_KEEPING;
        return false;
      });
    if (kept) journal.kept(position.seq);
  }
}
