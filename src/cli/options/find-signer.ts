/** Which of the ledger's keys is meant: by its fingerprint, its owner, or its public half. */

import { Complaint, invalidArgument, quoted } from '../complaint.js';
import type { Policy, PolicySigner } from '../library.js';
import { rolesText } from '../terminal/show-signer.js';
import type { Context } from '../verb.js';
import { readPublicKey } from './read-public-key.js';

export const SIGNER_ARGUMENT = {
  name: '<SIGNER>',
  description: 'a fingerprint (SHA256:…), a principal that has one key, or the file of the public key',
} as const;

/** A key or an owner that nobody knows. */
export function unknownSigner(what: string): Complaint<'NOT_FOUND'> {
  const message = `the ledger knows no key of ${quoted(what)}`;
  const hint = 'git-lineage signers list shows the keys that it knows';
  return new Complaint('NOT_FOUND', message, { kind: 'KEY', what }, hint);
}

/** The fingerprint that was named, directly or by a key file; null where it is a principal's name. */
async function namedFingerprint(context: Context, name: string): Promise<string | null> {
  if (name.startsWith('SHA256:')) return name;
  return name.endsWith('.pub') || name.includes('/') ? (await readPublicKey(context, name)).key.fingerprint : null;
}

/**
 * The one key that is meant by `name`. Of a principal with several, the one that `open` is true for, if it is one alone.
 * Throws `NOT_FOUND`, and `INVALID_ARGUMENT` with the fingerprints where more than one could be meant.
 */
export async function findSigner(
  context: Context,
  policy: Policy,
  name: string,
  open: (signer: PolicySigner) => boolean,
): Promise<PolicySigner> {
  const owned = policy.signers.filter((s) => s.principal === name);
  const fingerprint = owned.length > 0 ? null : await namedFingerprint(context, name);
  const known = fingerprint === null ? owned : policy.signers.filter((s) => s.publicKey.fingerprint === fingerprint);
  const [only, ...others] = known.length > 1 && known.some(open) ? known.filter(open) : known;
  if (only === undefined) throw unknownSigner(name);
  if (others.length === 0) return only;
  const keys = known.map((s) => `${s.publicKey.fingerprint} (${rolesText(s)})`).join(', ');
  const expected = `the fingerprint of one of the ${known.length} keys of ${name}`;
  throw invalidArgument('SIGNER', expected, quoted(name), `they are ${keys}`);
}
