/** May this key sign this entry? One answer for readers, for the audit and for what is pushed. */

import type { EntryText } from './journal-entry.js';
import type { Policy, PolicySigner } from './policy.js';
import { rolesFor } from './signer-roles.js';

/** Why the holder of a key could not sign an entry, by the policy of the entry before it; null where they could. */
export function signerObjection(signer: PolicySigner, text: EntryText, { format }: Policy): string | null {
  const unallowed = text.events.find((e) => !rolesFor(e.type, format).some((role) => signer.roles.includes(role)));
  if (unallowed !== undefined) {
    const has = signer.roles.length === 0 ? 'none: it is retired' : signer.roles.join(', ');
    return `its key has not the role to sign "${unallowed.type}" (${rolesFor(unallowed.type, format).join(' or ')}; it has ${has})`;
  }
  if (text.actor !== signer.principal) return `its Actor is ${text.actor}, its key belongs to ${signer.principal}`;
  return null;
}
