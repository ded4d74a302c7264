/** The loop guard: bytes that failed already are not tried again, nor a module that keeps falling back. */

import type { Source } from '../source.js';
import { type Refusal, refusal } from './refusal.js';

/** Why content of a module is not even staged; null where it may be. */
export async function loopRefusal(moduleId: string, checksum: string, source: Source): Promise<Refusal | null> {
  const { adapter, settings } = source;
  const failed = await adapter.failedBefore(moduleId, checksum);
  if (failed !== null) {
    const message = `these bytes are those of v${failed}, which was reverted: tag it stable again, or untag reverted`;
    return refusal('REVERTED_BEFORE', message);
  }
  const rollbacks = await adapter.rollbacksInARow(moduleId, settings.maxRollbacks);
  if (rollbacks < settings.maxRollbacks) return null;
  const message = `it was rolled back ${rollbacks} times in a row: see to it, then ${adapter.wayPastLimit}`;
  return refusal('ROLLBACK_LIMIT', message);
}
