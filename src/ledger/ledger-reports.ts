/** What a ledger says of pairs of versions. */

import type { Assessment } from '../model/assessment.js';
import type { ModuleFiles } from '../model/module-files.js';
import type { StoredReport } from '../model/report.js';

/** Content that may not be in the ledger yet. */
export interface NewContent {
  readonly files: ModuleFiles;
  /** What would be its metadata: `semver` and `entry` are read. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** How long a caller waits for an assessment. Its own limits are the ledger's (`LedgerOptions.assessor`). */
export interface PreviewOptions {
  /** Ends the wait: the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Pairs of versions: what was reported of them, and what would be. */
export interface LedgerReports {
  /** The reports of a module, or of one pair, in the order they came. */
  list(moduleId: string, fromVer?: number | null, toVer?: number): Promise<readonly StoredReport[]>;
  /**
   * What `assess` would find, with each change and nothing stored; also of content that is not in the ledger yet.
   * @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `INVALID_*`; the signal's reason
   */
  preview(
    moduleId: string,
    fromVer: number | null,
    to: number | NewContent,
    options?: PreviewOptions,
  ): Promise<Assessment>;
}
