/** What is done where a loader tells that a version which was loaded has ended: told, judged, gone back from. */

import { messageOf } from '../../errors.js';
import type { LiveEpoch } from '../ledger/adapter.js';
import type { Instance } from '../module/instance.js';
import type { RunEvent } from '../swap-ports.js';
import type { SwapNotice, SwapResult } from '../swap-types.js';
import { levelOf } from '../sync/come-up.js';
import { rollBack } from './roll-back.js';
import { swapResult } from './swap-result.js';
import type { Successor } from './take-over.js';
import { rolledBack } from './watch-live.js';

function noticeOf({ moduleId, version }: Instance, event: RunEvent): SwapNotice {
  switch (event.type) {
    case 'ended':
      return { ...event, type: 'worker-ended', moduleId, version };
    case 'unresponsive':
      return { ...event, type: 'worker-unresponsive', moduleId, version };
    case 'restarted':
      return { ...event, type: 'worker-restarted', moduleId, version };
    case 'gave-up': {
      const message = `${event.reason}; calls are rejected until the version is loaded anew`;
      return { type: 'warning', moduleId, version, code: 'WORKER_GAVE_UP', message };
    }
  }
}

/** Tells what happened; an open health window, or canary, ends with it. True where callers are on a version that has ended for good. */
export function noteRunEvent(running: Successor, event: RunEvent): boolean {
  const { slot, emit, instance } = running;
  const window = slot.window?.instance === instance ? slot.window : null;
  emit(noticeOf(instance, event));
  const canary = slot.canary?.route.instance === instance ? slot.canary : null;
  if (event.type === 'ended') (window ?? canary)?.interrupt({ by: 'outage', reason: event.reason });
  return event.type === 'gave-up' && window === null && slot.current === instance;
}

/** Since when the version is active; of a manager without content it is the one that this process is on. */
async function epochOf({ slot, source, instance }: Successor): Promise<LiveEpoch | null> {
  const { version } = instance;
  if (!source.adapter.hasContent) return { version, since: version };
  return slot.epoch ?? source.adapter.epoch(slot.moduleId);
}

/**
 * Goes back from a version that ended for good after its health window, if it is active still; a policy that keeps BREAKING
 * versions keeps it, and so does the want of a target. Null where somebody else has moved on. Never rejects.
 */
export async function leaveEnded(running: Successor, detail: string): Promise<SwapResult | null> {
  const started = performance.now();
  const { slot, source, emit, instance } = running;
  const { moduleId, version } = instance;
  try {
    const epoch = await epochOf(running);
    const left = await source.adapter.version(moduleId, version);
    if (epoch?.version !== version || left === null) return null;
    emit({ type: 'step', moduleId, version, step: 'rollback' });
    const level = await levelOf(left, source);
    const reason = 'HEALTH_FAILURE';
    const back = await rollBack({ slot, source, emit, reason, from: epoch, level, before: null });
    if (back.over) {
      await source.comeUp(slot);
      return null;
    }
    const durationMs = performance.now() - started;
    const outcome = rolledBack(back, reason, detail);
    return swapResult({
      moduleId,
      step: 'rollback',
      fromVer: left.parentVer,
      toVer: version,
      level,
      checkpoint: left,
      durationMs,
      ...outcome,
    });
  } catch (error) {
    const message = `the version has ended, and the way back is not open: ${messageOf(error)}`;
    emit({ type: 'warning', moduleId, version, code: 'WORKER_GAVE_UP', message });
    return null;
  }
}
