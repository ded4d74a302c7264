/** Whether a version's time as the active one is over. */

import type { LedgerAdapter, LiveEpoch } from './adapter.js';

/** True where the ledger says so; false also where it cannot be asked. */
export async function isOver(
  moduleId: string,
  { version, since }: LiveEpoch,
  adapter: Pick<LedgerAdapter, 'epoch'>,
): Promise<boolean> {
  const now = await adapter.epoch(moduleId).catch(() => null);
  return now !== null && (now.version !== version || (since !== null && now.since !== since));
}
