/** The way back along the lineage to a version that carries a tag, found in the records without a walk. */

import type { Records } from './records.js';
import { REVERTED } from './tag-label.js';

/**
 * The nearest proper ancestor of the active version that carries a tag, is neither reverted nor redacted and has another content;
 * null where there is none.
 */
export function taggedTarget(records: Records, moduleId: string, tag: string): number | null {
  const active = records.module(moduleId)?.active ?? null;
  const left = active === null ? null : (records.version(moduleId, active)?.checksum ?? null);
  for (const number of records.tagged(moduleId, tag)) {
    const version = records.version(moduleId, number);
    const isLost = version === null || version.tags.includes(REVERTED) || version.redacted !== undefined;
    if (!isLost && version.checksum !== left) return number;
  }
  return null;
}
