/** Rollbacks that the ledger could not be told of: tried again and again, in the module's turn, until it knows. */

import { messageOf } from '../../errors.js';
import type { LedgerAdapter } from '../ledger/adapter.js';
import type { ModuleSlot } from '../module/module-slot.js';
import { telling } from '../swap/roll-back.js';
import type { Turns } from '../swap/turns.js';
import type { SwapNotice } from '../swap-types.js';
import { withTimeLimit } from '../time-limit.js';
import { reportRollback } from './catch-up.js';

/** Between two attempts, at first and at most, in milliseconds. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;

/** How long a swapper that closes tries once more, in milliseconds. */
const LAST_TRY_MS = 5000;

export class UnreportedRollbacks {
  private readonly turns: Turns;
  private readonly emit: (notice: SwapNotice) => void;
  private readonly retried = new Map<ModuleSlot, { readonly adapter: LedgerAdapter; timer: NodeJS.Timeout | null }>();
  private closed = false;

  constructor(turns: Turns, emit: (notice: SwapNotice) => void) {
    this.turns = turns;
    this.emit = emit;
  }

  /** Tells the ledger of the module's rollback as soon as it can be told; without effect where it knows, or is being told already. */
  retry(slot: ModuleSlot, adapter: LedgerAdapter): void {
    if (slot.unreported === null || this.closed || this.retried.has(slot)) return;
    this.retried.set(slot, { adapter, timer: null });
    this.later(slot, FIRST_PAUSE_MS);
  }

  private later(slot: ModuleSlot, pauseMs: number): void {
    const entry = this.retried.get(slot);
    if (entry === undefined || this.closed) return;
    // A process that has nothing else to do may end.
    entry.timer = setTimeout(() => void this.attempt(slot, entry.adapter, pauseMs), pauseMs).unref();
  }

  private async attempt(slot: ModuleSlot, adapter: LedgerAdapter, pauseMs: number): Promise<void> {
    try {
      await this.turns.run(slot.moduleId, () => reportRollback(slot, adapter, this.emit));
      this.retried.delete(slot);
    } catch {
      this.later(slot, Math.min(pauseMs * 2, MAX_PAUSE_MS));
    }
  }

  /** Tries once more for a while, and says what stays untold. To be called when no turn is under way. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { timer } of this.retried.values()) if (timer !== null) clearTimeout(timer);
    await Promise.all([...this.retried].map(([slot, { adapter }]) => this.lastTry(slot, adapter)));
  }

  private async lastTry(slot: ModuleSlot, adapter: LedgerAdapter): Promise<void> {
    const { unreported } = slot;
    if (unreported === null) return;
    const limit = { what: 'telling the ledger', limitMs: LAST_TRY_MS };
    await withTimeLimit(limit, () => reportRollback(slot, adapter, this.emit)).catch((error: unknown) => {
      const { from, to } = unreported;
      const { moduleId } = slot;
      const command = telling(moduleId, to.version);
      const message = `the ledger still has v${from.version} active: ${messageOf(error)}; tell it with: ${command}`;
      this.emit({ type: 'warning', moduleId, version: to.version, code: 'ROLLBACK_NOT_JOURNALED', message });
    });
  }
}
