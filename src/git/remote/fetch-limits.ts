/** How much a remote may send, and what may come of it: a few kilobytes can say so much that no machine would hold it. */

import { DamagedPack } from './damaged-pack.js';

/** What is taken of a remote at most, each with a default that a ledger of ordinary size does not come near. */
export interface FetchLimits {
  /** Bytes of the list of its refs; 256 MiB, some three million refs. */
  readonly refBytes: number;
  /** Bytes of the pack as it is sent; 2 GiB - 1, which is also the most that is taken. */
  readonly packBytes: number;
  /** Objects in it; 2 million. */
  readonly objects: number;
  /** Bytes of one object; 512 MiB, as module files are held in memory whole. */
  readonly objectBytes: number;
  /** Bytes that all of it is inflated to, what is made of differences included; 8 GiB. */
  readonly inflatedBytes: number;
  /** How many differences may stand on each other; 4,095, which is as far as git goes (gitformat-pack(5)). */
  readonly depth: number;
  /** Different objects that may be referred to; 4 million. */
  readonly references: number;
  /** Bytes of objects that are kept while others are made of them; 96 MiB, as git does (core.deltaBaseCacheLimit). */
  readonly baseBytes: number;
}

export const DEFAULT_FETCH_LIMITS: FetchLimits = {
  refBytes: 256 * 2 ** 20,
  packBytes: 0x7fffffff,
  objects: 2_000_000,
  objectBytes: 512 * 2 ** 20,
  inflatedBytes: 8 * 2 ** 30,
  depth: 4095,
  references: 4_000_000,
  baseBytes: 96 * 2 ** 20,
};

/** Counts what one pack takes. */
export class PackBudget {
  readonly limits: FetchLimits;
  private inflated = 0;
  private references = 0;

  constructor(limits: FetchLimits) {
    this.limits = limits;
  }

  /** Before an object of that size is inflated, or made of a difference. @throws DamagedPack */
  spend(bytes: number): void {
    const { objectBytes, inflatedBytes } = this.limits;
    if (bytes > objectBytes) throw new DamagedPack(`with an object of ${bytes} bytes, more than ${objectBytes}`);
    this.inflated += bytes;
    if (this.inflated > inflatedBytes) throw new DamagedPack(`that unpacks to more than ${inflatedBytes} bytes`);
  }

  /** One more object is referred to. @throws DamagedPack */
  refer(): void {
    this.references += 1;
    const { references } = this.limits;
    if (this.references > references) throw new DamagedPack(`that refers to more than ${references} objects`);
  }

  /** @throws DamagedPack */
  assertDepth(depth: number): void {
    const { depth: limit } = this.limits;
    if (depth > limit) throw new DamagedPack(`with more than ${limit} differences on each other`);
  }
}
