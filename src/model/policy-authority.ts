/** Whose signatures a change of policy takes, in a ledger of format 2. The entry's own signature is one of them. */

import type { LedgerEvent } from './ledger-event.js';
import { isLater } from './lifted-revocation.js';
import { type Policy, type PolicySigner, signerOf } from './policy.js';

/** The keys that signed an entry or countersigned it, by fingerprint. */
export type SignedBy = ReadonlySet<string>;

function principals(policy: Policy, role: 'root' | 'admin', by: SignedBy): number {
  const signed = policy.signers.filter(({ roles, publicKey }) => roles.includes(role) && by.has(publicKey.fingerprint));
  return new Set(signed.map(({ principal }) => principal)).size;
}

function isReached(policy: Policy, role: 'root' | 'admin', by: SignedBy): boolean {
  return principals(policy, role, by) >= policy[`${role}Threshold`];
}

function missing(policy: Policy, role: 'root' | 'admin', by: SignedBy, what: string): string {
  const needed = policy[`${role}Threshold`];
  const who = `${needed === 1 ? 'the signature of' : `the signatures of ${needed} principals with`} ${needed === 1 ? 'a key with ' : ''}the role ${role}`;
  return `${what} takes ${who}; it has ${principals(policy, role, by)}`;
}

function isRoot(signer: PolicySigner | undefined): boolean {
  return signer?.roles.includes('root') === true;
}

/** What of a change belongs to the roots alone, or null. */
function rootMatter(before: Policy, after: Policy): string | null {
  for (const name of ['rootThreshold', 'adminThreshold'] as const)
    if (before[name] !== after[name]) return `a change of ${name}`;
  for (const signer of after.signers) {
    const old = signerOf(before, signer.publicKey.fingerprint);
    if (old !== undefined && isLater(signer.revokedFrom, old.revokedFrom))
      return `the lift of a revocation of ${signer.publicKey.fingerprint}`;
    if (!isRoot(old) && !isRoot(signer)) continue;
    const same = old?.roles.join() === signer.roles.join() && old.revokedFrom === signer.revokedFrom;
    if (!same) return `a change of the root key ${signer.publicKey.fingerprint}`;
  }
  return null;
}

/**
 * Why the keys in `by` may not make this change, or null. Roots may change everything; admins everything but the root keys, the thresholds
 * and lifts of revocations. A key that becomes a root signs for that itself, so that nobody names a key that its owner does not hold.
 */
export function authorityObjection(before: Policy, after: Policy, by: SignedBy): string | null {
  if (before.format === 1) return null;
  const roots = rootMatter(before, after);
  if (roots !== null && !isReached(before, 'root', by)) return missing(before, 'root', by, roots);
  if (roots === null) {
    const objection = unlessReached(before, by, 'a change of policy');
    if (objection !== null) return objection;
  }
  const unheard = after.signers.find(
    (signer) =>
      isRoot(signer) &&
      !isRoot(signerOf(before, signer.publicKey.fingerprint)) &&
      !by.has(signer.publicKey.fingerprint),
  );
  return unheard === undefined
    ? null
    : `the key ${unheard.publicKey.fingerprint} of ${unheard.principal} becomes a root, and has not signed for it`;
}

/** What only admins say beside a policy, by its event, as it is called in a message. */
const SAID_BY_ADMINS = { clock: 'a Clock line', redact: 'a Redact line' } as const;

/**
 * Why the keys in `by` may not say what an entry says for admins alone, or null. As many roots as change the roots are enough too. A policy
 * has rules of its own.
 */
export function adminsObjection(policy: Policy, by: SignedBy, events: readonly LedgerEvent[]): string | null {
  for (const [type, what] of Object.entries(SAID_BY_ADMINS)) {
    const objection = events.some((event) => event.type === type) ? unlessReached(policy, by, what) : null;
    if (objection !== null) return objection;
  }
  return null;
}

function unlessReached(policy: Policy, by: SignedBy, what: string): string | null {
  if (policy.format === 1 || isReached(policy, 'admin', by) || isReached(policy, 'root', by)) return null;
  return missing(policy, 'admin', by, what);
}
