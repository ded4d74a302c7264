/**
 * The queue of a ledger's writes: operations that wait at the same time share a transaction, in the order they came, each of them whole or
 * not at all.
 */

import { asLedgerError, isLedgerError } from '../errors.js';
import { ADMIN_EVENTS } from '../model/format-succession.js';
import type { EventType } from '../model/ledger-event.js';
import type { Operation } from './decide.js';
import type { LedgerNotice } from './ledger.js';
import type { WaitingOperation } from './waiting-operation.js';

/** So many operations share one transaction at most: a bound on what is held in memory and under the lock. */
const MAX_BATCH = 256;

/** What an entry that says one of these says nothing else beside. */
const ALONE: readonly EventType[] = ['upgrade', 'redact'];

interface QueueParts {
  /** Runs a batch; returns what tells its callers how it ended. Operations that lack something are taken out of it. */
  readonly transact: (batch: WaitingOperation[]) => Promise<() => void>;
  readonly notify: (notice: LedgerNotice) => void;
}

export class OperationQueue {
  private readonly parts: QueueParts;
  private readonly queue: WaitingOperation[] = [];
  private running: Promise<void> | null = null;
  /** Work that nobody waits for: questions that are with the hook, pairs that are measured, the index. */
  private readonly background = new Set<Promise<void>>();

  constructor(parts: QueueParts) {
    this.parts = parts;
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
  submit<T>(operation: Operation<T>, ready: Promise<unknown> = Promise.resolve()): Promise<T> {
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

  /** Puts an operation back, with all that was found out for it. */
  enqueue(...operations: WaitingOperation[]): void {
    this.queue.push(...operations);
    this.running ??= this.drain();
  }

  /**
   * What admins say ends its batch: an entry is judged by the policy before it, so what follows needs its own, and it says one such thing. An upgrade is alone
   * in its entry: what comes before it is of the format before. So is a redaction, which looks at every version before it.
   */
  private nextBatch(): WaitingOperation[] {
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
  private async settleBatch(batch: WaitingOperation[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      (await this.parts.transact(batch))();
    } catch (error) {
      // A ref that somebody else holds or changed concerns one module: the others must not fail with it.
      const alone = batch.length > 1 && isLedgerError(error) && error.retryable;
      if (alone) for (const waiting of batch) await this.settleBatch([waiting]);
      else for (const { reject } of batch) reject(asLedgerError(error, 'write'));
    }
  }

  /** Takes work that nobody waits for but `settle`. */
  inBackground(work: Promise<void>): void {
    const done = work.finally(() => this.background.delete(done));
    this.background.add(done);
  }
}

/** The operations whose content could be staged; the others are told why not. */
async function readyOnes(batch: readonly WaitingOperation[]): Promise<WaitingOperation[]> {
  const ready: WaitingOperation[] = [];
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
