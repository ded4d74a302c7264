/** Which policy may follow which: keys are added and roles change, but nothing that was believed once is rewritten. */

import { formatPolicy, type Policy, signerOf } from './policy.js';

/** Why a policy stated by entry `seq` cannot follow the one before it, or null. */
export function policySuccession(before: Policy, after: Policy, seq: number): string | null {
  // allowed_signers only grows, so that git still verifies the oldest entry with the newest file.
  if (!formatPolicy(after).allowedSigners.startsWith(formatPolicy(before).allowedSigners))
    return 'its allowed_signers is not the one before with keys added at its end';
  if (!after.signers.some((s) => s.roles.includes('admin'))) return 'it leaves no key with the role admin';
  for (const { principal, publicKey, revokedFrom } of after.signers) {
    const old = signerOf(before, publicKey.fingerprint)?.revokedFrom ?? null;
    if (old !== null && (revokedFrom === null || revokedFrom > old))
      return `a key of ${principal} was revoked from entry ${old} on, and is ${revokedFrom === null ? 'not any more' : `now from ${revokedFrom} on`}`;
    if (revokedFrom !== null && revokedFrom > seq)
      return `it revokes a key of ${principal} from entry ${revokedFrom} on, which is still to come`;
  }
  return null;
}
