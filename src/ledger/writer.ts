/**
 * Turns a batch of operations into a transaction: it is decided without a lock, signed, and published; where the journal moved meanwhile, it
 * is decided again.
 */

import { asLedgerError, type LedgerError } from '../errors.js';
import type { Policy } from '../model/policy.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Signer } from '../ports/keys.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectDrafts, Publisher } from '../ports/publisher.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { type Decided, decide, type Operation } from './decide.js';
import { checkedTime } from './identity.js';
import type { Journal, JournalState } from './journal.js';
import { movedAgain } from './journal-moved.js';
import type { LedgerNotice } from './ledger.js';
import { nextTurn } from './next-turn.js';
import { type SignedPlan, signPlan } from './plan.js';
import type { Prerequisites } from './prerequisites.js';
import type { Replica } from './replica.js';
import { type Attempt, type Offer, throughRemote } from './through-remote.js';
import { policyOf } from './verify-entry.js';
import type { WaitingOperation } from './waiting-operation.js';

/** After so many lost races the writer lock is taken first. */
const MAX_LOSSES = 3;

interface WriterParts {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly publisher: Publisher;
  readonly drafts: () => ObjectDrafts;
  readonly journal: Journal;
  readonly signer: Signer | null;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
  /** The copy elsewhere whose journal is the commit point; null: our own is. */
  readonly replica: Replica | null;
  readonly prerequisites: Prerequisites;
  /** Begins to keep the index, which nobody waits for. */
  readonly keepIndex: () => void;
}

/** How far an attempt came. */
interface Ended {
  tip: Oid | null;
  signed: SignedPlan | null;
  decided: Decided<WaitingOperation> | null;
  readonly tally: Tally;
}

/** What a transaction took so far. */
interface Tally {
  /** By `performance.now()`. */
  readonly began: number;
  retries: number;
}

export class Writer {
  private readonly parts: WriterParts;
  /** The policy in force after the last entry, and the tree that holds it. */
  private inForce: { readonly tree: Oid; readonly policy: Policy } | null = null;

  constructor(parts: WriterParts) {
    this.parts = { ...parts, now: () => checkedTime(parts.now()) };
  }

  /** Runs a batch; returns what tells its callers how it ended. */
  async transact(batch: WaitingOperation[]): Promise<() => void> {
    const { replica, refs, objects } = this.parts;
    const tally: Tally = { began: performance.now(), retries: 0 };
    if (replica !== null) {
      const reject = (error: LedgerError) => {
        for (const waiting of batch) waiting.reject(error);
      };
      let attempts = 0;
      const attempt = (offer: Offer): Promise<Attempt> => {
        if (attempts++ > 0) tally.retries += 1;
        return this.attempt(batch, offer, tally);
      };
      return throughRemote({ refs, objects, replica, attempt, reject });
    }
    const attempt = await this.attempt(batch, null, tally);
    if (attempt.failure !== null && !attempt.failure.committed) throw attempt.failure;
    return () => attempt.settle(attempt.failure);
  }

  /** Decides a batch and publishes it. Never rejects: what went wrong is in the answer. */
  private async attempt(batch: WaitingOperation[], offer: Offer | null, tally: Tally): Promise<Attempt> {
    const { publisher } = this.parts;
    const ended: Ended = { tip: null, signed: null, decided: null, tally };
    let reserved = false;
    try {
      for (let losses = 0; !(await this.round(batch, offer, ended)); losses++) {
        tally.retries += 1;
        if (losses >= 2 * MAX_LOSSES) throw movedAgain();
        if (losses !== MAX_LOSSES) continue;
        await publisher.reserve();
        reserved = true;
      }
      return this.attempted(ended, null);
    } catch (error) {
      return this.attempted(ended, asLedgerError(error, 'write'));
    } finally {
      if (reserved) await publisher.unreserve().catch(() => undefined);
    }
  }

  /** Decide, sign, publish; false where the journal moved meanwhile, so that nothing happened. */
  private async round(batch: WaitingOperation[], offer: Offer | null, ended: Ended): Promise<boolean> {
    const { journal, publisher } = this.parts;
    // Catching up, deciding, signing and publishing take a millisecond each where code runs seldom: the calls of a service run in between.
    await journal.catchUpInTurns();
    const state = journal.state();
    const { position } = journal;
    const tip = position?.tip ?? null;
    const decided = this.decideReady(batch, state);
    Object.assign(ended, { tip, decided, signed: null });
    const moved = () => journal.position?.tip !== tip;
    await nextTurn();
    const signed = await this.sign(decided, state).catch((error: unknown) => {
      // What was read while the journal moved does not belong together.
      if (!moved()) throw error;
      return null;
    });
    await nextTurn();
    if (moved()) return false;
    if (signed === null) return true;
    ended.signed = signed;
    const { plan, facts, changes } = signed;
    const entry = journal.entryOf(facts, changes);
    const index = [...(journal.unsaved ?? []), entry];
    const confirm = offer === null ? undefined : () => offer(tip ?? '', plan.entry, plan.moves);
    const outcome = await publisher.publish({ ...plan, index }, confirm);
    if (outcome === 'moved') {
      ended.signed = null;
      return false;
    }
    journal.published(entry, facts.policy, outcome.index === 'written');
    // Nobody who writes waits for the cache.
    if (outcome.index === 'absent' || journal.isDamaged) this.parts.keepIndex();
    return true;
  }

  /** Decides; operations that wait for something leave the batch, the rest is decided alone. */
  private decideReady(batch: WaitingOperation[], state: JournalState): Decided<WaitingOperation> {
    for (;;) {
      const decided = decide(batch, state, this.parts, this.parts.drafts());
      const leaving = this.parts.prerequisites.lacking(decided);
      if (leaving.length === 0) return decided;
      for (const { waiting, leave } of leaving) {
        batch.splice(batch.indexOf(waiting), 1);
        leave();
      }
    }
  }

  /**
   * Puts the journal back to the last entry of `good`, a state that was verified, in place of what was `found` at its ref, and says
   * so on top of it. The ref's value is '' where it is unreadable, null where there is none.
   */
  async restoreJournal(good: JournalState, found: Oid | null): Promise<void> {
    const foreign = found === '' ? null : found;
    const restore: Operation<void> = {
      needs: ['restored'],
      decide: (decision) => decision.add({ type: 'restored', ref: JOURNAL_REF, foreign }),
    };
    const began = performance.now();
    const decided = decide([restore], good, this.parts, this.parts.drafts());
    const signed = await this.sign(decided, good);
    if (signed === null) throw refusalOf(decided);
    const outcome = await this.parts.publisher.publish({ ...signed.plan, replacesJournal: found, index: [] });
    if (outcome === 'moved') throw movedAgain();
    this.parts.journal.reset();
    this.parts.notify(committed(signed, { began, retries: 0 }));
  }

  /** The plan of a decision, signed; null where there is nothing to write. */
  private async sign({ decision, timestamp }: Decided, state: JournalState): Promise<SignedPlan | null> {
    const { signer, objects } = this.parts;
    if (decision.events.length === 0) return null;
    if (signer === null) throw new TypeError('a transaction without a signer');
    const tip = objects.readCommit(state.records.head()?.tip ?? '');
    // Read again from the signed entry: a policy from the index alone lets nobody write.
    if (this.inForce?.tree !== tip.tree) this.inForce = { tree: tip.tree, policy: policyOf(objects, tip) };
    return signPlan(decision, timestamp, signer, this.inForce);
  }

  private attempted(ended: Ended, failure: LedgerError | null): Attempt {
    const { tip, signed, decided } = ended;
    const outcomes = decided?.outcomes ?? [];
    const settle = (error: LedgerError | null): void => {
      // Where nothing happened, nothing of it is told.
      const happened = error === null || error.committed;
      if (signed !== null && happened) this.parts.notify(committed(signed, ended.tally));
      if (happened) for (const notice of decided?.decision.notices ?? []) this.parts.notify(notice);
      for (const outcome of outcomes) {
        const { operation } = outcome;
        if ('error' in outcome) operation.reject(outcome.error);
        else if (error === null) operation.resolve(outcome.value);
        else operation.reject(error);
      }
    };
    const refused = outcomes.every((outcome) => 'error' in outcome);
    return { tip, entry: signed?.plan.entry ?? null, refused, failure, settle };
  }
}

function committed({ facts, events }: SignedPlan, { began, retries }: Tally): LedgerNotice {
  const durationMs = performance.now() - began;
  return { type: 'committed', seq: facts.text.seq, oid: facts.oid, events, durationMs, retries };
}

function refusalOf({ outcomes }: Decided): LedgerError {
  const [outcome] = outcomes;
  return outcome !== undefined && 'error' in outcome ? outcome.error : asLedgerError('nothing was decided', 'write');
}
