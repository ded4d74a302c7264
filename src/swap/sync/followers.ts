/** The ledgers that are followed, each once: callers come to whatever becomes active in one of them, whoever made it so. */

import type { Ledger } from '../../ledger/ledger.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import type { Turns } from '../swap/turns.js';
import type { SwapNotice } from '../swap-types.js';
import type { SwapperSettings } from '../swapper-options.js';
import { Follower } from './follower.js';
import { RemotePulls } from './remote-pulls.js';

interface FollowersParts {
  readonly settings: Pick<SwapperSettings, 'followIntervalMs' | 'pullIntervalMs'>;
  /** Of all modules. */
  readonly slots: () => Iterable<ModuleSlot>;
  /** Brings callers of a module to what is active in a ledger. */
  readonly comeUp: (slot: ModuleSlot, ledger: Ledger) => Promise<void>;
  readonly turns: Turns;
  readonly emit: (notice: SwapNotice) => void;
}

export class Followers {
  private readonly parts: FollowersParts;
  private readonly followers = new Map<Ledger, Follower>();
  private readonly pulls: RemotePulls[] = [];

  constructor(parts: FollowersParts) {
    this.parts = parts;
  }

  /** Follows a ledger from now on, unless it is followed already. */
  follow(ledger: Ledger, { adapter }: Source): void {
    const { settings, turns, emit, comeUp } = this.parts;
    const { followIntervalMs, pullIntervalMs } = settings;
    if (followIntervalMs === 0 || this.followers.has(ledger)) return;
    // A handle that nothing was asked of yet is of this ledger where there is no other.
    const isOf = (slot: ModuleSlot) => slot.adapter === adapter || (slot.adapter === null && this.followers.size === 1);
    const slots = () => [...this.parts.slots()].filter(isOf);
    this.followers.set(
      ledger,
      new Follower({
        ledger,
        adapter,
        slots,
        comeUp: (slot) => comeUp(slot, ledger),
        turns,
        emit,
        intervalMs: followIntervalMs,
      }),
    );
    if (pullIntervalMs > 0)
      this.pulls.push(new RemotePulls({ replicas: ledger.replicas, intervalMs: pullIntervalMs, now: Date.now }));
  }

  /** Follows none of them any more. */
  async close(): Promise<void> {
    for (const pulls of this.pulls) pulls.close();
    await Promise.all([...this.followers.values()].map((follower) => follower.close()));
  }
}
