/** Going back: which version, ready in this process, active in the ledger, callers switched over. */

import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { CompatibilityLevel } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import { bringUp, type Source } from './bring-up.js';
import type { StayReason, SwapNotice } from './contract.js';
import type { Instance } from './instance.js';
import type { ModuleSlot } from './module-slot.js';

export interface GoBackRequest {
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  readonly reason: RollbackReason;
  /** The version to go back to, where somebody named one. */
  readonly to?: number | undefined;
  /** The version to leave. */
  readonly from: number;
  /** Its level, where the policy has a say; null where somebody decided to go back. */
  readonly level: CompatibilityLevel | null;
  /** What ran before and is still live. */
  readonly before: Instance | null;
  /** Its description, where the version manager names it as the version before; gone back to if it can name no target. */
  readonly beforeCheckpoint: VersionCheckpoint | null;
}

export interface GoBackResult {
  readonly target: VersionCheckpoint | null;
  readonly restored: VersionCheckpoint | null;
  readonly stayed: StayReason | null;
  readonly error: unknown;
}

/** Why there is to be no rollback at all, or null. */
async function objection({ slot, source, reason, level }: GoBackRequest): Promise<StayReason | null> {
  if (level === 'BREAKING') {
    // A policy that cannot be read does not keep a sick version live.
    const allowed = await source.book.rollsBackBreaking().catch(() => true);
    if (!allowed) return 'POLICY';
  }
  return reason !== 'MANUAL' && slot.rollbacks >= source.settings.maxRollbacks ? 'ROLLBACK_LIMIT' : null;
}

/** The instance of the target: what ran before, what still drains, or loaded anew. */
async function ready(target: VersionCheckpoint, { slot, source, before }: GoBackRequest): Promise<Instance> {
  const { version, checksum } = target;
  for (const known of [before, slot.current]) {
    if (known?.version === version && known.checksum === checksum) return known;
  }
  return slot.revive(version, checksum) ?? bringUp(target, source);
}

/** Null where the ledger has gone back, else what hinders it. */
async function writeBack(request: GoBackRequest, to: VersionCheckpoint): Promise<unknown> {
  const { slot, source, reason, from } = request;
  try {
    await source.book.goBack(slot.moduleId, reason, from, to);
    return null;
  } catch (error) {
    // An acknowledgement may be lost while the deed is done.
    const active = await source.book.active(slot.moduleId).catch(() => null);
    return active?.version === to.version ? null : error;
  }
}

/** Callers go over to the target; what they leave drains. */
function switchOver({ slot, emit, reason, from }: GoBackRequest, to: VersionCheckpoint, instance: Instance): void {
  const sick = slot.switchTo(instance);
  if (reason !== 'MANUAL') slot.rollbacks += 1;
  emit({ type: 'rolled-back', moduleId: slot.moduleId, fromVer: from, toVer: to.version, reason });
  slot.retire(sick);
}

/**
 * Goes back, or says why the version stays. The ledger first, then callers in the same turn; where the ledger cannot
 * be written, callers first, the ledger once more, and then at the next swap.
 */
export async function goBack(request: GoBackRequest): Promise<GoBackResult> {
  const { slot, source, emit, reason, from, to, beforeCheckpoint } = request;
  const stay = (stayed: StayReason, target: VersionCheckpoint | null, error: unknown): GoBackResult => {
    emit({ type: 'stayed', moduleId: slot.moduleId, version: from, reason: stayed });
    return { target, restored: null, stayed, error };
  };
  const objected = await objection(request);
  if (objected !== null) return stay(objected, null, null);

  let unread: unknown = null;
  const { book } = source;
  const asked = to === undefined ? book.target(slot.moduleId, reason, from) : book.version(slot.moduleId, to);
  const target = await asked.catch((error: unknown) => {
    // The ledger cannot be asked: what ran before is known to run.
    unread = error;
    return to === undefined || to === beforeCheckpoint?.version ? beforeCheckpoint : null;
  });
  if (target === null) return stay('NO_TARGET', null, unread);

  let instance: Instance;
  try {
    instance = await ready(target, request);
  } catch (error) {
    return stay('NOT_LOADABLE', target, error);
  }
  const hindered = await writeBack(request, target);
  switchOver(request, target, instance);
  if (hindered === null) return { target, restored: target, stayed: null, error: unread };
  const still = await writeBack(request, target);
  if (still !== null) slot.debt = { reason, from, to: target };
  return { target, restored: target, stayed: null, error: still };
}
