/** Coming to what the ledger says is active, and telling it what it does not know yet. */

import { isLedgerError } from '../../errors.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { LedgerAdapter } from '../ledger/adapter.js';
import { isOver } from '../ledger/is-over.js';
import { refusesTarget } from '../ledger/write-refusals.js';
import { bringUp } from '../load/bring-up.js';
import type { Instance } from '../module/instance.js';
import type { ModuleSlot, UnreportedRollback } from '../module/module-slot.js';
import type { Source } from '../source.js';
import { activateInstance, leaveFor, offerState, type Successor } from '../swap/take-over.js';
import type { SwapNotice } from '../swap-types.js';

/**
 * Makes up for a rollback that the ledger could not be told of: it is told, unless somebody else has moved on, whose word stands.
 * @throws what still hinders it
 */
export async function reportRollback(
  slot: ModuleSlot,
  adapter: LedgerAdapter,
  emit: (notice: SwapNotice) => void,
): Promise<void> {
  const { moduleId, unreported } = slot;
  if (unreported === null) return;
  const { telling, to } = unreported;
  const isTold = telling !== null && (await telling) === null;
  const told = isTold ? to : await tell(slot, adapter, unreported);
  if (slot.unreported !== unreported) return;
  slot.unreported = null;
  if (told === null) return;
  const { version } = told;
  const message = `the ledger knows now that v${version} runs again`;
  emit({ type: 'warning', moduleId, version, code: 'ROLLBACK_JOURNALED', message });
}

/** What the ledger went back to; null where somebody else has moved it meanwhile: then there is nothing to make up for. */
async function tell(
  { moduleId }: ModuleSlot,
  adapter: LedgerAdapter,
  { reason, from, to }: UnreportedRollback,
): Promise<VersionCheckpoint | null> {
  // Asked before it is written: who may not write, or cannot, is to come to what others have made active all the same.
  if (adapter.hasContent && (await isOver(moduleId, from, adapter))) return null;
  try {
    await adapter.rollBack(moduleId, reason, from, to);
    return to;
  } catch (error) {
    if (isLedgerError(error, 'NOT_ACTIVE')) return null;
    // Somebody has reverted what this process went back to: the ledger goes to the next one, and the process follows.
    const next = refusesTarget(error) ? await adapter.target(moduleId, reason, from.version) : null;
    if (next === null || next.version === to.version) throw error;
    await adapter.rollBack(moduleId, reason, from, next);
    return next;
  }
}

/** Loaded, with the state of what runs as far as that can be had, and active. */
export async function ready(checkpoint: VersionCheckpoint, parts: Omit<Successor, 'instance'>): Promise<Instance> {
  const { slot, source } = parts;
  const instance = await bringUp(checkpoint, source);
  const successor = { ...parts, instance };
  await offerState(slot.current, successor);
  await activateInstance(successor, slot.current === null ? 'resume' : 'follow');
  return instance;
}

/**
 * Loads the active version unless it runs already, and switches callers to it; answers with what ran before, which may be the
 * same version where that has ended for good. A manager without content is not asked: what its process runs is all that can run.
 * @throws what `bringUp` throws
 */
export async function catchUp(
  slot: ModuleSlot,
  source: Source,
  emit: (notice: SwapNotice) => void,
): Promise<Instance | null> {
  const { moduleId } = slot;
  for (let epoch = await source.adapter.epoch(moduleId); epoch !== null && source.adapter.hasContent; ) {
    const { version } = epoch;
    if (slot.runs(version)) {
      slot.epoch = epoch;
      return null;
    }
    const checkpoint = await source.adapter.version(moduleId, version);
    if (checkpoint === null) return null;
    const known = slot.find(version, checkpoint.checksum);
    const instance = known ?? (await ready(checkpoint, { slot, source, emit }));
    // It may have moved on while this one was loaded: nobody is switched to what is not active any more.
    const now = await source.adapter.epoch(moduleId).catch((error: unknown) => {
      slot.retire(instance);
      throw error;
    });
    if (now?.version !== version || now.since !== epoch.since) {
      slot.retire(instance);
      epoch = now;
      continue;
    }
    // Somebody who did the same meanwhile has brought it up: one of the two is enough.
    if (slot.current !== instance && slot.runs(version)) {
      slot.retire(instance);
      slot.epoch = epoch;
      return null;
    }
    const before = slot.switchTo(instance, epoch);
    if (before === null || before.version === version) emit({ type: 'resumed', moduleId, version });
    else emit({ type: 'followed', moduleId, version, fromVer: before.version });
    // What still runs is gone back to at once, and is handed the state afterwards.
    if (known !== null) await leaveFor({ slot, source, emit, instance }, before);
    return before;
  }
  return null;
}
