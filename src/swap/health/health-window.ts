/** Watching a new version for a while. */

import type { HealthCheck, VersionKey } from '../contract.js';
import type { SwapperSettings } from '../options.js';
import { pause, TimeLimitError, withTimeLimit } from '../time-limit.js';
import { complaintOf, messageOf } from './check-answer.js';

/** How a window ended: the version was well all along, it is sick, or somebody ended the window. */
export type WindowEnd =
  | { readonly end: 'healthy' }
  | {
      readonly end: 'sick';
      readonly reason: 'HEALTH_FAILURE' | 'TIMEOUT';
      readonly detail: string;
      readonly error: unknown;
    }
  | { readonly end: 'interrupted' };

export interface Watched extends VersionKey {
  readonly exports: unknown;
}

async function checkOnce(
  check: HealthCheck,
  { moduleId, version, exports }: Watched,
  limitMs: number,
  stopped: AbortSignal,
): Promise<WindowEnd | null> {
  try {
    const answer = await withTimeLimit({ what: 'the health check', limitMs, stopped }, (signal) =>
      check.check({ moduleId, version, exports, signal }),
    );
    const complaint = complaintOf(answer);
    return complaint === null ? null : { end: 'sick', reason: 'HEALTH_FAILURE', detail: complaint, error: null };
  } catch (error) {
    if (stopped.aborted) return { end: 'interrupted' };
    const reason = error instanceof TimeLimitError ? 'TIMEOUT' : 'HEALTH_FAILURE';
    return { end: 'sick', reason, detail: messageOf(error), error };
  }
}

/** Checks at once, then at every interval, and a last time when the window ends; the first bad answer ends it. */
export async function watch(watched: Watched, settings: SwapperSettings, stopped: AbortSignal): Promise<WindowEnd> {
  const { healthCheck, healthWindowMs, healthIntervalMs, healthTimeoutMs } = settings;
  const until = performance.now() + healthWindowMs;
  for (;;) {
    const left = until - performance.now();
    const end = healthCheck === null ? null : await checkOnce(healthCheck, watched, healthTimeoutMs, stopped);
    if (end !== null) return end;
    if (stopped.aborted) return { end: 'interrupted' };
    if (left <= 0) return { end: 'healthy' };
    await pause(Math.max(1, Math.min(healthIntervalMs, until - performance.now())), stopped);
    if (stopped.aborted) return { end: 'interrupted' };
  }
}
