/** Which policy may follow which: keys are added and roles change, but nothing that keys that are believed have said is rewritten. */

import { policyFormatObjection, rootsAtUpgrade } from './format-succession.js';
import type { EntryText } from './journal-entry.js';
import { believedRevocation, isLater, type RevocationHistory } from './lifted-revocation.js';
import { type Policy, signerOf, unmetThreshold } from './policy.js';
import { authorityObjection, type SignedBy } from './policy-authority.js';
import { formatPolicy } from './policy-text.js';

/** Why a policy stated by entry `seq` cannot follow the one before it, whoever states it, or null. */
export function policySuccession(
  before: Policy,
  after: Policy,
  seq: number,
  history: RevocationHistory,
): string | null {
  // allowed_signers only grows, so that git still verifies the oldest entry with the newest file.
  if (!formatPolicy(after).allowedSigners.startsWith(formatPolicy(before).allowedSigners))
    return 'its allowed_signers is not the one before with keys added at its end';
  if (!after.signers.some((s) => s.roles.includes('admin'))) return 'it leaves no key with the role admin';
  const unmet = unmetThreshold(after);
  if (unmet !== null)
    return `its ${unmet.role}Threshold is ${unmet.needed}, and ${unmet.principals} principals have the role ${unmet.role}`;
  for (const { principal, publicKey, revokedFrom } of after.signers) {
    const old = signerOf(before, publicKey.fingerprint)?.revokedFrom ?? null;
    if (isLater(revokedFrom, old) && !isLifted(before, after, publicKey.fingerprint, history))
      return `a key of ${principal} was revoked from entry ${old} on, and is ${revokedFrom === null ? 'not any more' : `now from ${revokedFrom} on`}`;
    if (revokedFrom !== null && revokedFrom > seq)
      return `it revokes a key of ${principal} from entry ${revokedFrom} on, which is still to come`;
  }
  return null;
}

/** True where a key's revocation is later than it was, and not later than keys that are believed have made it. */
function isLifted(before: Policy, after: Policy, fingerprint: string, history: RevocationHistory): boolean {
  if (before.format === 1) return false;
  const from = signerOf(after, fingerprint)?.revokedFrom ?? null;
  const standing = signerOf(before, fingerprint)?.revokedFrom ?? null;
  // Asked of the policy after the change: it may revoke the thief in the same breath.
  return !isLater(from, believedRevocation(after, fingerprint, history, standing));
}

/** Why an upgrade may not state this policy, or null: it makes roots of the founders, and sets no threshold. */
function upgradeObjection(before: Policy, after: Policy, roots: ReadonlySet<string>): string | null {
  const named = after.signers
    .filter(({ roles }) => roles.includes('root'))
    .map(({ publicKey }) => publicKey.fingerprint);
  if (named.length !== roots.size || !named.every((fingerprint) => roots.has(fingerprint)))
    return `its roots are ${named.join(', ') || 'none'}; an upgrade makes roots of ${[...roots].join(', ')}`;
  const same = before.rootThreshold === after.rootThreshold && before.adminThreshold === after.adminThreshold;
  return same ? null : 'it sets a threshold in the entry that upgrades';
}

/** An entry that states a policy, and what is known of it. */
interface StatingEntry {
  readonly text: EntryText;
  /** The key that signed it. */
  readonly signer: string;
  /** That key and those that countersigned. */
  readonly signedBy: SignedBy;
  /** The policy that the journal's first entry states; asked of an upgrade alone. */
  readonly firstPolicy: () => Policy | null;
  /** What entries before it have said of revocations; asked where one is lifted. */
  readonly revocations: RevocationHistory;
}

/** Why an entry may not state the policy `after` in place of `before`, or null. One answer for readers, for the audit and for what is pushed. */
export function policyObjection(before: Policy, after: Policy, entry: StatingEntry): string | null {
  const { text, signer, signedBy, firstPolicy, revocations } = entry;
  const succession = policyFormatObjection(after, text) ?? policySuccession(before, after, text.seq, revocations);
  if (succession !== null) return `its policy cannot follow the one before: ${succession}`;
  if (before.format === after.format) return authorityObjection(before, after, signedBy);
  return upgradeObjection(before, after, rootsAtUpgrade(firstPolicy() ?? before, before, signer));
}
