/** Keys that are not to be believed from an entry on. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import type { Policy, PolicySigner } from './policy.js';

/** Takes the belief from a key: what it signed in the entry `from` and in later ones counts as a thief's. */
export interface KeyRevocation {
  /** `SHA256:…` of a key that the ledger knows. */
  readonly fingerprint: string;
  /** The first entry (its `Seq`) whose signature by this key is not to be believed; 1 or more. */
  readonly from: number;
}

const REVOCATION_HINT =
  'git-lineage history --by FINGERPRINT shows what a key signed; a revocation can be moved to an earlier entry, never later or away';

const FOUNDING_HINT =
  'the first entry vouches for itself: whoever does not believe it believes nothing after it. Found the ledger anew, and record in it what is good';

/** True for the number of an entry from which a key can be revoked. The root cannot be: nothing vouches for it. */
export function isRevocableFrom(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/**
 * The signers after a revocation: the key loses its roles for good. Revoked again, it takes the earlier entry; a later
 * one is refused, because what somebody had reason to doubt does not become true. Throws `INVALID_CONFIG`.
 */
export function withRevocation(signers: readonly PolicySigner[], revocation: KeyRevocation): PolicySigner[] {
  const { fingerprint, from } = (revocation ?? {}) as Partial<Record<keyof KeyRevocation, unknown>>;
  const known = signers.find((s) => s.publicKey.fingerprint === fingerprint);
  const refuse = (issue: InputIssue, hint = REVOCATION_HINT) => invalidInput('INVALID_CONFIG', [issue], hint);
  if (known === undefined) {
    const expected = 'the fingerprint of a key that the ledger knows';
    throw refuse(
      { path: 'revoke.fingerprint', expected, actual: quoted(fingerprint) },
      'git-lineage signers list shows the keys',
    );
  }
  if (!isRevocableFrom(from)) {
    const issue = { path: 'revoke.from', expected: 'the number of an entry, 1 or more', actual: quoted(from) };
    throw from === 0 ? refuse(issue, FOUNDING_HINT) : refuse(issue);
  }
  if (known.revokedFrom !== null && from > known.revokedFrom) {
    const expected = `at most ${known.revokedFrom}, from which this key is revoked already`;
    throw refuse({ path: 'revoke.from', expected, actual: quoted(from) });
  }
  const revoked: PolicySigner = Object.freeze({ ...known, roles: Object.freeze([]), revokedFrom: from });
  return signers.map((s) => (s === known ? revoked : s));
}

/** The number of the entry from which a key is not to be believed; null for one that is not revoked, or not known. */
export function revokedFrom(policy: Pick<Policy, 'signers'>, fingerprint: string): number | null {
  return policy.signers.find((s) => s.publicKey.fingerprint === fingerprint)?.revokedFrom ?? null;
}

/** True where a signature by this key in the entry `seq` is not to be believed, by the policy of any later entry. */
export function isTainted(policy: Pick<Policy, 'signers'>, fingerprint: string, seq: number): boolean {
  return seq >= (revokedFrom(policy, fingerprint) ?? Number.POSITIVE_INFINITY);
}

/**
 * Throws `INVALID_CONFIG` where a change of policy, to be journaled as entry `seq` and signed by the key `by`, revokes a key
 * from an entry that is still to come, or revokes that very key: its own word would be among what is not to be believed.
 */
export function assertRevocable(
  before: Policy,
  after: Policy,
  entry: { readonly seq: number; readonly by: string },
): void {
  for (const { publicKey, revokedFrom: from } of after.signers) {
    const { fingerprint } = publicKey;
    if (from === null || from === revokedFrom(before, fingerprint)) continue;
    if (from > entry.seq) {
      const issue = { path: 'revoke.from', expected: `at most ${entry.seq}, the next entry`, actual: String(from) };
      throw invalidInput('INVALID_CONFIG', [issue], REVOCATION_HINT);
    }
    if (fingerprint === entry.by) {
      const expected = 'a key other than the one that signs the revocation';
      const issue = { path: 'revoke.fingerprint', expected, actual: fingerprint };
      throw invalidInput('INVALID_CONFIG', [issue], 'sign with the key of another admin, or with the recovery key');
    }
  }
}
