/** The first entry of a ledger. */

import { LedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import { type EntryText, FORMAT_VERSION } from '../model/journal-entry.js';
import { formatPolicy, type Policy, type PolicySettings } from '../model/policy.js';
import { assertPrincipal } from '../model/principal.js';
import { CHECKSUM_NOTES_REF, TAG_NOTES_REF } from '../model/ref-names.js';
import type { Publication, Signer, Staging } from '../store.js';
import { journalTree } from './journal-tree.js';
import { checkedTime, identityOf, stageEntry } from './writer.js';

/** Stages the root of a journal: signed by the key that becomes its first admin, approver and recorder. */
export async function stageFoundation(
  staging: Staging,
  signer: Signer,
  settings: PolicySettings,
  timestamp: number,
): Promise<Publication> {
  const principal = assertPrincipal(signer.principal);
  checkedTime(timestamp);
  const roles = ['admin', 'approver', 'recorder'] as const;
  const policy: Policy = { ...settings, signers: [{ principal, publicKey: signer.publicKey, roles }] };
  const files = formatPolicy(policy);
  const identity = identityOf(principal, timestamp);
  const draft = { identity, message: 'Notes of no versions yet\n' };
  const notes = await staging.stageNotes(null, new Map(), draft);
  const updates = [CHECKSUM_NOTES_REF, TAG_NOTES_REF].map((ref) => ({ ref, from: null, to: notes }));
  const text: EntryText = {
    seq: 0,
    previousSha256: null,
    actor: principal,
    timestamp,
    events: [
      { type: 'init', format: FORMAT_VERSION },
      { type: 'policy', policySha256: sha256Hex(files.policyJson), signersSha256: sha256Hex(files.allowedSigners) },
    ],
    updates,
  };
  const tree = await staging.stageFiles(journalTree(files));
  return { entry: await stageEntry(staging, tree, text, null, signer), edits: updates };
}

/** The signer that a new ledger cannot do without. */
export function requireSigner(signer: Signer | undefined): Signer {
  if (signer !== undefined) return signer;
  throw new LedgerError(
    'ROLE_REQUIRED',
    'a new ledger takes a key: its first entry is signed',
    { roles: ['admin'], fingerprint: null },
    {
      hint: 'make one with ssh-keygen -t ed25519, and pass sshSigner({ privateKey, principal }) as signer',
    },
  );
}
