/**
 * Turns among writers that cannot see one another. A remote takes the first push that comes; whoever lost has to fetch and verify what the
 * winner wrote, so that a winner who writes again at once is first again, for as long as it has something to write.
 */

/** So long a writer may write without a break, in milliseconds. */
const STREAK_MS = 1000;

/** A look at the remote and an offer take another writer about twice an offer: in a break of this many it gets its turn. */
const BREAK_OFFERS = 4;

/** The longest break, in milliseconds: a rollback may wait behind it. */
const MAX_BREAK_MS = 500;

export class WriteStreak {
  /** A clock that only goes forward, in milliseconds. */
  private readonly now: () => number;
  private began = 0;
  private lastTaken = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Tells that the remote has taken an offer. */
  taken(): void {
    this.lastTaken = this.now();
  }

  /** Begins a write: how long it has to wait, in milliseconds; 0 where others had a turn not long ago. `offerMs`: what an offer takes. */
  beginWrite(offerMs: number): number {
    const now = this.now();
    const hasRested = now - this.lastTaken >= BREAK_OFFERS * offerMs;
    if (!hasRested && now - this.began < STREAK_MS) return 0;
    const pause = hasRested ? 0 : Math.min(BREAK_OFFERS * offerMs, MAX_BREAK_MS);
    this.began = now + pause;
    return pause;
  }
}
