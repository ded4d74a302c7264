/** What a version changes for its callers, from its files alone: there is always an answer. */

import type { Assessment } from '../model/assessment.js';
import type { NormalizedFiles } from '../model/module-files.js';

/** A version as it is handed to a measurer. */
export interface MeasuredVersion {
  /** As an operator would name it: `v3`. */
  readonly name: string;
  readonly checksum: string;
  /** Empty where only a checksum was recorded. */
  readonly files: NormalizedFiles;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Says what a version changes, from its files. */
export interface Measurer {
  /** Judges `to` as a replacement of `from`, or (null) of nothing. Whatever the files are, there is an answer. */
  measure(from: MeasuredVersion | null, to: MeasuredVersion, signal?: AbortSignal): Promise<Assessment>;
  /** Lets go of what it holds. */
  close(): Promise<void>;
}
