/** Following a ledger: what another process or an operator makes active runs here soon after. */

import { messageOf } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { Epoch } from '../../ledger/ledger-live.js';
import type { LedgerAdapter } from '../ledger/adapter.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { Turns } from '../swap/turns.js';
import type { SwapNotice } from '../swap-types.js';

/** Processes that start together do not ask together: each pause is up to so much longer or shorter. */
const SPREAD = 0.2;

/** Between two attempts to read a ledger that cannot be read, at most, in milliseconds. */
const MAX_READ_PAUSE_MS = 30_000;

interface FollowerParts {
  readonly ledger: Ledger;
  readonly adapter: LedgerAdapter;
  /** The modules that this process runs of the ledger. */
  readonly slots: () => Iterable<ModuleSlot>;
  /** Brings a module to what is active, in its turn. */
  readonly comeUp: (slot: ModuleSlot) => Promise<void>;
  readonly turns: Turns;
  readonly emit: (notice: SwapNotice) => void;
  readonly intervalMs: number;
}

export class Follower {
  private readonly parts: FollowerParts;
  private timer: NodeJS.Timeout | null = null;
  private seen = '';
  /** A module could not be looked at in its turn: all are looked at again, though nothing may have happened since. */
  private missed = false;
  private readPauseMs: number;
  private closed = false;
  private looking: Promise<void> = Promise.resolve();

  constructor(parts: FollowerParts) {
    this.parts = parts;
    this.readPauseMs = parts.intervalMs;
    this.later(parts.intervalMs);
  }

  /** Ends it; resolves when a look that is under way has ended. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.looking;
  }

  private later(pauseMs: number): void {
    if (this.closed) return;
    const spread = pauseMs * (1 + SPREAD * (2 * Math.random() - 1));
    // A process that has nothing else to do may end.
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.later(this.readPauseMs));
    }, spread).unref();
  }

  /** The journal's tip is all that is looked at where nothing happened. Never rejects. */
  private async look(): Promise<void> {
    const { ledger, slots, intervalMs } = this.parts;
    try {
      const { oid } = await ledger.journal.position();
      this.readPauseMs = intervalMs;
      const all = [...slots()].filter((slot) => !slot.closed);
      const due = oid === this.seen && !this.missed ? all.filter(isDue) : all;
      this.missed = false;
      await Promise.all(due.map((slot) => this.follow(slot)));
      this.seen = oid;
    } catch {
      this.readPauseMs = Math.min(2 * this.readPauseMs, MAX_READ_PAUSE_MS);
    }
  }

  /** @throws what the ledger throws when read */
  private async follow(slot: ModuleSlot): Promise<void> {
    if ((await this.behind(slot)) === null) return;
    // Whoever watches a version that is not active any more sees to the rest.
    if (slot.window !== null) slot.window.interrupt({ by: 'succession' });
    // Not waited for: what loads slowly holds up no other module.
    else
      void this.parts.turns
        .run(slot.moduleId, () => this.catchUp(slot))
        .catch(() => {
          this.missed = true;
        });
  }

  /** The epoch that a module is to come to; null where it is there, or where this process has left that epoch itself. */
  private async behind(slot: ModuleSlot): Promise<Epoch | null> {
    const epoch = await this.parts.adapter.epoch(slot.moduleId);
    const { current, unreported } = slot;
    // Without a current version it did not come up when it was asked to.
    if (epoch === null || current === null) return epoch;
    if (unreported !== null) {
      const { version, since } = unreported.from;
      // A rollback that the ledger does not know yet: to follow it would be to go to the sick version again. Where somebody else has moved
      // on there is nothing to make up for.
      return version === epoch.version && (since === null || since === epoch.since) ? null : epoch;
    }
    if (current.version !== epoch.version) return epoch;
    const another = slot.epoch !== null && slot.epoch.since !== epoch.since;
    if (slot.window !== null) return another ? epoch : null;
    slot.epoch = epoch;
    return null;
  }

  private async catchUp(slot: ModuleSlot): Promise<void> {
    const { comeUp, emit } = this.parts;
    if (slot.closed) return;
    const epoch = await this.behind(slot);
    if (epoch === null) return;
    // A window that was opened while this waited for its turn: whoever watches sees to the rest.
    if (slot.window !== null) return slot.window.interrupt({ by: 'succession' });
    try {
      await comeUp(slot);
      slot.coolDown();
    } catch (error) {
      if (!slot.diverge(epoch)) return;
      const { version } = epoch;
      const runs = slot.current === null ? 'nothing runs' : `v${slot.current.version} runs on`;
      const message = `v${version} is active in the ledger and does not load here: ${messageOf(error)}; ${runs}`;
      emit({ type: 'warning', moduleId: slot.moduleId, version, code: 'ACTIVE_NOT_LOADABLE', message });
    }
  }
}

/** What could not be loaded is tried again in its time; a handle that nothing was loaded for waits for its module to have a version. */
function isDue({ adapter, diverged }: ModuleSlot): boolean {
  if (adapter === null) return true;
  return diverged !== null && performance.now() >= diverged.tryAgainAt;
}
