/** Changing the policy: settings, signers and whose keys are not to be believed any more. */

import { sha256Hex } from '../model/content-digest.js';
import { changePolicy, formatPolicy, type Policy, type PolicyChange } from '../model/policy.js';
import { assertRevocable } from '../model/revocation.js';
import type { Decision } from './decision.js';

/** Returns the policy after the change; writes nothing where that is the one in force. @throws `INVALID_CONFIG` */
export function setPolicy(decision: Decision, change: PolicyChange): Policy {
  const { base } = decision;
  const policy = changePolicy(decision.policy, change);
  assertRevocable(decision.policy, policy, { seq: base.seq, by: base.signer.publicKey.fingerprint });
  const [before, files] = [formatPolicy(decision.policy), formatPolicy(policy)];
  if (before.policyJson === files.policyJson && before.allowedSigners === files.allowedSigners) return policy;
  decision.newPolicy = policy;
  decision.add({
    type: 'policy',
    policySha256: sha256Hex(files.policyJson),
    signersSha256: sha256Hex(files.allowedSigners),
  });
  return policy;
}
