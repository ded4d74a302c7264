/** Coming to what the ledger says is active, and telling it what it does not know yet. */

import { isLedgerError } from '../errors.js';
import type { Book } from './book.js';
import { bringUp, type Source } from './bring-up.js';
import type { SwapNotice } from './contract.js';
import type { Instance } from './instance.js';
import type { Debt, ModuleSlot } from './module-slot.js';

/** Makes up for a rollback that the ledger could not be told of. @throws what still hinders it */
export async function payDebt(slot: ModuleSlot, book: Book): Promise<void> {
  const { debt } = slot;
  if (debt === null) return;
  if ((await debt.telling) !== null || debt.telling === null) await tell(slot, book, debt);
  if (slot.debt === debt) slot.debt = null;
}

async function tell({ moduleId }: ModuleSlot, book: Book, { reason, from, to }: Debt): Promise<void> {
  await book.goBack(moduleId, reason, from, to).catch((error: unknown) => {
    // Somebody else has moved it meanwhile: then there is nothing to make up for.
    if (!isLedgerError(error, 'NOT_ACTIVE')) throw error;
  });
}

/**
 * Loads the active version unless it runs already, and switches callers to it; answers with what ran before, where that
 * was another one. A manager without content is not asked: what its process runs is all that can run.
 * @throws what `bringUp` throws
 */
export async function catchUp(
  slot: ModuleSlot,
  source: Source,
  emit: (notice: SwapNotice) => void,
): Promise<Instance | null> {
  const { moduleId } = slot;
  for (let epoch = await source.book.epoch(moduleId); epoch !== null && source.book.hasContent; ) {
    const { version } = epoch;
    if (slot.current?.version === version) {
      slot.epoch = epoch;
      return null;
    }
    const checkpoint = await source.book.version(moduleId, version);
    if (checkpoint === null) return null;
    const instance = slot.find(version, checkpoint.checksum) ?? (await bringUp(checkpoint, source));
    // It may have moved on while this one was loaded: nobody is switched to what is not active any more.
    const now = await source.book.epoch(moduleId);
    if (now?.version !== version || now.since !== epoch.since) {
      slot.retire(instance);
      epoch = now;
      continue;
    }
    // Somebody who did the same meanwhile has brought it up: one of the two is enough.
    if (slot.current !== instance && slot.current?.version === version) {
      slot.retire(instance);
      slot.epoch = epoch;
      return null;
    }
    const before = slot.switchTo(instance, epoch);
    if (before === null) emit({ type: 'resumed', moduleId, version });
    else emit({ type: 'followed', moduleId, version, fromVer: before.version });
    return before;
  }
  return null;
}
