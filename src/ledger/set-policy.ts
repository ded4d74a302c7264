/** Changing the policy: settings, signers and whose keys are not to be believed any more. */

import { invalidInput, isLedgerError, quoted } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import { changePolicy, type Policy, type PolicyChange } from '../model/policy.js';
import { authorityObjection } from '../model/policy-authority.js';
import { formatPolicy } from '../model/policy-text.js';
import { assertRevocable } from '../model/revocation.js';
import type { Verifier } from '../ports/keys.js';
import { originOf } from '../witness/format/log-checkpoint.js';
import { parseNoteKey } from '../witness/format/note-key.js';
import { addCountersigned, refuseUnsigned } from './countersign.js';
import type { Decision } from './decision.js';
import type { CountersignOptions } from './ledger-policy.js';
import { revocationHistory } from './policy-at.js';

/** The event that states a policy. */
export function policyEvent(policy: Policy): LedgerEvent {
  const { policyJson, allowedSigners } = formatPolicy(policy);
  return { type: 'policy', policySha256: sha256Hex(policyJson), signersSha256: sha256Hex(allowedSigners) };
}

/** Refuses the key of another ledger's log: with it no checkpoint of this one would ever be accepted. @throws `INVALID_CONFIG` */
function assertLogKey({ base, policy: before }: Decision, { logKey }: Policy): void {
  if (logKey === null || logKey === before.logKey) return;
  const origin = originOf(base.before.head()?.rootSha256 ?? '');
  const hint = 'git-lineage checkpoint key makes the key of a ledger, and prints its public half';
  const refuse = (actual: string, cause?: unknown) =>
    invalidInput(
      'INVALID_CONFIG',
      [{ path: 'logKey', expected: `the public key of the log ${origin}`, actual }],
      cause === undefined ? hint : `${hint}; ${cause instanceof Error ? cause.message : cause}`,
    );
  try {
    const { name } = parseNoteKey(logKey, 'log');
    if (name !== origin) throw refuse(`that of ${name}`);
  } catch (error) {
    throw isLedgerError(error, 'INVALID_KEY') ? refuse(quoted(logKey), error) : error;
  }
}

/** The policy after a change, and the event that states it; null where it is the one in force. @throws `INVALID_CONFIG` */
export function changedPolicy(
  decision: Decision,
  change: PolicyChange,
): { readonly policy: Policy; readonly event: LedgerEvent | null } {
  const policy = changePolicy(decision.policy, change, revocationHistory(decision.base.before));
  assertLogKey(decision, policy);
  const [before, files] = [formatPolicy(decision.policy), formatPolicy(policy)];
  const same = before.policyJson === files.policyJson && before.allowedSigners === files.allowedSigners;
  return { policy, event: same ? null : policyEvent(policy) };
}

/**
 * Returns the policy after the change; writes nothing where that is the one in force.
 * @throws `INVALID_CONFIG`, `BAD_SIGNATURE`; `ROLE_REQUIRED` where it takes more signatures
 */
export function setPolicy(
  decision: Decision,
  change: PolicyChange,
  options: CountersignOptions,
  verifier: Verifier,
): Policy {
  const { base, policy: before } = decision;
  const { policy, event } = changedPolicy(decision, change);
  assertRevocable(before, policy, { seq: base.seq, by: base.signer.publicKey.fingerprint });
  if (event === null) return policy;
  const by = addCountersigned(decision, event, options, verifier);
  refuseUnsigned(authorityObjection(before, policy, by), decision, ['root', 'admin']);
  decision.newPolicy = policy;
  return policy;
}
