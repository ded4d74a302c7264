/** Which calls go to a candidate: a share of them, the same keys always. */

import type { Instance } from '../module/instance.js';

/** 2^32 divided by the golden ratio: multiples of it spread evenly. */
const GOLDEN = 0x9e3779b9;

/** FNV-1a (Fowler, Noll, Vo), and the finalizer of MurmurHash3: FNV alone spreads keys that differ in their last letters badly. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export class CanaryRoute {
  readonly instance: Instance;
  private readonly salt: string;
  /** Calls whose number is below it go to the candidate, of 2^32. */
  private threshold = 0;
  private turn = 0;
  private share = 0;

  constructor(instance: Instance) {
    this.instance = instance;
    // Each candidate draws anew: else the same callers would meet every canary.
    this.salt = `${instance.moduleId}:${instance.version}:`;
  }

  /** The share of calls that goes to the candidate, in percent. */
  get percent(): number {
    return this.share;
  }

  /** The share of calls that go to the candidate from now on. As it only grows, a key that came to it stays with it. */
  send(percent: number): void {
    this.share = percent;
    this.threshold = (percent / 100) * 2 ** 32;
  }

  /** True where a call goes to the candidate: by its key, or in turn where it has none. */
  takes(key: string | undefined): boolean {
    if (key !== undefined) return hash(this.salt + key) < this.threshold;
    this.turn = (this.turn + GOLDEN) >>> 0;
    return this.turn < this.threshold;
  }
}
