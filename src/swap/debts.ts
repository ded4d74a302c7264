/** Rollbacks that the ledger could not be told of: tried again and again, in the module's turn, until it knows. */

import type { Book } from './book.js';
import { payDebt } from './catch-up.js';
import type { SwapNotice } from './contract.js';
import type { ModuleSlot } from './module-slot.js';
import { messageOf } from './opinion.js';
import type { SwapWarningCode } from './swap-codes.js';
import type { Turns } from './turns.js';

/** Between two attempts, at first and at most, in milliseconds. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;

/** How long a swapper that closes tries once more, in milliseconds. */
const LAST_TRY_MS = 5000;

export class Debts {
  private readonly turns: Turns;
  private readonly emit: (notice: SwapNotice) => void;
  private readonly owing = new Map<ModuleSlot, { readonly book: Book; timer: NodeJS.Timeout | null }>();
  private closed = false;

  constructor(turns: Turns, emit: (notice: SwapNotice) => void) {
    this.turns = turns;
    this.emit = emit;
  }

  /** Sees to it that what a slot owes is paid. Without effect where it owes nothing, or is seen to already. */
  chase(slot: ModuleSlot, book: Book): void {
    if (slot.debt === null || this.closed || this.owing.has(slot)) return;
    this.owing.set(slot, { book, timer: null });
    this.later(slot, FIRST_PAUSE_MS);
  }

  private later(slot: ModuleSlot, pauseMs: number): void {
    const debt = this.owing.get(slot);
    if (debt === undefined || this.closed) return;
    // A process that has nothing else to do may end.
    debt.timer = setTimeout(() => void this.attempt(slot, debt.book, pauseMs), pauseMs).unref();
  }

  private async attempt(slot: ModuleSlot, book: Book, pauseMs: number): Promise<void> {
    try {
      await this.turns.run(slot.moduleId, () => this.pay(slot, book));
      this.owing.delete(slot);
    } catch {
      this.later(slot, Math.min(pauseMs * 2, MAX_PAUSE_MS));
    }
  }

  private async pay(slot: ModuleSlot, book: Book): Promise<void> {
    const { debt } = slot;
    await payDebt(slot, book);
    if (debt === null) return;
    const { version } = debt.to;
    this.warn(slot, version, 'ROLLBACK_JOURNALED', `the ledger knows now that v${version} runs again`);
  }

  private warn({ moduleId }: ModuleSlot, version: number, code: SwapWarningCode, message: string): void {
    this.emit({ type: 'warning', moduleId, version, code, message });
  }

  /** Tries once more for a while, and says what stays untold. To be called when no turn is under way. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { timer } of this.owing.values()) if (timer !== null) clearTimeout(timer);
    await Promise.all([...this.owing].map(([slot, { book }]) => this.lastTry(slot, book)));
  }

  private async lastTry(slot: ModuleSlot, book: Book): Promise<void> {
    const { debt } = slot;
    if (debt === null) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${LAST_TRY_MS / 1000} s`)), LAST_TRY_MS);
    });
    const paying = this.pay(slot, book);
    await Promise.race([paying, late]).catch((error: unknown) => {
      const todo = `git-lineage rollback ${slot.moduleId} --to ${debt.to.version}`;
      this.warn(
        slot,
        debt.to.version,
        'ROLLBACK_NOT_JOURNALED',
        `the ledger still has v${debt.from.version} active: ${messageOf(error)}; tell it with: ${todo}`,
      );
    });
    paying.catch(() => undefined);
    clearTimeout(timer);
  }
}
