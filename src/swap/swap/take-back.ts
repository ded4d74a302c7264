/** A rollback that is asked for outside of a health window. */

import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { LiveEpoch } from '../ledger/adapter.js';
import { requireActive } from '../ledger/require-active.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import type { SwapResult } from '../swap-types.js';
import { reportRollback } from '../sync/catch-up.js';
import { type RollBackRequest, rollBack } from './roll-back.js';
import { swapResult } from './swap-result.js';
import { type LiveOutcome, rolledBack, successor } from './watch-live.js';

/** The version that runs: of a ledger the active one, of another manager the one that this process is on. @throws `NOT_FOUND` */
async function runningVersion({ moduleId, current }: ModuleSlot, { adapter }: Source): Promise<VersionCheckpoint> {
  const active = await requireActive(moduleId, adapter);
  if (adapter.hasContent || current === null || current.version === active.version) return active;
  return { ...active, version: current.version, checksum: current.checksum };
}

/** Somebody else has taken it back, or replaced it: that stands, and callers go there. */
async function replacedAlready(
  { slot, source, reason }: Pick<RollBackRequest, 'slot' | 'source' | 'reason'>,
  left: LiveEpoch,
): Promise<LiveOutcome> {
  const { moduleId } = slot;
  const succession = await source.adapter.successionOf(moduleId, left).catch(() => null);
  await source.comeUp(slot).catch(() => undefined);
  const by = succession?.rolledBack?.actor ?? null;
  const restored = succession?.active ?? null;
  const did = by === null ? `v${left.version} was replaced already` : `${by} rolled v${left.version} back already`;
  const supersededBy = by === null ? successor(restored, left) : null;
  return { phase: 'ROLLED_BACK', reason: did, rollbackReason: reason, restored, supersededBy, rolledBackBy: by };
}

/**
 * Goes back from the version that ran when it was asked for; where another one runs by now, from none.
 * @throws `NOT_FOUND` where there is no active version; what the ledger throws when read
 */
export async function takeBack(
  request: Pick<RollBackRequest, 'slot' | 'source' | 'emit' | 'reason' | 'to'>,
): Promise<SwapResult> {
  const started = performance.now();
  const { slot, source, emit, reason } = request;
  const { moduleId } = slot;
  const asked = slot.current?.version ?? null;
  emit({ type: 'step', moduleId, version: asked, step: 'rollback' });
  await reportRollback(slot, source.adapter, emit);
  const active = await runningVersion(slot, source);
  const epoch = await source.adapter.epoch(moduleId);
  const { version } = active;
  // Of a manager without content it is the version that this process is on, whatever it names as active.
  const from = epoch?.version === version ? epoch : { version, since: source.adapter.hasContent ? null : version };
  const replaced = asked !== null && asked !== version;
  const left = replaced ? { version: asked, since: slot.epoch?.version === asked ? slot.epoch.since : null } : from;
  const back = replaced ? null : await rollBack({ ...request, from, level: null, before: null });
  const outcome: LiveOutcome =
    back === null || back.over
      ? await replacedAlready(request, left)
      : rolledBack(back, reason, 'a rollback was asked for');
  slot.coolDown();
  return swapResult({
    moduleId,
    step: 'rollback',
    fromVer: active.parentVer,
    toVer: asked ?? version,
    checkpoint: active,
    rollbackReason: reason,
    durationMs: performance.now() - started,
    ...outcome,
  });
}
