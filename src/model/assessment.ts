/** What an assessment is: findings, each a change with its level, and the verdict that they add up to. */

import type { CapabilityChange } from './capability.js';
import type { FindingCode } from './finding-codes.js';
import type { NormalizedFiles } from './module-files.js';
import type { CompatibilityLevel } from './report.js';

/** One change between two versions of a module, as a caller meets it. */
export interface Finding {
  /** What kind of change: a closed set, stable across releases. */
  readonly code: FindingCode;
  readonly level: CompatibilityLevel;
  /**
   * Where, as a caller would write it: `open`, `open(options).timeout`, `Box#get()`, `Level.Debug`, `./server: listen`.
   * An entry other than the module's main one stands before a colon. Empty where the whole module is meant.
   */
  readonly path: string;
  /** The declaration or value before, in the language's own notation, shortened; null where there was none. */
  readonly before: string | null;
  /** The same after; null where there is none any more. */
  readonly after: string | null;
  /** What changed, in a clause that an operator can act on, without the path: `required now, was optional`. */
  readonly message: string;
}

/**
 * What stopped the engine before it was done. `work`: the steps of the comparison, which are as many on every machine. `time`: the
 * clock, which is there for what the steps do not count. `memory`: the heap. `engine`: it failed, or was closed.
 */
export type AssessmentLimit = 'work' | 'time' | 'memory' | 'engine';

/** Two lines of code that compile against the earlier version and not against the later one, both checked by the compiler. */
export interface Caller {
  /** An import, and a use of what it brings. */
  readonly lines: readonly [string, string];
  /** What the compiler says first against the later version: `TS2554: Expected 2 arguments, but got 1.` */
  readonly error: string;
}

/** The verdict on a pair of versions. */
export interface Assessment {
  /** The most severe level of the findings: BREAKING over UNKNOWN over MINOR_CHANGE over COMPATIBLE. */
  readonly level: CompatibilityLevel;
  /** Most severe first, each cause at its shortest path before where else it was met; at most `MAX_FINDINGS`. */
  readonly findings: readonly Finding[];
  /** How many findings were left out of `findings`. */
  readonly omitted: number;
  /** What an operator should know beside the level: a version number that claims less, a higher engine floor, a limit. */
  readonly notes: readonly string[];
  /** What the later version reaches that the earlier one does not, and the other way round; no part of the level. */
  readonly capabilities: CapabilityChange;
  /** A caller that a BREAKING verdict breaks; null where none was found that could be proven, and for any other level. */
  readonly caller: Caller | null;
  /** The findings and notes as text, at most a screen; the caller, where there is one, is its end. */
  readonly rationale: string;
  /** Engine and version: the same files judged by the same assessor have the same verdict. */
  readonly assessor: string;
  /** Null where the engine judged every export. */
  readonly limit: AssessmentLimit | null;
  /**
   * The level of the way back, from `to` to `from`; left out where it was not judged: without a ledger, in one of format 1, of a first
   * version, and after a limit.
   */
  readonly returnLevel?: CompatibilityLevel;
  /**
   * SHA-256, in hex, of the JSON `{"level","findings","omitted","notes"}` without spaces: what a report pins of it. Left out without a
   * ledger, in one of format 1, and after a limit, which falls elsewhere on another machine.
   */
  readonly findingsSha256?: string;
}

/** What judging one pair of versions may take. */
export interface AssessorLimits {
  /**
   * Milliseconds by the clock; 60 s by default, five times what the limit on work takes on an idle machine. Comparing names, should it be
   * reached, takes up to 10 s more.
   */
  readonly timeLimitMs?: number | undefined;
  /** Megabytes of heap; 1024 by default. */
  readonly memoryLimitMb?: number | undefined;
  /** @internal What runs in place of the engine, for tests of the limits. */
  readonly script?: URL | undefined;
}

export const MAX_FINDINGS = 1_000;

/** Bytes of a line of a caller, and of what the compiler says of it. */
export const MAX_CALLER_LINE = 240;

/** Two versions of a module, and what their publishers say of them. */
export interface AssessmentInput {
  readonly fromFiles: NormalizedFiles;
  readonly toFiles: NormalizedFiles;
  /** The ledger's metadata of each version: `semver` and `entry` are read. */
  readonly fromMetadata?: Readonly<Record<string, string>> | undefined;
  readonly toMetadata?: Readonly<Record<string, string>> | undefined;
}

/** What one part of the engine found; the verdict is made of the parts of all. */
export interface PartialAssessment {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}
