/**
 * Turns operations into transactions: those that wait at the same time share one journal entry, in the order they came, each of
 * them whole or not at all. A transaction is decided without a lock, signed, and published; where the journal moved
 * meanwhile, it is decided again.
 */

import { asLedgerError, isLedgerError, type LedgerError } from '../errors.js';
import { ADMIN_EVENTS } from '../model/format-succession.js';
import type { EventType } from '../model/ledger-event.js';
import type { Policy } from '../model/policy.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { SwapHook, SwapQuestion } from '../ports/hook.js';
import type { Signer } from '../ports/keys.js';
import type { Measurer } from '../ports/measuring.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectDrafts, Publisher } from '../ports/publisher.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { type Decided, decide, type Operation } from './decide.js';
import { askHook, isAnswered, notAsked } from './hook-questions.js';
import { checkedTime } from './identity.js';
import type { Journal, JournalState } from './journal.js';
import { movedAgain } from './journal-moved.js';
import type { LedgerNotice } from './ledger.js';
import { type Measurements, measurePairs, storable, storeMeasured, type UnmeasuredPair } from './measure-first.js';
import { type SignedPlan, signPlan } from './plan.js';
import type { Replica } from './replica.js';
import { type Attempt, type Offer, throughRemote } from './through-remote.js';
import { policyOf } from './verify-entry.js';

/** So many operations share one transaction at most: a bound on what is held in memory and under the lock. */
const MAX_BATCH = 256;

/** What an entry that says one of these says nothing else beside. */
const ALONE: readonly EventType[] = ['upgrade', 'redact'];

/** After so many lost races the writer lock is taken first. */
const MAX_LOSSES = 3;

/** So often a swap's question may change while the hook thinks about it, before the operation gives up. */
const MAX_ROUNDS = 20;

/** So often other pairs may take the place of those that were measured, before the operation gives up. */
const MAX_MEASURED_ROUNDS = 8;

/** So many entries that the stored index lacks are worth writing it anew. */
const WORTH_KEEPING = 512;

/** An operation that waits, and whom to tell. */
interface Waiting extends Operation {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LedgerError) => void;
  /** Settles when the operation can be decided: its content has been hashed. */
  readonly ready: Promise<unknown>;
  /** The questions that the operator's hook has let pass. */
  readonly passed: Set<string>;
  rounds: number;
  /** What was measured for it. */
  readonly measured: Measurements;
  measuredRounds: number;
}

interface WriterParts {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly publisher: Publisher;
  readonly drafts: () => ObjectDrafts;
  readonly journal: Journal;
  readonly signer: Signer | null;
  /** The operator's say before each activation. */
  readonly hook: SwapHook;
  /** Says what a version changes, where the policy asks for approvals. */
  readonly measurer: Measurer;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
  /** The copy elsewhere whose journal is the commit point; null: our own is. */
  readonly replica: Replica | null;
}

export class Writer {
  private readonly parts: WriterParts;
  private readonly queue: Waiting[] = [];
  private running: Promise<void> | null = null;
  /** The policy in force after the last entry, and the tree that holds it. */
  private inForce: { readonly tree: Oid; readonly policy: Policy } | null = null;
  /** The index could not be kept: it is tried again at this entry. */
  private keepAgainFrom = 0;
  /** Work that nobody waits for: questions that are with the hook, pairs that are measured, the index. */
  private readonly background = new Set<Promise<void>>();
  /** Settles when what is to be measured so far has been. */
  private measuring: Promise<void> = Promise.resolve();

  constructor(parts: WriterParts) {
    this.parts = { ...parts, now: () => checkedTime(parts.now()) };
  }

  /** Runs an operation in a transaction that others may share. `ready` is awaited before it is decided. */
  async run<T>(operation: Operation<T>, ready: Promise<unknown> = Promise.resolve()): Promise<T> {
    try {
      return await this.submit(operation, ready);
    } catch (error) {
      const refusal = asLedgerError(error, 'write');
      this.parts.notify({ type: 'refused', code: refusal.code, error: refusal });
      throw error;
    }
  }

  /** Puts an operation into the queue. */
  private submit<T>(operation: Operation<T>, ready: Promise<unknown> = Promise.resolve()): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.enqueue({
        ...operation,
        resolve: resolve as (value: unknown) => void,
        reject,
        ready,
        passed: new Set(),
        rounds: 0,
        measured: new Map(),
        measuredRounds: 0,
      });
    });
  }

  /** Waits for everything that was asked for. */
  async settle(): Promise<void> {
    while (this.running !== null || this.background.size > 0)
      await (this.running ?? Promise.allSettled(this.background));
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

  /** Writes the index anew where that is cheaper for the next reader than what it would have to replay. */
  async keepIndex(): Promise<void> {
    const { journal, publisher } = this.parts;
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

  private enqueue(...operations: Waiting[]): void {
    this.queue.push(...operations);
    this.running ??= this.drain();
  }

  /**
   * What admins say ends its batch: an entry is judged by the policy before it, so what follows needs its own, and it says one such thing. An upgrade is alone
   * in its entry: what comes before it is of the format before. So is a redaction, which looks at every version before it.
   */
  private nextBatch(): Waiting[] {
    const change = this.queue.findIndex(({ needs }) => needs.some((type) => ADMIN_EVENTS.includes(type)));
    const alone = change > 0 && this.queue[change]?.needs.some((type) => ALONE.includes(type)) === true;
    return this.queue.splice(0, change === -1 ? MAX_BATCH : Math.min(alone ? change : change + 1, MAX_BATCH));
  }

  private async drain(): Promise<void> {
    // Calls of the same turn of the event loop go into the same transaction.
    await Promise.resolve();
    while (this.queue.length > 0) await this.settleBatch(await readyOnes(this.nextBatch()));
    // In the same turn as the look at the queue: whoever comes later starts anew.
    this.running = null;
  }

  /** Settles every operation of a batch; those that wait for the operator's hook, or for a measurement, leave it, and come back. */
  private async settleBatch(batch: Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      (await this.transact(batch))();
    } catch (error) {
      // A ref that somebody else holds or changed concerns one module: the others must not fail with it.
      const alone = batch.length > 1 && isLedgerError(error) && error.retryable;
      if (alone) for (const waiting of batch) await this.settleBatch([waiting]);
      else for (const { reject } of batch) reject(asLedgerError(error, 'write'));
    }
  }

  /** Runs a batch; returns what tells its callers how it ended. */
  private async transact(batch: Waiting[]): Promise<() => void> {
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
  private async attempt(batch: Waiting[], offer: Offer | null, tally: Tally): Promise<Attempt> {
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
  private async round(batch: Waiting[], offer: Offer | null, ended: Ended): Promise<boolean> {
    const { journal, publisher } = this.parts;
    const state = journal.state();
    const { position } = journal;
    const tip = position?.tip ?? null;
    const decided = this.decideReady(batch, state);
    Object.assign(ended, { tip, decided, signed: null });
    const moved = () => journal.position?.tip !== tip;
    const signed = await this.sign(decided, state).catch((error: unknown) => {
      // What was read while the journal moved does not belong together.
      if (!moved()) throw error;
      return null;
    });
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
    if (outcome.index === 'absent' || journal.isDamaged) this.inBackground(this.keepIndex());
    return true;
  }

  /** Decides; operations that wait for something leave the batch, the rest is decided alone. */
  private decideReady(batch: Waiting[], state: JournalState): Decided<Waiting> {
    for (;;) {
      const decided = decide(batch, state, this.parts, this.parts.drafts());
      const leaving = [...this.measuredFirst(decided), ...this.askedFirst(decided)];
      if (leaving.length === 0) return decided;
      for (const { waiting, leave } of leaving) {
        batch.splice(batch.indexOf(waiting), 1);
        leave();
      }
    }
  }

  /** The operations with pairs that are to be measured. */
  private measuredFirst({ outcomes }: Decided<Waiting>): Leaving[] {
    return outcomes.flatMap((outcome) => {
      if ('error' in outcome || outcome.unmeasured.length === 0) return [];
      const { operation: waiting, unmeasured } = outcome;
      return [{ waiting, leave: () => this.measure(waiting, unmeasured) }];
    });
  }

  /** The operations with a question that the operator's hook has not answered. */
  private askedFirst({ outcomes }: Decided<Waiting>): Leaving[] {
    const open = outcomes.flatMap((outcome) => {
      if ('error' in outcome || outcome.unmeasured.length > 0) return [];
      const { operation: waiting } = outcome;
      const questions = outcome.questions.filter((question) => !isAnswered(waiting.passed, question));
      return questions.length === 0 ? [] : [{ waiting, leave: () => this.ask(waiting, questions) }];
    });
    // The hook's file is looked at only where there is something to ask.
    return open.length > 0 && this.parts.hook.present() ? open : [];
  }

  /**
   * Measures outside the queue, for one operation after the other, so that they come back in the order in which they left.
   * What is found of versions in the ledger is stored at once: it stands whatever becomes of the activation.
   */
  private measure(waiting: Waiting, pairs: readonly UnmeasuredPair[]): void {
    const measured = this.measuring.then(async () => {
      waiting.measuredRounds += 1;
      if (waiting.measuredRounds > MAX_MEASURED_ROUNDS) throw movedAgain();
      await measurePairs(this.parts, pairs, waiting.measured);
      for (const [pair, found] of storable(pairs, waiting.measured))
        await this.submit({ needs: ['report'], decide: (decision) => storeMeasured(decision, pair, found) });
      this.enqueue(waiting);
    });
    this.measuring = measured.catch((error: unknown) => waiting.reject(asLedgerError(error, 'measure')));
    this.inBackground(this.measuring);
  }

  /** Asks the hook outside the queue: a slow hook holds up nobody else. The operation comes back when it has answered. */
  private ask(waiting: Waiting, questions: readonly SwapQuestion[]): void {
    const asked = askHook(this.parts.hook, questions, waiting.passed).then(() => {
      waiting.rounds += 1;
      if (waiting.rounds >= MAX_ROUNDS) throw notAsked();
      this.enqueue(waiting);
    });
    this.inBackground(asked.catch((error: unknown) => waiting.reject(asLedgerError(error, 'ask the hook'))));
  }

  private inBackground(work: Promise<void>): void {
    const done = work.finally(() => this.background.delete(done));
    this.background.add(done);
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

/** An operation that leaves its batch, and what it does then. */
interface Leaving {
  readonly waiting: Waiting;
  readonly leave: () => void;
}

/** How far an attempt came. */
interface Ended {
  tip: Oid | null;
  signed: SignedPlan | null;
  decided: Decided<Waiting> | null;
  readonly tally: Tally;
}

/** What a transaction took so far. */
interface Tally {
  /** By `performance.now()`. */
  readonly began: number;
  retries: number;
}

/** The operations whose content could be staged; the others are told why not. */
async function readyOnes(batch: readonly Waiting[]): Promise<Waiting[]> {
  const ready: Waiting[] = [];
  for (const waiting of batch) {
    try {
      await waiting.ready;
      ready.push(waiting);
    } catch (error) {
      waiting.reject(asLedgerError(error, 'stage files'));
    }
  }
  return ready;
}

function committed({ facts, events }: SignedPlan, { began, retries }: Tally): LedgerNotice {
  const durationMs = performance.now() - began;
  return { type: 'committed', seq: facts.text.seq, oid: facts.oid, events, durationMs, retries };
}

function refusalOf({ outcomes }: Decided): LedgerError {
  const [outcome] = outcomes;
  return outcome !== undefined && 'error' in outcome ? outcome.error : asLedgerError('nothing was decided', 'write');
}
