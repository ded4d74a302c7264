/** How severe the changes of pairs of types are, where only that was asked: for good, or as long as a pair that they lead to is in progress. */

import { type CompatibilityLevel, moreSevere } from '../../model/report.js';

/** A rank, and how deep the least deep pair in progress is that was taken for equal for it: `Infinity` where none was. */
interface Rank {
  readonly level: CompatibilityLevel;
  readonly low: number;
}

export class Ranks {
  private readonly known = new Map<string, CompatibilityLevel>();
  private readonly assumed = new Map<string, Rank>();

  find(key: string): Rank | undefined {
    const level = this.known.get(key);
    return level === undefined ? this.assumed.get(key) : { level, low: Number.POSITIVE_INFINITY };
  }

  /**
   * Takes note of the rank of a pair at `depth`. True where that hangs on a pair in progress: whoever is told so passes the key to `settle`
   * when that pair is done. Nothing is worse than BREAKING, whatever becomes of what was taken for equal.
   */
  add(key: string, { level, low }: Rank, depth: number): boolean {
    if (level === 'BREAKING' || low >= depth) {
      this.known.set(key, level);
      return false;
    }
    this.assumed.set(key, { level, low });
    return true;
  }

  /**
   * The pair at `depth` is done, and is `own`; null where that is not known. Returns the keys inside that hang on pairs further out. A rank is
   * made of the worst or the best of what it leads to, so that it stands where the pair that was taken for equal is no worse. An UNKNOWN
   * that stands so may be BREAKING (what may not fit counts for what does not), and never less.
   */
  settle(inside: readonly string[], own: Rank | null, depth: number): string[] {
    return inside.filter((key) => {
      const rank = this.assumed.get(key);
      this.assumed.delete(key);
      if (rank === undefined || own === null) return false;
      if (moreSevere(own.level, rank.level) !== rank.level) return false;
      return this.add(key, { level: rank.level, low: Math.min(rank.low, own.low) }, depth);
    });
  }
}
