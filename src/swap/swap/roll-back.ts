/** Going back: which version, ready in this process, active in the ledger, callers switched over. */

import { isLedgerError, messageOf } from '../../errors.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { CompatibilityLevel } from '../../model/report.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import type { LiveEpoch } from '../ledger/adapter.js';
import { isOver } from '../ledger/is-over.js';
import { refusesKey, refusesTarget } from '../ledger/write-refusals.js';
import { bringUp } from '../load/bring-up.js';
import type { Instance } from '../module/instance.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import type { StayReason, SwapNotice } from '../swap-types.js';
import { activateInstance, leaveFor } from './take-over.js';

export interface RollBackRequest {
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  readonly reason: RollbackReason;
  /** The version to go back to, where somebody named one. */
  readonly to?: number | undefined;
  /** The version to leave, and since when it is active: where it is not any more, nothing is left. */
  readonly from: LiveEpoch;
  /** Its level, where the policy has a say; null where somebody decided to go back. */
  readonly level: CompatibilityLevel | null;
  /** The version before, where it is still loaded here: gone back to if the version manager cannot be asked. */
  readonly before: VersionCheckpoint | null;
}

export interface RollBackResult {
  readonly target: VersionCheckpoint | null;
  readonly restored: VersionCheckpoint | null;
  readonly stayed: StayReason | null;
  /** False where callers are on the target and the ledger does not know it yet. */
  readonly journaled: boolean;
  /** True where the version was not active any more: somebody else has moved on, and that stands. */
  readonly over: boolean;
  /** Why what runs again does not fit what depends on it, or what it depends on. */
  readonly misfits: readonly string[];
  readonly error: unknown;
}

/** How long callers of a sick version wait for the ledger, in milliseconds: it may be on another machine. */
const LEDGER_GRACE_MS = 2000;

interface RefusedTarget {
  readonly version: number;
  readonly error: unknown;
}

/** What is told where the ledger takes longer than that. */
const LATE = Symbol('late');

/** What is told where somebody else has moved on. */
const MOVED_ON = Symbol('moved on');

/** True where the policy says that a version stays, however sick it is. */
async function mustStay({ source, level }: RollBackRequest): Promise<boolean> {
  // A policy that cannot be read does not keep a sick version live.
  return level === 'BREAKING' && !(await source.adapter.rollsBackBreaking().catch(() => true));
}

/** The instance of the target: what is still loaded of it, or loaded anew, and active. */
async function ready(
  { version, checksum, ...rest }: VersionCheckpoint,
  { slot, source, emit }: RollBackRequest,
): Promise<Instance> {
  const instance = slot.find(version, checksum) ?? (await bringUp({ version, checksum, ...rest }, source));
  await activateInstance({ slot, source, emit, instance }, 'rollback');
  return instance;
}

/** Somebody else has moved on. */
const OVER: RollBackResult = {
  target: null,
  restored: null,
  stayed: null,
  journaled: true,
  over: true,
  misfits: [],
  error: null,
};

/** True where somebody else has moved on: what the ledger would go back to from there says nothing of the version to leave. */
async function isReplaced({ slot, source: { adapter }, from }: RollBackRequest): Promise<boolean> {
  // A manager without content does not know what runs here.
  return adapter.hasContent && (await isOver(slot.moduleId, from, adapter));
}

/** Null where the ledger has gone back, else what hinders it, or `MOVED_ON`. `again`: it was tried before, and callers are on the target. */
async function writeBack(request: RollBackRequest, to: VersionCheckpoint, again = false): Promise<unknown> {
  const { slot, source, reason, from } = request;
  try {
    await source.adapter.rollBack(slot.moduleId, reason, from, to);
    return null;
  } catch (error) {
    if (isLedgerError(error, 'NOT_ACTIVE') && !again) return MOVED_ON;
    // An acknowledgement may be lost while the deed is done; a key without the right has done nothing.
    const active = refusesKey(error) ? null : await source.adapter.active(slot.moduleId).catch(() => null);
    if (active?.version === to.version) return null;
    return !again && (await isReplaced(request)) ? MOVED_ON : error;
  }
}

/** The command by which an operator tells the ledger of a rollback that this process cannot tell it of. */
export function telling(moduleId: string, to: number): string {
  return `git-lineage rollback ${moduleId} --to ${to}`;
}

/** How telling the ledger ended, or that it takes too long to wait for. */
async function inTime(answer: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(LATE), LEDGER_GRACE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Callers go over to the target; what they leave hands its state back, as far as it can, and drains. */
async function switchOver(request: RollBackRequest, to: VersionCheckpoint, instance: Instance): Promise<void> {
  const { slot, source, emit, reason, from } = request;
  const sick = slot.switchTo(instance);
  emit({ type: 'rolled-back', moduleId: slot.moduleId, fromVer: from.version, toVer: to.version, reason });
  await leaveFor({ slot, source, emit, instance }, sick);
}

/** A rollback asks nobody whether it fits; whoever depends on what it leaves is told. */
async function misfitsOf(
  target: VersionCheckpoint,
  { slot, source, emit }: RollBackRequest,
): Promise<readonly string[]> {
  // What cannot be asked is not known: going back is not held up by it.
  const misfits = await source.misfits(target).catch(() => []);
  const { moduleId } = slot;
  const { version } = target;
  for (const message of misfits)
    emit({
      type: 'warning',
      moduleId,
      version,
      code: 'MISFIT_AFTER_ROLLBACK',
      message: `it runs again, and ${message}`,
    });
  return misfits;
}

/**
 * Goes back, or says why the version stays. The ledger first, then callers in the same turn; where the ledger cannot
 * be written, or does not answer in time, callers first, and the ledger again and again until it is told.
 */
export function rollBack(request: RollBackRequest): Promise<RollBackResult> {
  return goBack(request, null);
}

/** `refused` is a target that the ledger has just refused to go back to: to be given it once more is to have none. */
async function goBack(request: RollBackRequest, refused: RefusedTarget | null): Promise<RollBackResult> {
  const { slot, source, emit, reason, from, to, before } = request;
  const stay = (stayed: StayReason, target: VersionCheckpoint | null, error: unknown): RollBackResult => {
    emit({ type: 'stayed', moduleId: slot.moduleId, version: from.version, reason: stayed });
    slot.sick = reason !== 'MANUAL';
    return { target, restored: null, stayed, journaled: true, over: false, misfits: [], error };
  };
  if (await mustStay(request)) return stay('POLICY', null, null);

  let unread: unknown = null;
  const { adapter } = source;
  const { moduleId } = slot;
  const asked =
    to === undefined ? adapter.target(moduleId, reason, from.version) : adapter.namedTarget(moduleId, to, from.version);
  const target = await asked.catch((error: unknown) => {
    unread = error;
    // The ledger cannot be asked: what ran before is known to run.
    return !refusesTarget(error) && (to === undefined || to === before?.version) ? before : null;
  });
  if (target === null) return (await isReplaced(request)) ? OVER : stay('NO_TARGET', null, unread);
  if (target.version === refused?.version) return stay('NO_TARGET', target, refused.error);

  let instance: Instance;
  try {
    instance = await ready(target, request);
  } catch (error) {
    return stay('NOT_LOADABLE', target, error);
  }
  const first = writeBack(request, target);
  const hindered = await inTime(first);
  if (hindered === MOVED_ON || refusesTarget(hindered)) slot.retire(instance);
  if (hindered === MOVED_ON) return OVER;
  // Somebody spoke on the target meanwhile: it is chosen anew, without that one.
  if (refusesTarget(hindered)) {
    const { version } = target;
    return to === undefined ? goBack(request, { version, error: hindered }) : stay('NO_TARGET', target, hindered);
  }
  await switchOver(request, target, instance);
  const misfits = await misfitsOf(target, request);
  const back = { target, restored: target, stayed: null, over: false, misfits };
  if (hindered === null) return { ...back, journaled: true, error: unread };
  const late = hindered === LATE;
  // A remote that is not there will not be there a moment later.
  const gone = late || isLedgerError(hindered, 'REMOTE_UNREACHABLE');
  const still = gone ? hindered : await writeBack(request, target, true);
  if (still === null) return { ...back, journaled: true, error: null };
  slot.unreported = { reason, from, to: target, telling: late ? first : null };
  const why = late ? `no answer within ${LEDGER_GRACE_MS / 1000} s` : messageOf(still);
  const { version } = target;
  const message = `v${version} runs again, and the ledger does not know it yet: ${why}; it is told as soon as it can be, or by ${telling(moduleId, version)}`;
  emit({ type: 'warning', moduleId, version, code: 'ROLLBACK_NOT_JOURNALED', message });
  return { ...back, journaled: false, error: late ? null : still };
}
