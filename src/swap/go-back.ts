/** Going back: which version, ready in this process, active in the ledger, callers switched over. */

import { isLedgerError } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { CompatibilityLevel } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import { bringUp, type Source } from './bring-up.js';
import type { StayReason, SwapNotice } from './contract.js';
import type { Instance } from './instance.js';
import type { ModuleSlot } from './module-slot.js';
import { messageOf } from './opinion.js';

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
  /** False where callers are on the target and the ledger does not know it yet. */
  readonly journaled: boolean;
  readonly error: unknown;
}

/** How long callers of a sick version wait for the ledger, in milliseconds: it may be on another machine. */
const LEDGER_GRACE_MS = 2000;

/** What is told where the ledger takes longer than that. */
const LATE = Symbol('late');

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

/** How telling the ledger ended, or that it takes too long to wait for. */
async function inTime(telling: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(LATE), LEDGER_GRACE_MS);
  });
  try {
    return await Promise.race([telling, late]);
  } finally {
    clearTimeout(timer);
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
 * be written, or does not answer in time, callers first, and the ledger again and again until it is told.
 */
export async function goBack(request: GoBackRequest): Promise<GoBackResult> {
  const { slot, source, emit, reason, from, to, beforeCheckpoint } = request;
  const stay = (stayed: StayReason, target: VersionCheckpoint | null, error: unknown): GoBackResult => {
    emit({ type: 'stayed', moduleId: slot.moduleId, version: from, reason: stayed });
    return { target, restored: null, stayed, journaled: true, error };
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
  const first = writeBack(request, target);
  const hindered = await inTime(first);
  switchOver(request, target, instance);
  const back = { target, restored: target, stayed: null };
  if (hindered === null) return { ...back, journaled: true, error: unread };
  const late = hindered === LATE;
  // A remote that is not there will not be there a moment later.
  const gone = late || isLedgerError(hindered, 'REMOTE_UNREACHABLE');
  const still = gone ? hindered : await writeBack(request, target);
  if (still === null) return { ...back, journaled: true, error: null };
  slot.debt = { reason, from, to: target, telling: late ? first : null };
  const why = late ? `no answer within ${LEDGER_GRACE_MS / 1000} s` : messageOf(still);
  const message = `v${target.version} runs again, and the ledger does not know it yet: ${why}; it is told as soon as it can be`;
  const code = 'ROLLBACK_NOT_JOURNALED';
  emit({ type: 'warning', moduleId: slot.moduleId, version: target.version, code, message });
  return { ...back, journaled: false, error: late ? null : still };
}
