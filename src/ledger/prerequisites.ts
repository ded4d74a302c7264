/**
 * What an operation needs before it can be decided: the levels of its pairs, and the word of the operator's hook. Both take long, so the
 * operation leaves its batch for them, holds up nobody, and comes back when it has them.
 */

import { asLedgerError } from '../errors.js';
import type { SwapHook, SwapQuestion } from '../ports/hook.js';
import type { Measurer } from '../ports/measuring.js';
import type { ObjectReader } from '../ports/repository.js';
import type { Decided } from './decide.js';
import { askHook, isAnswered, notAsked } from './hook-questions.js';
import { movedAgain } from './journal-moved.js';
import { measurePairs, storable, storeMeasured, type UnmeasuredPair } from './measure-first.js';
import type { OperationQueue } from './operation-queue.js';
import type { WaitingOperation } from './waiting-operation.js';

/** So often a swap's question may change while the hook thinks about it, before the operation gives up. */
const MAX_ROUNDS = 20;

/** So often other pairs may take the place of those that were measured, before the operation gives up. */
const MAX_MEASURED_ROUNDS = 8;

/** An operation that leaves its batch, and what it does then. */
export interface Leaving {
  readonly waiting: WaitingOperation;
  readonly leave: () => void;
}

interface PrerequisiteParts {
  readonly objects: ObjectReader;
  /** The operator's say before each activation. */
  readonly hook: SwapHook;
  /** Says what a version changes, where the policy asks for approvals. */
  readonly measurer: Measurer;
  /** Where operations come from, and come back to. */
  readonly queue: OperationQueue;
}

export class Prerequisites {
  private readonly parts: PrerequisiteParts;
  /** Settles when what is to be measured so far has been. */
  private measuring: Promise<void> = Promise.resolve();

  constructor(parts: PrerequisiteParts) {
    this.parts = parts;
  }

  /** The operations that lack something. */
  lacking(decided: Decided<WaitingOperation>): Leaving[] {
    return [...this.measuredFirst(decided), ...this.askedFirst(decided)];
  }

  /** The operations with pairs that are to be measured. */
  private measuredFirst({ outcomes }: Decided<WaitingOperation>): Leaving[] {
    return outcomes.flatMap((outcome) => {
      if ('error' in outcome || outcome.unmeasured.length === 0) return [];
      const { operation: waiting, unmeasured } = outcome;
      return [{ waiting, leave: () => this.measure(waiting, unmeasured) }];
    });
  }

  /** The operations with a question that the operator's hook has not answered. */
  private askedFirst({ outcomes }: Decided<WaitingOperation>): Leaving[] {
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
  private measure(waiting: WaitingOperation, pairs: readonly UnmeasuredPair[]): void {
    const measured = this.measuring.then(async () => {
      waiting.measuredRounds += 1;
      if (waiting.measuredRounds > MAX_MEASURED_ROUNDS) throw movedAgain();
      await measurePairs(this.parts, pairs, waiting.measured);
      for (const [pair, found] of storable(pairs, waiting.measured))
        await this.parts.queue.submit({
          needs: ['report'],
          decide: (decision) => storeMeasured(decision, pair, found),
        });
      this.parts.queue.enqueue(waiting);
    });
    this.measuring = measured.catch((error: unknown) => waiting.reject(asLedgerError(error, 'measure')));
    this.parts.queue.inBackground(this.measuring);
  }

  /** Asks the hook outside the queue: a slow hook holds up nobody else. The operation comes back when it has answered. */
  private ask(waiting: WaitingOperation, questions: readonly SwapQuestion[]): void {
    const asked = askHook(this.parts.hook, questions, waiting.passed).then(() => {
      waiting.rounds += 1;
      if (waiting.rounds >= MAX_ROUNDS) throw notAsked();
      this.parts.queue.enqueue(waiting);
    });
    this.parts.queue.inBackground(
      asked.catch((error: unknown) => waiting.reject(asLedgerError(error, 'ask the hook'))),
    );
  }
}
