/** A health window that others can end before its time, and that tells them how its swap ends. */

import type { RollbackReason } from '../../model/rollback-target.js';
import { type Watched, watch } from '../health/health-window.js';
import type { Interruption, ModuleSlot } from '../module/module-slot.js';
import type { SwapResult } from '../swap-types.js';

/**
 * How the version came out of it: well (`early`: as far as was seen), not active any more, or to be left, and `asked` where
 * somebody wants it so.
 */
export type WindowVerdict =
  | { readonly well: true; readonly early: boolean }
  | { readonly well: null }
  | {
      readonly well: false;
      readonly asked: boolean;
      /** Where to, if somebody named it. */
      readonly to?: number | undefined;
      readonly reason: RollbackReason;
      readonly detail: string;
      readonly error: unknown;
      readonly summary?: string | null | undefined;
    };

export interface Watching {
  readonly verdict: Promise<WindowVerdict>;
  interrupt(cause: Interruption): void;
  /** Tells whoever ended the window how the swap ended. */
  answer(result: SwapResult): void;
}

async function judge(watched: Watched, stopped: AbortSignal): Promise<WindowVerdict> {
  const end = await watch(watched, watched.source.settings.healthWindowMs, stopped);
  const cause = stopped.reason as Interruption | undefined;
  if (end.end === 'sick') return { well: false, asked: false, ...end };
  if (end.end === 'interrupted' && cause?.by === 'succession') return { well: null };
  if (end.end === 'interrupted' && cause?.by === 'outage')
    return { well: false, asked: false, reason: 'HEALTH_FAILURE', detail: cause.reason, error: null };
  if (end.end === 'healthy' || cause?.by !== 'rollback') return { well: true, early: end.end !== 'healthy' };
  return {
    well: false,
    asked: true,
    reason: cause.reason,
    to: cause.to,
    detail: 'a rollback was asked for',
    error: null,
  };
}

/** Watches an instance that has just gone live; from the return on, `slot.window` can be interrupted. */
export function openWindow(slot: ModuleSlot, watched: Watched, closing: boolean): Watching {
  const stop = new AbortController();
  const interrupt = (cause: Interruption): void => stop.abort(cause);
  let answer: Watching['answer'] = () => undefined;
  const result = new Promise<SwapResult>((resolve) => {
    answer = resolve;
  });
  const { instance } = watched;
  const window = { instance, result, interrupt };
  // One that is open still is of a version that this one has replaced.
  slot.window?.interrupt({ by: 'succession' });
  slot.window = window;
  const { outage } = instance;
  // It ended between its loading and now.
  if (outage !== null) interrupt({ by: 'outage', reason: outage.reason });
  if (closing) interrupt({ by: 'close' });
  const verdict = judge(watched, stop.signal).finally(() => {
    if (slot.window === window) slot.window = null;
  });
  return { verdict, interrupt, answer };
}
