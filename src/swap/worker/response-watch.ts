/**
 * Telling a worker that hangs from one that works: it is asked for a sign of life while calls wait for it.
 *
 * The utilisation of its event loop says nothing: it is 1.0 for a busy worker and for an endless loop. Silence is counted by the host's own
 * ticks, and only by those that came on time: a host that was stopped (SIGSTOP, a sleeping machine) or blocked
 * has heard nothing because it did not listen.
 */

/** A worker is suspected after this share of the limit: 5 s of 30. */
const SUSPECT_SHARE = 1 / 6;

/** Between two ticks, in milliseconds: a sixtieth of the limit within these bounds. */
const TICK_MS = { least: 20, most: 500 };

/** A tick that took so many times its pause did not come on time. */
const LATE = 2;

interface ResponseWatchParts {
  /** How long a worker may be silent, in milliseconds. */
  readonly limitMs: number;
  /** Asks the worker for a sign of life. */
  readonly ping: () => void;
  /** Called once for each silence that lasts. */
  readonly suspected: (forMs: number) => void;
  /** Called at the limit. */
  readonly hung: (forMs: number) => void;
}

export class ResponseWatch {
  readonly tickMs: number;
  private readonly parts: ResponseWatchParts;
  private timer: NodeJS.Timeout | null = null;
  private lastTick = 0;
  private silentMs = 0;
  private asked = false;
  private suspect = false;

  constructor(parts: ResponseWatchParts) {
    this.parts = parts;
    this.tickMs = Math.min(TICK_MS.most, Math.max(TICK_MS.least, parts.limitMs / 60));
  }

  /** From now on somebody waits for the worker. */
  start(): void {
    if (this.timer !== null) return;
    this.lastTick = performance.now();
    this.heard();
    this.timer = setInterval(() => this.tick(performance.now()), this.tickMs).unref();
  }

  /** Nobody waits any more. */
  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** The worker has said something. */
  heard(): void {
    this.silentMs = 0;
    this.asked = false;
    this.suspect = false;
  }

  /** `now` is of the clock of `start`, in milliseconds. */
  tick(now: number): void {
    const passed = now - this.lastTick;
    this.lastTick = now;
    if (passed > LATE * this.tickMs) return;
    const { limitMs, ping, suspected, hung } = this.parts;
    if (this.asked) this.silentMs += passed;
    else ping();
    this.asked = true;
    if (this.silentMs >= limitMs) hung(this.silentMs);
    else if (!this.suspect && this.silentMs >= limitMs * SUSPECT_SHARE) {
      this.suspect = true;
      suspected(this.silentMs);
    }
  }
}
