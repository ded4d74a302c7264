/** Coming up on what the ledger says is active. */

import { LedgerError } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { Book } from './book.js';
import { bringUp, type Source } from './bring-up.js';
import type { SwapNotice } from './contract.js';
import type { Debt, ModuleSlot } from './module-slot.js';

/** What came up of one module: its version, or why it did not. */
export interface ResumedModule {
  readonly moduleId: string;
  /** Null where the module has no active version, or it does not load. */
  readonly version: number | null;
  readonly error: unknown;
}

/** Makes up for a rollback that the ledger could not be told of. @throws what still hinders it */
export async function payDebt(slot: ModuleSlot, book: Book): Promise<void> {
  const { debt } = slot;
  if (debt === null) return;
  if ((await debt.telling) !== null || debt.telling === null) await tell(slot, book, debt);
  if (slot.debt === debt) slot.debt = null;
}

async function tell({ moduleId }: ModuleSlot, book: Book, debt: Debt): Promise<void> {
  const active = await book.active(moduleId);
  // Somebody else has moved it meanwhile: then there is nothing to make up for.
  if (active?.version === debt.from) await book.goBack(moduleId, debt.reason, debt.from, debt.to);
}

/**
 * Loads the active version unless it runs already, and switches callers to it. A manager without content is not asked:
 * what its process runs is all that can run.
 * @throws what `bringUp` throws
 */
export async function catchUp(
  slot: ModuleSlot,
  source: Source,
  active: VersionCheckpoint | null,
  emit: (notice: SwapNotice) => void,
): Promise<void> {
  if (active === null || !source.book.hasContent || slot.current?.version === active.version) return;
  const instance = await bringUp(active, source);
  const before = slot.switchTo(instance);
  emit({ type: 'resumed', moduleId: slot.moduleId, version: active.version });
  slot.retire(before);
}

/** Brings one module up as the ledger has it; the answer says how that went. */
export async function resumeModule(
  slot: ModuleSlot,
  source: Source,
  emit: (notice: SwapNotice) => void,
): Promise<ResumedModule> {
  const { moduleId } = slot;
  try {
    await payDebt(slot, source.book);
    const active = await source.book.active(moduleId);
    if (active === null) {
      const hint = 'swap a first version in';
      const data = { kind: 'VERSION', what: `an active version of ${moduleId}` } as const;
      throw new LedgerError('NOT_FOUND', `${moduleId} has no active version`, data, { hint });
    }
    await catchUp(slot, source, active, emit);
    return { moduleId, version: active.version, error: null };
  } catch (error) {
    return { moduleId, version: null, error };
  }
}
