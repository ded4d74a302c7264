/** Watching a new version for a while: by the service's own check, and by the calls that it serves. */

import { isLedgerError, messageOf } from '../../errors.js';
import type { Instance } from '../module/instance.js';
import type { ReportedOutcomes } from '../outcomes/reported-outcomes.js';
import type { Source } from '../source.js';
import type { HealthCheck } from '../swap-ports.js';
import { pause, withTimeLimit } from '../time-limit.js';
import { complaintOf } from './check-answer.js';
import { LiveCheck, LOOK_MS } from './live-check.js';

/** Why a version is sick. */
export interface HealthFailure {
  readonly reason: 'HEALTH_FAILURE' | 'TIMEOUT';
  readonly detail: string;
  readonly error: unknown;
  /** The numbers that decided, for the journal, where outcomes that others reported are among them; else left out. */
  readonly summary?: string | null | undefined;
}

/** How a window ended: the version was well all along, it is sick, or somebody ended the window. */
type WindowEnd =
  | { readonly end: 'healthy' }
  | ({ readonly end: 'sick' } & HealthFailure)
  | { readonly end: 'interrupted' };

/** What is watched. */
export interface Watched {
  readonly instance: Instance;
  /** What calls began on before, where it ran in this process. */
  readonly before: Instance | null;
  readonly source: Source;
  /** What others report of it; null where nobody can. */
  readonly reported: ReportedOutcomes | null;
}

/** Null where the check finds nothing. A throw and garbage speak against the version, and so does silence. */
async function checkOnce(
  check: HealthCheck,
  { instance, before, source: { settings } }: Watched,
  stopped: AbortSignal,
): Promise<HealthFailure | null> {
  const { moduleId, version, exports, counts } = instance;
  const limit = { what: 'the health check', limitMs: settings.healthTimeoutMs, stopped };
  try {
    const callsBefore = before?.counts.statistics() ?? null;
    const answer = await withTimeLimit(limit, (signal) =>
      check.check({ moduleId, version, exports, signal, calls: counts.statistics(), callsBefore }),
    );
    const complaint = complaintOf(answer);
    return complaint === null ? null : { reason: 'HEALTH_FAILURE', detail: complaint, error: null };
  } catch (error) {
    const reason = isLedgerError(error, 'TIME_LIMIT') ? 'TIMEOUT' : 'HEALTH_FAILURE';
    return { reason, detail: messageOf(error), error };
  }
}

/** Checks at once, then at every interval, and a last time when the window ends: that answer counts alone. */
async function watchByCheck(watched: Watched, until: number, stopped: AbortSignal): Promise<WindowEnd> {
  const { healthCheck, healthIntervalMs, healthFailures } = watched.source.settings;
  const last: boolean[] = [];
  for (;;) {
    const left = until - performance.now();
    const sickness = healthCheck === null ? null : await checkOnce(healthCheck, watched, stopped);
    if (stopped.aborted) return { end: 'interrupted' };
    if (healthCheck !== null) watched.source.checked(watched.instance.moduleId, sickness === null);
    last.push(sickness !== null);
    if (last.length > healthFailures.of) last.shift();
    const failures = last.filter(Boolean).length;
    if (sickness !== null && (failures >= healthFailures.limit || left <= 0)) return { end: 'sick', ...sickness };
    if (left <= 0) return { end: 'healthy' };
    await pause(Math.max(1, Math.min(healthIntervalMs, until - performance.now())), stopped);
    if (stopped.aborted) return { end: 'interrupted' };
  }
}

/** Looks at the calls of the version ten times a second, and at what others have reported of it meanwhile. */
async function watchByCalls(
  { instance, before, source, reported }: Watched,
  until: number,
  stopped: AbortSignal,
): Promise<WindowEnd> {
  const { callTimeoutMs } = source.settings;
  if (callTimeoutMs === null) return { end: 'healthy' };
  const check = new LiveCheck(instance.counts, before, callTimeoutMs);
  for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
    await pause(Math.min(LOOK_MS, left), stopped);
    if (stopped.aborted) return { end: 'interrupted' };
    const told = (await reported?.look()) ?? null;
    // Somebody may have ended the window while the counts were read: what they want stands.
    if (stopped.aborted) return { end: 'interrupted' };
    const complaint = check.look(told);
    if (complaint !== null) return { end: 'sick', reason: 'HEALTH_FAILURE', ...complaint, error: null };
  }
  return { end: 'healthy' };
}

/** Watches a version for `ms`: the first sickness ends it. */
export async function watch(watched: Watched, ms: number, stopped: AbortSignal): Promise<WindowEnd> {
  const until = performance.now() + ms;
  const over = new AbortController();
  const stop = (): void => over.abort(stopped.reason);
  stopped.addEventListener('abort', stop, { once: true });
  if (stopped.aborted) stop();
  const endOf = async (watching: Promise<WindowEnd>): Promise<WindowEnd> => {
    const end = await watching;
    if (end.end === 'sick') over.abort();
    return end;
  };
  try {
    const ends = await Promise.all([
      endOf(watchByCheck(watched, until, over.signal)),
      endOf(watchByCalls(watched, until, over.signal)),
    ]);
    const [first, second] = ends;
    if (first.end === 'sick' || second.end === 'healthy') return first;
    return second;
  } finally {
    stopped.removeEventListener('abort', stop);
  }
}
