/** The series that a module can have: each is there from the first scrape on, so that `rate` and `increase` see its first event. */

import { GateNoteCode } from '../../model/gate.js';
import { RollbackReason } from '../../model/rollback-target.js';
import { SwapRefusalCode, type SwapWarningCode } from '../swap/swap-codes.js';
import type { StayReason, SwapNotice, SwapPhase } from '../swap-types.js';
import type { MetricName } from './metric-shapes.js';

type Labels = Readonly<Record<string, string>>;

/** The labels beside `phase` that a swap may end with, by phase. The reason of a sick canary is that of its rollback. */
const REASONS: Readonly<Record<SwapPhase, readonly string[]>> = {
  COMMITTED: ['', 'SUPERSEDED'],
  FAILED: [
    ...Object.keys(SwapRefusalCode).filter((code) => code !== SwapRefusalCode.CANARY_SICK),
    ...Object.keys(RollbackReason),
    'ERROR',
  ],
  ROLLED_BACK: Object.keys(RollbackReason),
};

const STAY_REASONS: Readonly<Record<StayReason, true>> = { NO_TARGET: true, NOT_LOADABLE: true, POLICY: true };

/** Steps and canary steps are not counted; a warning is counted by its code. */
const NOTICE_TYPES: Readonly<Record<Exclude<SwapNotice['type'], 'step' | 'canary' | 'warning'>, true>> = {
  committed: true,
  'rolled-back': true,
  failed: true,
  healthy: true,
  promoted: true,
  stayed: true,
  resumed: true,
  followed: true,
  superseded: true,
  'worker-ended': true,
  'worker-unresponsive': true,
  'worker-restarted': true,
  drained: true,
  'drain-limit': true,
};

const WARNING_CODES: Readonly<Record<SwapWarningCode, string>> = {
  ...GateNoteCode,
  CACHE_CHANGED: 'CACHE_CHANGED',
  LOADED_VERSIONS: 'LOADED_VERSIONS',
  ACTIVE_NOT_LOADABLE: 'ACTIVE_NOT_LOADABLE',
  CRASH_LOOP: 'CRASH_LOOP',
  ASSESSOR_FAILED: 'ASSESSOR_FAILED',
  RETURN_BREAKS: 'RETURN_BREAKS',
  COMMITTED_WITH_ERROR: 'COMMITTED_WITH_ERROR',
  NOT_PROMOTED: 'NOT_PROMOTED',
  NOT_REVERTED: 'NOT_REVERTED',
  NOT_EXPLAINED: 'NOT_EXPLAINED',
  DISPOSE_FAILED: 'DISPOSE_FAILED',
  ROLLBACK_NOT_JOURNALED: 'ROLLBACK_NOT_JOURNALED',
  MISFIT_AFTER_ROLLBACK: 'MISFIT_AFTER_ROLLBACK',
  STATE_NOT_HANDED_OVER: 'STATE_NOT_HANDED_OVER',
  CANARY_SKIPPED: 'CANARY_SKIPPED',
  WORKER_GAVE_UP: 'WORKER_GAVE_UP',
  NOT_COUNTED: 'NOT_COUNTED',
  ROLLBACK_JOURNALED: 'ROLLBACK_JOURNALED',
};

/** The labels of each counter beside `module_id`, in every combination that can occur. Calls are counted at the scrape. */
export const ZERO_COUNTERS = {
  asm_swap_total: Object.entries(REASONS).flatMap(([phase, reasons]) => reasons.map((reason) => ({ phase, reason }))),
  asm_swap_stayed_total: Object.keys(STAY_REASONS).map((reason) => ({ reason })),
  asm_swap_misfit_total: [{}],
  asm_swap_health_checks_total: [{ outcome: 'well' }, { outcome: 'sick' }],
  asm_swap_notices_total: [
    ...Object.keys(NOTICE_TYPES).map((type) => ({ type, code: '' })),
    ...Object.keys(WARNING_CODES).map((code) => ({ type: 'warning', code })),
  ],
} as const satisfies Partial<Readonly<Record<MetricName, readonly Labels[]>>>;

export const ZERO_HISTOGRAMS = ['asm_swap_duration_seconds', 'asm_swap_queue_seconds'] as const satisfies MetricName[];
