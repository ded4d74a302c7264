/** May this key sign such events? Asked before a decision, so that nobody decides what they cannot sign. */

import { LedgerError } from '../errors.js';
import type { EventType } from '../model/ledger-event.js';
import { type Policy, type PolicySigner, signerOf } from '../model/policy.js';
import { type Role, rolesFor } from '../model/signer-roles.js';
import type { Signer } from '../ports/keys.js';

function untrusted(fingerprint: string, signer: Signer, message: string, hint: string): LedgerError {
  return new LedgerError(
    'UNTRUSTED_SIGNER',
    message,
    { fingerprint, what: `a transaction by ${signer.principal}` },
    { hint },
  );
}

function noKey(roles: readonly Role[]): LedgerError<'ROLE_REQUIRED'> {
  return new LedgerError(
    'ROLE_REQUIRED',
    `this takes a key with the role ${roles.join(' or ')}, and no key was given`,
    { roles, fingerprint: null },
    {
      hint: 'give one: --key FILE, GIT_LINEAGE_KEY or git config user.signingKey; in the library, the option signer',
    },
  );
}

/** The error where a key has none of the roles that are `wanted`. */
function lacksRole(known: PolicySigner, wanted: readonly Role[]): LedgerError<'ROLE_REQUIRED'> {
  const isRevoked = known.revokedFrom !== null;
  const idle = isRevoked ? `is revoked from entry ${known.revokedFrom} on` : 'is retired';
  const has = known.roles.length === 0 ? idle : `has the role ${known.roles.join(', ')}`;
  // The one that lets its key do least, where several will do.
  const role = wanted.includes('recorder') ? 'recorder' : (wanted[0] ?? 'recorder');
  const add = `git-lineage signers add ${known.principal} ${isRevoked ? 'NEW' : 'KEY'}.pub --role ${role}`;
  return new LedgerError(
    'ROLE_REQUIRED',
    `this takes the role ${wanted.join(' or ')}; the key of ${known.principal} ${has}`,
    { roles: wanted, fingerprint: known.publicKey.fingerprint },
    {
      hint: isRevoked
        ? `a revoked key gets no role any more: use another one, which an admin adds with: ${add}`
        : `use another key, or let an admin run: ${add}`,
    },
  );
}

/** The signer, having checked that the policy lets its key sign events of the types `needs`. @throws `ROLE_REQUIRED`, `UNTRUSTED_SIGNER` */
export function permittedSigner(signer: Signer | null, needs: readonly EventType[], policy: Policy): Signer {
  if (signer === null) throw noKey([...new Set(needs.flatMap((type) => rolesFor(type, policy.format)))]);
  const { fingerprint } = signer.publicKey;
  const known = signerOf(policy, fingerprint);
  if (known === undefined) {
    const hint = 'an admin adds it with: git-lineage signers add PRINCIPAL KEY.pub --role recorder';
    throw untrusted(fingerprint, signer, `the ledger does not know the key ${fingerprint}`, hint);
  }
  const missing = needs.find((type) => !rolesFor(type, policy.format).some((role) => known.roles.includes(role)));
  if (missing !== undefined) throw lacksRole(known, rolesFor(missing, policy.format));
  if (known.principal !== signer.principal) {
    const message = `the key ${fingerprint} belongs to ${known.principal}, not to ${signer.principal}`;
    throw untrusted(fingerprint, signer, message, `open the ledger with the principal ${known.principal}`);
  }
  return signer;
}
