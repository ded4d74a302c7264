/** Revocations that the roots take back, because a key that is not believed any more signed them. */

import { invalidInput, quoted } from '../errors.js';
import type { PolicySigner } from './policy.js';
import { isTainted } from './revocation.js';

/** An entry that changed from where on a key is revoked. */
export interface StatedRevocation {
  readonly seq: number;
  /** The key that signed the entry; null where nobody looked, because the entry was taken on a pin's word. */
  readonly signer: string | null;
  /** From where on the key is revoked since then; null where the entry lifts its revocation. */
  readonly from: number | null;
}

/** What entries have said of the revocation of a key, newest first. */
export type RevocationHistory = (fingerprint: string) => Iterable<StatedRevocation>;

/**
 * From which entry on a key is revoked by the word of keys that are believed; null where none of them revoked it. A lift leads there. An
 * entry whose signer nobody looked for counts as tainted: whoever asks took it on somebody's word, and a lift takes the roots' signatures
 * in any case.
 *
 * @param standing the revocation that is to be lifted: where no entry is known that stated it, it stands
 */
export function believedRevocation(
  policy: { readonly signers: readonly PolicySigner[] },
  fingerprint: string,
  history: RevocationHistory,
  standing: number | null,
): number | null {
  let isStated = false;
  for (const { seq, signer, from } of history(fingerprint)) {
    if (signer !== null && !isTainted(policy, signer, seq)) return from;
    isStated = true;
  }
  return isStated ? null : standing;
}

/** True where one revocation believes a key in more entries than another. */
export function isLater(from: number | null, other: number | null): boolean {
  return (from ?? Number.POSITIVE_INFINITY) > (other ?? Number.POSITIVE_INFINITY);
}

/**
 * The signers after the revocation of a key was lifted. It has no roles: those are given anew. `doubting` are the signers with every key
 * revoked that the same change revokes. Throws `INVALID_CONFIG` where the revocation is believed.
 */
export function withLifted(
  signers: readonly PolicySigner[],
  fingerprint: unknown,
  doubting: readonly PolicySigner[],
  history: RevocationHistory,
): PolicySigner[] {
  const known = signers.find(({ publicKey }) => publicKey.fingerprint === fingerprint);
  const refuse = (expected: string, actual: string, hint: string) =>
    invalidInput('INVALID_CONFIG', [{ path: 'lift', expected, actual }], hint);
  if (known === undefined || known.revokedFrom === null) {
    const actual = known === undefined ? quoted(fingerprint) : `${known.publicKey.fingerprint}, which is not revoked`;
    throw refuse('the fingerprint of a revoked key', actual, 'git-lineage signers list shows the keys');
  }
  const from = believedRevocation({ signers: doubting }, known.publicKey.fingerprint, history, known.revokedFrom);
  if (isLater(from, known.revokedFrom)) {
    const lifted: PolicySigner = Object.freeze({ ...known, revokedFrom: from });
    return signers.map((signer) => (signer === known ? lifted : signer));
  }
  const [last] = history(known.publicKey.fingerprint);
  const by = last === undefined ? '' : `, stated in entry ${last.seq} by ${last.signer}`;
  throw refuse(
    'a revocation that a key signed which is not believed any more',
    `one from entry ${known.revokedFrom} on${by}`,
    'revoke the key that signed it first, from that entry or an earlier one: git-lineage signers revoke SIGNER --from SEQ',
  );
}
