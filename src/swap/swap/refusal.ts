/** Why a swap ends before it is live. */

import { isLedgerError, reasonText } from '../../errors.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import type { CanaryRefusal } from '../canary/canary-refusal.js';
import type { SwapResult } from '../swap-types.js';
import type { SwapRefusalCode } from './swap-codes.js';

/** A swap that ends before it is live: `reverts` where the validator, or its canary, has spoken against the version. What does not load today may tomorrow. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reasons: SwapResult['refusals'];
  readonly reverts: boolean;
  readonly rollbackReason: RollbackReason | null;

  constructor(reasons: SwapResult['refusals'], details: RefusalDetails = {}) {
    super(reasonText(reasons), { cause: details.error ?? null });
    this.reasons = reasons;
    this.reverts = details.reverts ?? false;
    this.rollbackReason = details.rollbackReason ?? null;
  }
}

interface RefusalDetails {
  readonly error?: unknown;
  readonly reverts?: boolean;
  readonly rollbackReason?: RollbackReason | null;
}

export function refusal(code: SwapRefusalCode, message: string, details?: RefusalDetails): Refusal {
  return new Refusal([{ code, message }], details);
}

/** What the ledger refuses is asked for at the gate, and may be refused as late as at the commit: the same codes then. */
export function refusalsOf(error: unknown): SwapResult['refusals'] {
  if (!isLedgerError(error)) return [];
  const { message } = error;
  if (isLedgerError(error, 'APPROVAL_REQUIRED')) return error.data.reasons;
  if (isLedgerError(error, 'HOOK_REFUSED')) return [{ code: 'HOOK_REFUSED', message }];
  if (isLedgerError(error, 'VERSION_REVERTED')) return [{ code: 'REVERTED', message }];
  if (isLedgerError(error, 'VERSION_REDACTED')) return [{ code: 'REDACTED', message }];
  if (isLedgerError(error, 'NOT_ACTIVE')) return [{ code: 'OTHER_ACTIVE', message }];
  return [];
}

export function refusedBy({ code, message, ...details }: CanaryRefusal): Refusal {
  return refusal(code, message, details);
}
