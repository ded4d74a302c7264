/** What the calls of one version came to: how many failed, how long they took, and which are not answered yet. */

/** What a call came to; one that its caller gave up counts neither way. */
export type CallOutcome = 'well' | 'failed' | 'aborted';

/** Says what a call came to, by what it threw or answered. */
export interface CallJudge {
  thrown(error: unknown): CallOutcome;
  answered(value: unknown): CallOutcome;
}

/** The calls of a version through a handle, in this process. */
export interface CallStatistics {
  /** Calls that ended well or failed. */
  readonly calls: number;
  readonly failed: number;
  /** The 95th percentile of the time to the answer of the last 2,000 calls that were timed, in milliseconds; null where none was. */
  readonly p95Ms: number | null;
}

/** A call that was not answered at once. */
export interface OpenCall {
  readonly since: number;
  /** True where it was counted as failed, because it took too long. */
  late: boolean;
}

/** So many calls back the numbers of a version go, when the next one is held against them. */
const KEPT = 2000;

/** One in so many synchronous calls is timed: a look at the clock costs more than to count. */
const TIMED_EACH = 16;

export class CallCounts {
  /** Calls that ended, and how many of them failed. */
  calls = 0;
  failed = 0;
  /** Calls that were timed, and how many of them took longer than `slowMs`. */
  timed = 0;
  slow = 0;
  slowMs = Number.POSITIVE_INFINITY;
  private readonly outcomes = new Uint8Array(KEPT);
  private recentlyFailed = 0;
  private readonly times = new Float64Array(KEPT);
  private readonly open = new Set<OpenCall>();
  private begun = 0;
  /** The last call answered with a promise: the next one may, too. */
  private async = false;

  /** Begins a call: the time, in milliseconds of `performance.now()`, or -1 where it is not timed. */
  begin(): number {
    this.begun = (this.begun + 1) % TIMED_EACH;
    return this.async || this.begun === 0 ? performance.now() : -1;
  }

  /** The call answered at once. */
  answeredAtOnce(since: number, outcome: CallOutcome): void {
    this.async = false;
    if (since >= 0) this.time(performance.now() - since);
    this.count(outcome);
  }

  /** The call is not answered yet. */
  opened(call: OpenCall): void {
    this.async = true;
    this.open.add(call);
  }

  /** It is: what is streamed may go on. */
  answered(call: OpenCall): void {
    if (this.open.delete(call) && !call.late) this.time(performance.now() - call.since);
  }

  /** It ended. */
  ended(call: OpenCall, outcome: CallOutcome): void {
    this.answered(call);
    if (!call.late) this.count(outcome);
  }

  /** Counts calls as failed that have no answer after `limitMs`. */
  countLate(limitMs: number): void {
    const before = performance.now() - limitMs;
    for (const call of this.open) {
      if (call.since > before) return;
      call.late = true;
      this.open.delete(call);
      this.count('failed');
    }
  }

  /** The last calls, up to 2,000. */
  recent(): { readonly bad: number; readonly of: number } {
    return { bad: this.recentlyFailed, of: Math.min(this.calls, KEPT) };
  }

  /** How many of the last timed calls there are. */
  get recentlyTimed(): number {
    return Math.min(this.timed, KEPT);
  }

  statistics(): CallStatistics {
    return { calls: this.calls, failed: this.failed, p95Ms: this.percentile(0.95) };
  }

  /** Of the last timed calls, in milliseconds; null where there is none. */
  percentile(share: number): number | null {
    const known = this.times.slice(0, this.recentlyTimed).sort();
    return known[Math.min(known.length - 1, Math.floor(known.length * share))] ?? null;
  }

  private time(ms: number): void {
    this.times[this.timed % KEPT] = ms;
    this.timed += 1;
    if (ms > this.slowMs) this.slow += 1;
  }

  private count(outcome: CallOutcome): void {
    if (outcome === 'aborted') return;
    const at = this.calls % KEPT;
    const bad = outcome === 'failed' ? 1 : 0;
    this.recentlyFailed += bad - (this.outcomes[at] ?? 0);
    this.outcomes[at] = bad;
    this.calls += 1;
    this.failed += bad;
  }
}
