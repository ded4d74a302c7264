/** What a canary that did not end well says of its candidate. */

import type { Reason } from '../../errors.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import type { HealthFailure } from '../health/health-window.js';
import type { SwapRefusalCode } from '../swap/swap-codes.js';
import type { CanaryFailure } from './canary-run.js';

export interface CanaryRefusal extends Reason<SwapRefusalCode> {
  /** True where the candidate served calls and was found wanting: its bytes are not to be tried again. */
  readonly reverts: boolean;
  readonly rollbackReason: RollbackReason | null;
  readonly error: unknown;
}

function sick({ reason: rollbackReason, detail, error }: HealthFailure): CanaryRefusal {
  const message = `it went sick in its canary: ${detail}`;
  return { code: 'CANARY_SICK', message, reverts: true, rollbackReason, error };
}

export function canaryRefusal(failure: CanaryFailure): CanaryRefusal {
  const stays = { reverts: false, rollbackReason: null, error: null };
  if (failure.end === 'sick') return sick(failure);
  if (failure.end === 'seldom') {
    const { percent, calls } = failure;
    const message = `${calls} calls in the step of ${percent}% are too few to judge it by: take longer steps, or larger ones`;
    return { ...stays, code: 'CANARY_SELDOM_CALLED', message };
  }
  const { cause } = failure;
  if (cause.by === 'outage') return sick({ reason: 'HEALTH_FAILURE', detail: cause.reason, error: null });
  if (cause.by === 'close') return { ...stays, code: 'SWAPPER_CLOSED', message: 'the swapper was closed' };
  if (cause.by === 'succession') return { ...stays, code: 'CANARY_ENDED', message: 'another version became active' };
  const message = 'a rollback was asked for during its canary';
  return { code: 'CANARY_ENDED', message, reverts: true, rollbackReason: cause.reason, error: null };
}

/** The active version is another one since the canary began. */
export function movedOn(active: number | null, error: unknown = null): CanaryRefusal {
  const message = `another version became active: ${active === null ? 'none is' : `v${active} is`}`;
  return { code: 'CANARY_ENDED', message, reverts: false, rollbackReason: null, error };
}
