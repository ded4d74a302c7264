/** Activation past the gate, for an emergency: an approver's own act, with a reason, in the journal for good. */

import { invalidInput, quoted } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import { MAX_REASON_BYTES } from '../model/ledger-event.js';
import { isPrintableLine } from '../model/printable.js';
import { requireActiveParent } from './activate.js';
import type { Decision } from './decision.js';
import { refuseRedacted } from './refuse-redacted.js';

/** Returns a reason that one line of the journal can hold, else throws `INVALID_ARGUMENT`. */
export function assertBreakGlassReason(reason: unknown): string {
  if (typeof reason === 'string' && isPrintableLine(reason, MAX_REASON_BYTES)) return reason;
  const expected = `one printable line of 1 to ${MAX_REASON_BYTES} bytes`;
  throw invalidInput(
    'INVALID_ARGUMENT',
    [{ path: 'reason', expected, actual: quoted(reason) }],
    'say why it could not wait for an approval: it is what the journal will show',
  );
}

/**
 * Makes a version active whatever the gate and the hook say. Its parent must be the active version all the same; a tag
 * `reverted` is cleared: the event says this too, because an approver need not be a recorder.
 */
export function breakGlass(decision: Decision, moduleId: string, version: number, reason: string): VersionCheckpoint {
  const candidate = decision.require(moduleId, version);
  const { parentVer } = candidate;
  if (decision.module(moduleId)?.active === version) return decision.checkpoint(candidate);
  refuseRedacted(candidate);
  requireActiveParent(decision, moduleId, version, parentVer);
  decision.add({ type: 'break-glass', moduleId, fromVer: parentVer, toVer: version, reason });
  return decision.checkpoint(decision.require(moduleId, version));
}
