/** Outcomes that others report of a version while its health window is open here: read from where their recorders count them. */

import type { Share } from '../health/cusum.js';
import type { LiveEpoch } from '../ledger/adapter.js';
import { summaryOf, toldSince } from './judge-outcomes.js';
import type { OutcomeFile } from './outcome-file.js';

/** What was told since the last look, and what it is held against. */
export interface Reported {
  readonly since: Share;
  readonly base: Share;
  /** All that was told since the version is active, as a line that fits a tag. */
  readonly summary: string;
}

/** Nothing is counted here: every process reads the same numbers, and each looks at an outcome once. */
export class ReportedOutcomes {
  private readonly file: OutcomeFile;
  private readonly before: number | null;
  private epoch: LiveEpoch | null = null;
  private stamp = '';
  private seen: Share = { bad: 0, of: 0 };

  /** `before` is the version that the watched one replaced; null where it replaced none. */
  constructor(file: OutcomeFile, before: number | null) {
    this.file = file;
    this.before = before;
  }

  /** Since when the version is active; until that is known nothing is told. */
  from(epoch: LiveEpoch | null): void {
    this.epoch = epoch;
  }

  /** Null where nothing was told since the last look. What cannot be read counts neither way. */
  async look(): Promise<Reported | null> {
    const { epoch, file, before, seen } = this;
    if (epoch === null || epoch.since === null) return null;
    const stamp = file.stamp();
    if (stamp === this.stamp) return null;
    const record = await file.read().catch(() => null);
    if (record === null) return null;
    this.stamp = stamp;
    const { told, base } = toldSince(record, { version: epoch.version, since: epoch.since, before });
    this.seen = told;
    // Counts that begin anew have less.
    const since = { bad: Math.max(0, told.bad - seen.bad), of: Math.max(0, told.of - seen.of) };
    return since.of === 0 || since.bad > since.of ? null : { since, base, summary: summaryOf(told, base, before) };
  }
}
