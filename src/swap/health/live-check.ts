/** The calls of a version that has just gone live, held against those of the version before. */

import type { Reported } from '../outcomes/reported-outcomes.js';
import type { CallCounts } from './call-counts.js';
import { Cusum, type CusumRule, MAX_BASE_FAILURES, passingShare, type Share } from './cusum.js';

/** Between two looks, in milliseconds. */
export const LOOK_MS = 100;

/** How far the share of failures may rise above the version before, and the rise beyond that which is looked for. */
export const FAILURES: CusumRule = { margin: 0.03, delta: 0.1 };

/** Of the version before 5% are slower than its 95th percentile. */
const SLOWNESS: CusumRule = { margin: 0.05, delta: 0.15 };
const SLOWER_SHARE = 0.05;

/** Calls that are answered sooner are not slow, whatever they took before, in milliseconds. */
const NEVER_SLOW_MS = 10;

/** New code is slow at first, until it is compiled and its caches are warm: for so long no call is slow, in milliseconds. */
const WARM_UP_MS = 1000;

/** Fewer calls say nothing. */
const LEAST_CALLS = 50;

/** For so long calls on the version before say how it fares now, in milliseconds. */
const CURRENT_MS = 2000;

/** So many calls that ended on the version before, half of them failed, and something else is wrong. */
const LEAST_BEFORE = 3;

/** What speaks against a version. */
export interface Complaint {
  readonly detail: string;
  /** The numbers, for a tag of the version, where outcomes that others reported are among them; else null. */
  readonly summary: string | null;
}

/** The version before, where it ran in this process. */
interface Predecessor {
  readonly version: number;
  readonly counts: CallCounts;
}

export class LiveCheck {
  private readonly counts: CallCounts;
  private readonly before: Predecessor | null;
  private readonly base: Share | null;
  private readonly slowBase: Share | null;
  private readonly failures = new Cusum(FAILURES);
  private readonly slowness = new Cusum(SLOWNESS);
  private readonly began = performance.now();
  private readonly limitMs: number;
  private readonly atStart: { readonly calls: number; readonly failed: number };
  private seen: { calls: number; failed: number; timed: number; slow: number };
  private readonly beforeAtStart: Share;
  private seenBefore: Share;
  /** What others have reported so far. */
  private outcomes: string | null = null;
  /** How the version before fared most recently, where calls still begin or end on it. */
  private current: { readonly share: Share | null; readonly at: number } = { share: null, at: 0 };

  /** A call without an answer after `limitMs` counts as failed. */
  constructor(counts: CallCounts, before: Predecessor | null, limitMs: number) {
    this.counts = counts;
    this.before = before;
    this.limitMs = limitMs;
    this.base = before?.counts.recent() ?? null;
    const { recentlyTimed = 0 } = before?.counts ?? {};
    this.slowBase = recentlyTimed < LEAST_CALLS ? null : { bad: SLOWER_SHARE * recentlyTimed, of: recentlyTimed };
    const p95 = before?.counts.percentile(1 - SLOWER_SHARE) ?? Number.POSITIVE_INFINITY;
    counts.slowMs = this.slowBase === null ? Number.POSITIVE_INFINITY : Math.max(p95, NEVER_SLOW_MS);
    const { calls, failed, timed, slow } = counts;
    this.atStart = { calls, failed };
    this.seen = { calls, failed, timed, slow };
    this.beforeAtStart = ended(before);
    this.seenBefore = this.beforeAtStart;
  }

  /**
   * What speaks against the version by now; null where nothing does. Each kind of use is held against its own of the version before:
   * the evidence of both adds up.
   */
  look(reported: Reported | null = null): Complaint | null {
    this.outcomes = reported?.summary ?? this.outcomes;
    const told = reported !== null && this.addReported(reported);
    const detail = this.lookAtCalls();
    if (told || (detail !== null && this.outcomes !== null)) return this.complaint();
    return detail === null ? null : { detail, summary: null };
  }

  private addReported({ since, base }: Reported): boolean {
    const passing = passingShare(base, FAILURES);
    return passing < MAX_BASE_FAILURES && this.failures.add(since, passing);
  }

  /** What decided, where outcomes are part of it. */
  private complaint(): Complaint {
    const { calls, failed } = this.counts;
    const [of, bad] = [calls - this.atStart.calls, failed - this.atStart.failed];
    const summary = `${this.outcomes}${of === 0 ? '' : `; ${bad} of ${of} calls failed`}`;
    return { detail: summary, summary };
  }

  private lookAtCalls(): string | null {
    this.counts.countLate(this.limitMs);
    const { calls, failed, timed, slow } = this.counts;
    const { seen } = this;
    this.seen = { calls, failed, timed, slow };
    const warm = performance.now() - this.began >= WARM_UP_MS;
    const share = this.passing();
    const since = { bad: failed - seen.failed, of: calls - seen.calls };
    if (share < MAX_BASE_FAILURES && this.failures.add(since, share)) return this.tellFailures();
    if (this.slowBase === null || !warm) return null;
    const passing = passingShare(this.slowBase, SLOWNESS);
    const tooSlow = this.slowness.add({ bad: slow - seen.slow, of: timed - seen.timed }, passing);
    return tooSlow ? this.tellSlowness() : null;
  }

  /** The share of failures that is let pass; where calls on the version before fail at the same time, no less than fail there. */
  private passing(): number {
    const now = ended(this.before);
    const since = { bad: now.bad - this.seenBefore.bad, of: now.of - this.seenBefore.of };
    if (since.of >= LEAST_CALLS) {
      this.seenBefore = now;
      this.current = { share: since, at: performance.now() };
    }
    const known = passingShare(this.base, FAILURES);
    const { share, at } = this.current;
    if (share === null || performance.now() - at > CURRENT_MS) return known;
    return Math.max(known, passingShare(share, FAILURES));
  }

  private tellFailures(): string {
    const { calls, failed } = this.counts;
    const of = calls - this.atStart.calls;
    const bad = failed - this.atStart.failed;
    return `${bad} of its ${of} calls failed (${percent(bad, of)})${this.against(this.base)}${this.blameless()}`;
  }

  private tellSlowness(): string {
    const { slowMs } = this.counts;
    return `too many of its calls took longer than ${slowMs.toFixed(1)} ms${this.against(null)}`;
  }

  /** Calls that were in flight on the version before fail as well. */
  private blameless(): string {
    if (this.before === null) return '';
    const now = ended(this.before);
    const { bad, of } = { bad: now.bad - this.beforeAtStart.bad, of: now.of - this.beforeAtStart.of };
    if (of < LEAST_BEFORE || 2 * bad < of) return '';
    return `; calls on v${this.before.version} fail now too: this version is probably not to blame`;
  }

  private against(base: Share | null): string {
    if (this.before === null || (base !== null && base.of === 0)) return '';
    const { version } = this.before;
    return base === null
      ? `, as 5% of those of v${version} do`
      : `, ${percent(base.bad, base.of)} of those of v${version}`;
  }
}

function ended(version: Predecessor | null): Share {
  return { bad: version?.counts.failed ?? 0, of: version?.counts.calls ?? 0 };
}

function percent(bad: number, of: number): string {
  return `${((100 * bad) / of).toFixed(1)}%`;
}
