/** Bringing what other machines have made active to a copy whose writes go through a remote: reads never ask the remote. */

import type { LedgerReplicas } from '../../ledger/ledger-replicas.js';

/** Copies of one remote do not ask together: each pause is up to so much longer or shorter. */
const SPREAD = 0.2;

/** Between two attempts to reach a remote that does not answer, at most, in milliseconds. */
const MAX_PAUSE_MS = 30_000;

interface RemotePullsParts {
  readonly replicas: LedgerReplicas;
  /** Milliseconds between two pulls. */
  readonly intervalMs: number;
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Pulls for as long as it is open, where writes go through a remote. That one fails stands in the ledger's `replicas.status` and metrics. */
export class RemotePulls {
  private readonly parts: RemotePullsParts;
  private timer: NodeJS.Timeout | null = null;
  private pauseMs: number;
  private closed = false;

  constructor(parts: RemotePullsParts) {
    this.parts = parts;
    this.pauseMs = parts.intervalMs;
    this.later();
  }

  /** Ends it. A pull that is under way is not waited for: a remote that hangs would hold up whoever shuts down. */
  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private later(): void {
    if (this.closed) return;
    const spread = this.pauseMs * (1 + SPREAD * (2 * Math.random() - 1));
    this.timer = setTimeout(() => void this.pull().then((goesOn) => goesOn && this.later()), spread).unref();
  }

  /** False where writes go through no remote. Never rejects. */
  private async pull(): Promise<boolean> {
    const { replicas, intervalMs, now } = this.parts;
    try {
      const { remote, lastContact } = await replicas.status();
      if (remote === null) return false;
      // Processes at one copy share what one of them has brought.
      const age = now() - (lastContact ?? 0) * 1000;
      if (age < 0 || age >= intervalMs / 2) await replicas.pull();
      this.pauseMs = intervalMs;
    } catch {
      this.pauseMs = Math.min(2 * this.pauseMs, MAX_PAUSE_MS);
    }
    return true;
  }
}
