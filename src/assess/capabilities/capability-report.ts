/** What is said of the capabilities of a version. */

import type { Capability, Reach, ReachOf } from '../../model/capability.js';

/** A place in a file. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** One place at which a version reaches a capability, or may. */
export interface CapabilityUse {
  readonly capability: Capability;
  readonly reach: Exclude<Reach, 'none'>;
  /** What stands there, shortened: `fs.writeFileSync`, `child_process`, `globalThis[…]`. */
  readonly what: string;
  readonly file: string;
  readonly line: number;
  /** The imports that lead there, from an entry on; each is the place of an import. Empty for a file that is an entry itself. */
  readonly chain: readonly Place[];
}

/** What a version reaches, through all files that its entries lead to. */
export interface CapabilityReport {
  readonly reach: ReachOf;
  /** Each use once a file, in the order of capabilities, files and lines; at most `MAX_USES`. */
  readonly uses: readonly CapabilityUse[];
  /** How many uses were left out. */
  readonly omitted: number;
  /** The packages that are imported, sorted. */
  readonly packages: readonly string[];
  /** Files for other interpreters, sorted: what they do is undetermined. */
  readonly scripts: readonly string[];
  /** The files that were read as code, sorted. */
  readonly files: readonly string[];
}

export const MAX_USES = 1_000;
