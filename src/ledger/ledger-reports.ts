/** What a ledger says of pairs of versions. */

import type { ModuleFiles } from '../model/module-files.js';

/** Content that may not be in the ledger yet. */
export interface NewContent {
  readonly files: ModuleFiles;
  /** What would be its metadata: `semver` and `entry` are read. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** How long a caller waits for a measurement. Its own limits are the ledger's (`LedgerOptions.assessor`). */
export interface MeasureOptions {
  /** Ends the wait: the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}
