/** The level of content that is not in the ledger yet. */

import type { CompatibilityLevel, NormalizedFiles, VersionCheckpoint } from '../index.js';

/** What is found of new content against the active version. */
export interface UnstagedLevel {
  readonly level: CompatibilityLevel;
  /** Why, a sentence each; of a BREAKING level they name the exports. */
  readonly reasons: readonly string[];
}

/**
 * Judges content that would replace `active` and has no report, because it is not in the ledger. Nothing measures it
 * yet: it is UNKNOWN. This is the one place where an assessor comes in.
 */
export async function unstagedLevel(active: VersionCheckpoint, _files: NormalizedFiles): Promise<UnstagedLevel> {
  return { level: 'UNKNOWN', reasons: [`not in the ledger, so nobody assessed it against v${active.version}`] };
}
