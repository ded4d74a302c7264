/** Pairs of types whose changes have been told: where, and what is said of them where they are met again. */

import { type Finding, MAX_FINDINGS } from '../../model/assessment.js';
import { exportOf, isWithin, type Meeting } from './type-places.js';

/** What was told of a pair: where it was met first, what was said of it there, and in which exports it has been said. */
export interface ToldPair {
  readonly path: string;
  readonly exports: Set<string>;
  readonly findings: readonly Finding[];
}

/** A pair that was met at a path, of all that was found there. */
export function newToldPair(path: string, findings: readonly Finding[]): ToldPair {
  return { path, exports: new Set([exportOf(path)]), findings: findings.filter((one) => isWithin(one.path, path)) };
}

/** A pair in words for one kind of place: it chooses the codes and the words. */
export function toldKey(key: string, { kind }: Meeting): string {
  return `${key}:${kind}`;
}

/** A finding as it is told again, and how its paths move. */
interface Retold {
  readonly finding: Finding;
  readonly again: Finding;
  readonly path: (at: string) => string;
}

export class ToldPairs {
  /** By key, null where they are told elsewhere; the innermost trial's last, forgotten with it. */
  private readonly layers: Map<string, ToldPair | null>[] = [new Map()];
  /** What each trial told, by what it found. */
  private readonly trials = new WeakMap<readonly Finding[], ReadonlyMap<string, ToldPair | null>>();
  /** Findings that were told again at other paths. */
  private retold = 0;

  /** A trial begins: what is told in it is forgotten with it, unless what it finds is accepted. */
  begin(found: readonly Finding[]): void {
    const layer = new Map<string, ToldPair | null>();
    this.layers.push(layer);
    this.trials.set(found, layer);
  }

  end(): void {
    this.layers.pop();
  }

  accept(findings: readonly Finding[]): void {
    for (const [key, told] of this.trials.get(findings) ?? []) this.leave(key, told);
  }

  leave(key: string, told: ToldPair | null): void {
    this.layers.at(-1)?.set(key, told);
  }

  /** What was told of a pair; null where it is told elsewhere, undefined where nothing was. */
  find(key: string, met: Meeting): ToldPair | null | undefined {
    const name = toldKey(key, met);
    const layer = this.layers.find((one) => one.has(key) || one.has(name));
    return layer === undefined ? undefined : (layer.get(name) ?? null);
  }

  /**
   * What is to be told again of a pair where it is met at another path, unless it is told at its own name. What is declared nowhere is
   * another change at each place, anything else one in each export that leads to it.
   */
  again(told: ToldPair, { path, own }: Meeting, isPlain: boolean): Retold[] {
    const exporter = exportOf(path);
    if (told.path === own || told.path === path || (!isPlain && told.exports.has(exporter))) return [];
    told.exports.add(exporter);
    const moved = (at: string): string => (at.startsWith(told.path) ? `${path}${at.slice(told.path.length)}` : at);
    // More than is handed on would be left out again.
    const findings = told.findings.slice(0, MAX_FINDINGS - this.retold);
    this.retold += findings.length;
    return findings.map((finding) => ({ finding, again: { ...finding, path: moved(finding.path) }, path: moved }));
  }
}
