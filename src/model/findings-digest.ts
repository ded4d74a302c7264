/** What an assessor found of a pair, as one hash that a report pins: its words are cut to a screen, and this is not. */

import { sha256Hex } from './content-digest.js';

/** A finding, as far as it is hashed. */
interface HashedFinding {
  readonly code: string;
  readonly level: string;
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly message: string;
}

/** What was found, as far as it is hashed. */
interface HashedFindings {
  readonly level: string;
  readonly findings: readonly HashedFinding[];
  readonly omitted: number;
  readonly notes: readonly string[];
}

/**
 * The SHA-256, in hex, of the JSON `{"level","findings","omitted","notes"}` without spaces, as `git-lineage assess --dry-run --json` gives
 * them.
 */
export function findingsDigest({ level, findings, omitted, notes }: HashedFindings): string {
  const listed = findings.map(({ code, level: of, path, before, after, message }) => ({
    ...{ code, level: of, path },
    ...{ before, after, message },
  }));
  return sha256Hex(JSON.stringify({ level, findings: listed, omitted, notes }));
}
