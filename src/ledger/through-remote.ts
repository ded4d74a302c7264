/**
 * A transaction whose commit point is the journal of a remote: decided on the view that is here, offered, and where the
 * remote has moved on, decided anew on what it has now.
 *
 * An entry counts as soon as it is in the remote's journal, whether its acknowledgement arrived or not; one that is not
 * there can never come to be there once another stands in its place. So every attempt is remembered until the end.
 */

import { asLedgerError, isLedgerError, LedgerError } from '../errors.js';
import { isInHistory, pointOf } from '../model/entry-chain.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { RefMove } from '../ports/publisher.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { randomPause } from './random-pause.js';
import type { Replica } from './replica.js';

/** How long a transaction may lose races before it gives up, in milliseconds. */
const PATIENCE_MS = 60_000;

/** So often the remote may say that a ref has moved while its journal stays where it is. */
const MAX_STALLED = 8;

/** Pauses while nothing seems to move there, the first and the longest, in milliseconds. */
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1000;

/** Asks for the last word on an entry that is ready. It throws unless the entry was taken. */
export type Offer = (tip: Oid, entry: Oid, moves: readonly RefMove[]) => Promise<void>;

/** How an attempt at a transaction ended. */
export interface Attempt {
  /** The journal that it was decided on; null where it did not come so far. */
  readonly tip: Oid | null;
  /** Its entry; null where there was nothing to write. */
  readonly entry: Oid | null;
  /** True where every operation of it was refused. */
  readonly refused: boolean;
  readonly failure: LedgerError | null;
  /** Tells the callers how it ended. */
  readonly settle: (failure: LedgerError | null) => void;
}

/** The remote has moved on, so that the entry offered does not continue its journal. */
class MovedOn extends LedgerError<'REF_CHANGED'> {
  constructor(remote: string, tip: Oid) {
    const data = { ref: JOURNAL_REF, expected: tip, actual: null };
    super('REF_CHANGED', `${remote} has moved on from entry ${tip}`, data, {
      hint: 'run git-lineage sync, then try again',
    });
  }
}

/** Offers entries to a remote. */
function offerTo(replica: Replica): Offer {
  return async (tip, entry, moves) => {
    if ((await replica.offer(tip, entry, moves)) === 'moved') throw new MovedOn(replica.name, tip);
  };
}

interface RemoteTransaction {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly replica: Replica;
  readonly attempt: (offer: Offer) => Promise<Attempt>;
  /** Fails every operation: the transaction as a whole did not happen, or nobody knows. */
  readonly reject: (error: LedgerError) => void;
}

/** The same error, saying that the entry may be in the remote's journal all the same. */
function undecided(error: LedgerError, remote: string, entry: Oid): LedgerError {
  return new LedgerError(
    'REMOTE_UNREACHABLE',
    `${remote} did not say whether it took the transaction: ${error.message}`,
    { remote, reason: error.message, outcome: 'unknown', entry },
    { cause: error, hint: `git-lineage sync tells: where git-lineage history shows ${entry} then, it has happened` },
  );
}

const BOTH = { pull: true, push: true, first: false };

/** Ends a transaction by telling its callers. */
type End = () => void;

class Run {
  private readonly given: RemoteTransaction;
  private readonly deadline = performance.now() + PATIENCE_MS;
  /** Every attempt whose entry was offered, and not taken as far as we know. */
  private readonly offered: Attempt[] = [];
  /** The attempt whose offer is without an answer, while the remote could still take it. */
  private open: Attempt | null = null;
  /** The tip of our journal when it was the remote's. */
  private confirmed: Oid | null = null;
  stalled = 0;

  constructor(given: RemoteTransaction) {
    this.given = given;
  }

  /** One attempt, and what follows from how it ended; null: another one is needed. */
  async round(): Promise<End | null> {
    const { replica, refs } = this.given;
    // Should the remote not answer here, the attempt below says so.
    if (await replica.queue().catch(() => false)) this.confirmed = refs.journalTip();
    let asked = false;
    const offer = offerTo(replica);
    const attempt = await this.given.attempt((...entry) => {
      asked = true;
      return offer(...entry);
    });
    const { failure } = attempt;
    if (failure === null && attempt.entry !== null) return () => attempt.settle(null);
    // Nothing to write, or refused, on a view that the remote has confirmed.
    if (failure === null && attempt.tip === this.confirmed) return () => attempt.settle(null);
    if (failure !== null && !asked) {
      if (this.offered.length === 0) throw failure;
      return this.fail(failure);
    }
    if (isLedgerError(failure, 'REMOTE_UNREACHABLE') && failure.data.outcome === 'nothing') return this.fail(failure);
    if (failure !== null) {
      this.offered.push(attempt);
      if (!(failure instanceof MovedOn) && failure.code !== 'REMOTE_REFUSED') this.open = attempt;
    }
    return this.compare(attempt);
  }

  private fail(error: LedgerError): End {
    const { replica, reject } = this.given;
    const told = this.open?.entry == null ? error : undecided(error, replica.name, this.open.entry);
    return () => reject(told);
  }

  /** Looks what the remote has now. */
  private async compare(attempt: Attempt): Promise<End | null> {
    const { objects, refs, replica } = this.given;
    try {
      await replica.sync(BOTH);
    } catch (error) {
      return this.uncompared(attempt, asLedgerError(error, 'sync'));
    }
    const tip = refs.journalTip();
    for (const earlier of this.offered) {
      const taken = earlier.entry !== null && isInHistory(objects, pointOf(objects, earlier.entry), tip);
      if (taken) return () => earlier.settle(null);
    }
    this.confirmed = tip;
    // Where another entry stands in its place, the remote can take it no more.
    if (this.open !== null && this.open.tip !== tip) this.open = null;
    return this.next(attempt, tip);
  }

  /** The remote could not be looked at after an attempt. */
  private uncompared(attempt: Attempt, error: LedgerError): End {
    const { failure } = attempt;
    // A refusal needs no remote: whatever it has, nothing happens. What the remote has taken has happened.
    if (failure === null && attempt.refused) return () => attempt.settle(null);
    if (failure?.committed === true) return () => attempt.settle(failure);
    if (failure?.code === 'REMOTE_REFUSED') return this.fail(failure);
    if (failure !== null && error.code === 'REMOTE_UNREACHABLE') this.open ??= attempt;
    return this.fail(error);
  }

  private next(attempt: Attempt, tip: Oid): End | null {
    const { failure } = attempt;
    if (failure === null) return tip === attempt.tip ? () => attempt.settle(null) : null;
    if (failure.committed) return () => attempt.settle(failure);
    if (!(failure instanceof MovedOn) && failure.code !== 'REMOTE_UNREACHABLE') return this.fail(failure);
    this.stalled = tip === attempt.tip ? this.stalled + 1 : 0;
    const patient = this.stalled <= MAX_STALLED && performance.now() < this.deadline;
    return patient ? null : this.fail(gaveUp(this.stalled, failure));
  }
}

/**
 * Runs a transaction to its end; returns what tells its callers. Rejects only where a ref of this repository stands in
 * the way and nothing was offered.
 */
export async function throughRemote(transaction: RemoteTransaction): Promise<End> {
  const run = new Run(transaction);
  for (;;) {
    const end = await run.round();
    if (end !== null) return end;
    if (run.stalled > 0) await randomPause(Math.min(FIRST_PAUSE_MS * 3 ** run.stalled, MAX_PAUSE_MS));
  }
}

function gaveUp(stalled: number, last: LedgerError): LedgerError {
  if (last.code === 'REMOTE_UNREACHABLE') return last;
  const hint =
    stalled > 0
      ? 'a ref is locked there: look for *.lock files that a killed git left in the remote'
      : 'others write faster than this node: try again';
  return new LedgerError(last.code, `${last.message}; gave up`, last.data, { hint, cause: last });
}
