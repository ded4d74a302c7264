/** The result of a swap or a rollback: what is not said is what nothing happened to. */

import type { SwapResult } from '../swap-types.js';

/** What every result says. */
type Said = Pick<SwapResult, 'moduleId' | 'phase' | 'step' | 'reason' | 'durationMs'>;

export function swapResult(given: Said & Partial<SwapResult>): SwapResult {
  return Object.freeze({
    refusals: [],
    fromVer: null,
    toVer: null,
    level: 'UNKNOWN',
    report: null,
    checkpoint: null,
    rollbackReason: null,
    rollbackTarget: null,
    restored: null,
    journaled: true,
    stayed: null,
    misfits: [],
    supersededBy: null,
    rolledBackBy: null,
    error: null,
    queueMs: 0,
    loadHeldMs: null,
    ...given,
  });
}
