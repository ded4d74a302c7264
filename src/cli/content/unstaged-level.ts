/** The level of content that is not in the ledger yet. */

import type { Capability, CompatibilityLevel, Ledger, NormalizedFiles, VersionCheckpoint } from '../library.js';
import type { ChangeReason } from '../options/gate-answer-code.js';

/** What is found of new content against the active version. */
export interface UnstagedLevel {
  readonly level: CompatibilityLevel;
  /** What it reaches and the active version does not. */
  readonly gained: readonly Capability[];
  /** Why; of a BREAKING level the text names the exports. */
  readonly reasons: readonly ChangeReason[];
}

/** Measures content that would replace `active` and has no report, because it is not in the ledger. Nothing is stored. */
export async function unstagedLevel(
  ledger: Ledger,
  active: VersionCheckpoint,
  files: NormalizedFiles,
): Promise<UnstagedLevel> {
  const { entry } = active.metadata;
  // What it will be recorded with is not known; that its entry is where it was is the best guess.
  const metadata = entry === undefined ? {} : { entry };
  const { level, rationale, capabilities } = await ledger.reports.preview(active.moduleId, active.version, {
    files,
    metadata,
  });
  const message = `not in the ledger; measured against v${active.version}`;
  return {
    level,
    gained: capabilities.added,
    reasons: [
      { code: 'MEASURED', message },
      { code: 'RATIONALE', message: rationale },
    ],
  };
}
