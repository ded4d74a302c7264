/** Pairs of types that are being compared, one inside of another, and what is known of those that were. */

import type { Finding } from '../../model/assessment.js';
import type { CompatibilityLevel } from '../../model/report.js';
import { Ranks } from './ranks.js';
import { newToldPair, type ToldPair, ToldPairs, toldKey } from './told-pairs.js';
import type { Meeting } from './type-places.js';

/** A pair of types that is being compared. */
interface Frame {
  /** The least deep pair in progress that this one took for equal, itself or in a part of it. */
  low: number;
  /** True where something in it was left out because it has been told already. */
  told: boolean;
  /** Pairs inside that are equal if this one's assumptions hold. */
  readonly pending: string[];
  /** Pairs inside whose ranks hold if this one's assumptions do. */
  readonly ranked: string[];
}

/** What was found in a pair that has a change. */
interface Change {
  readonly findings: readonly Finding[];
  /** How severe it is; null where nobody asked, or where it leaves out what has been told. */
  readonly level: CompatibilityLevel | null;
  /** True where somebody reads what is said of it. */
  readonly isTold: boolean;
}

/** Each pair has a key, of its types and its role. */
export class PairsInProgress {
  /** Pairs whose changes are in a sink. */
  readonly told = new ToldPairs();
  /** Pairs between which callers find no difference. */
  private readonly same = new Set<string>();
  private readonly changed = new Set<string>();
  private readonly ranks = new Ranks();
  private readonly inProgress = new Map<string, number>();
  /** Pairs that are equal if some less deep pair in progress is, and how deep that is. */
  private readonly pending = new Map<string, number>();
  private readonly frames: Frame[] = [];

  /** How many pairs are in progress. */
  get depth(): number {
    return this.frames.length;
  }

  isSame(key: string): boolean {
    return this.same.has(key);
  }

  isChanged(key: string): boolean {
    return this.changed.has(key);
  }

  /** What was found equal is not known to be. */
  forgetSame(): void {
    this.same.clear();
  }

  /** How severe the change of a pair is, where that is known; what that hangs on is taken for equal. */
  rankOf(key: string): CompatibilityLevel | null {
    const rank = this.ranks.find(key);
    if (rank === undefined) return null;
    this.assume(rank.low);
    return rank.level;
  }

  /** What was told of a pair; null where it is told elsewhere, undefined where nothing was. What was told is left out of the pair around it. */
  toldOf(key: string, met: Meeting): ToldPair | null | undefined {
    const told = this.told.find(key, met);
    const frame = this.frames.at(-1);
    if (told !== undefined && frame !== undefined) frame.told = true;
    return told;
  }

  /** Takes a pair for equal that is being compared further out, or that hangs on one; false for any other. */
  assumeSame(key: string): boolean {
    const running = this.inProgress.get(key) ?? this.pending.get(key);
    if (running === undefined) return false;
    this.assume(running);
    return true;
  }

  private assume(depth: number): void {
    const frame = this.frames.at(-1);
    if (frame !== undefined) frame.low = Math.min(frame.low, depth);
  }

  begin(key: string): void {
    const { depth } = this;
    this.frames.push({ low: depth, told: false, pending: [], ranked: [] });
    this.inProgress.set(key, depth);
  }

  private end(key: string): Frame {
    const frame = this.frames.pop();
    if (frame === undefined) throw new Error('no pair is in progress');
    this.inProgress.delete(key);
    return frame;
  }

  /** The innermost pair is done, and has a change. */
  endChanged(key: string, met: Meeting, { findings, level, isTold }: Change): void {
    const frame = this.end(key);
    const { depth } = this;
    this.changed.add(key);
    this.leave(frame);
    if (isTold) this.leaveTold(toldKey(key, met), frame, newToldPair(met.path, findings));
    const rank = level === null ? null : { level, low: frame.low };
    this.settleRanks(frame, rank);
    if (rank === null) return;
    if (this.ranks.add(key, rank, depth)) this.frames.at(-1)?.ranked.push(key);
    // Whatever this is a part of is no worse for it as long as that holds.
    if (level !== 'BREAKING') this.assume(frame.low);
  }

  /** The innermost pair is done, and has no change that was not told. */
  endSame(key: string, isTold: boolean): void {
    const frame = this.end(key);
    const { depth } = this;
    const parent = this.frames.at(-1);
    this.settleRanks(frame, frame.told ? null : { level: 'COMPATIBLE', low: frame.low });
    if (frame.told) {
      this.leave(frame);
      if (isTold) this.leaveTold(key, frame, null);
      if (parent !== undefined) parent.told = true;
    } else if (frame.low >= depth) {
      this.same.add(key);
      for (const pending of frame.pending) {
        this.same.add(pending);
        this.pending.delete(pending);
      }
    } else if (parent !== undefined) {
      parent.low = Math.min(parent.low, frame.low);
      this.pending.set(key, frame.low);
      parent.pending.push(key);
      for (const pending of frame.pending) {
        this.pending.set(pending, Math.min(frame.low, this.pending.get(pending) ?? depth));
        parent.pending.push(pending);
      }
    }
  }

  private settleRanks({ ranked }: Frame, own: { level: CompatibilityLevel; low: number } | null): void {
    const open = this.ranks.settle(ranked, own, this.depth);
    this.frames.at(-1)?.ranked.push(...open);
  }

  /** The pairs inside that hang on one in progress are not known to be equal. */
  private leave({ pending }: Frame): void {
    for (const one of pending) this.pending.delete(one);
  }

  /**
   * A pair that has a change, and the pairs inside that hang on one in progress: what changed in them has been told, or is told where it is.
   * They are not followed again on every road that leads to them: what was said of them is said again there.
   */
  private leaveTold(name: string, { pending }: Frame, told: ToldPair | null): void {
    this.told.leave(name, told);
    for (const one of pending) this.told.leave(one, null);
  }
}
