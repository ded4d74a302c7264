/** What a version changes for its callers, from its files alone: there is always an answer. */

import type { CapabilityChange } from '../model/capability.js';
import type { FindingCode } from '../model/finding-codes.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { CompatibilityLevel } from '../model/report.js';

/** A version as it is handed to a measurer. */
export interface MeasuredVersion {
  /** As an operator would name it: `v3`. */
  readonly name: string;
  readonly checksum: string;
  /** Empty where only a checksum was recorded. */
  readonly files: NormalizedFiles;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What was measured of a pair of versions. */
export interface Measurement {
  readonly level: CompatibilityLevel;
  /** Each change with its level, most severe first. */
  readonly findings: readonly {
    /** What kind of change. */
    readonly code: FindingCode;
    readonly level: CompatibilityLevel;
    /** Where, as a caller would write it; empty where the whole module is meant. */
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
    readonly message: string;
  }[];
  /** How many findings were left out. */
  readonly omitted: number;
  readonly notes: readonly string[];
  /** What the later version reaches that the earlier one does not, and the other way round; no part of the level. */
  readonly capabilities: CapabilityChange;
  /** Two lines of code that compile against `from` and not against `to`, and what the compiler says then; null where none was found. */
  readonly caller: { readonly lines: readonly [string, string]; readonly error: string } | null;
  /** The findings and notes as text; the caller is its end. */
  readonly rationale: string;
  /** Engine and version. */
  readonly assessor: string;
  /** What stopped the engine before it was done, or null. */
  readonly limit: 'work' | 'time' | 'memory' | 'engine' | null;
  /**
   * The level of the way back, from `to` to `from`; left out where it was not measured: in a ledger of format 1, of a first version, and
   * after a limit.
   */
  readonly returnLevel?: CompatibilityLevel;
  /**
   * SHA-256, in hex, of the JSON `{"level","findings","omitted","notes"}` without spaces: what a report pins of it. Left out in a ledger of
   * format 1, and after a limit, which falls elsewhere on another machine.
   */
  readonly findingsSha256?: string;
}

/** Says what a version changes, from its files. */
export interface Measurer {
  /** Judges `to` as a replacement of `from`, or (null) of nothing. Whatever the files are, there is an answer. */
  measure(from: MeasuredVersion | null, to: MeasuredVersion, signal?: AbortSignal): Promise<Measurement>;
  /** Lets go of what it holds. */
  close(): Promise<void>;
}
