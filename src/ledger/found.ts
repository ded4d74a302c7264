/** The first entry of a ledger. */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import { notesMessage } from '../model/entry-subject.js';
import type { EntryText } from '../model/journal-entry.js';
import type { LedgerFormat } from '../model/ledger-event.js';
import { changePolicy, type Policy, type SignerRoles } from '../model/policy.js';
import type { PolicySettings } from '../model/policy-settings.js';
import { formatPolicy } from '../model/policy-text.js';
import { assertPrincipal } from '../model/principal.js';
import { CHECKSUM_NOTES_REF, TAG_NOTES_REF } from '../model/ref-names.js';
import type { Signer } from '../ports/keys.js';
import type { ObjectDrafts, Plan } from '../ports/publisher.js';
import { checkedTime, identityOf } from './identity.js';
import { journalTree } from './journal-tree.js';
import { draftEntry } from './plan.js';
import { policyEvent } from './set-policy.js';

/** A key that is kept offline, for the day when every other admin's key is lost or stolen. */
export type RecoveryKey = Omit<SignerRoles, 'roles'>;

/** What a new ledger begins with. */
interface Foundation {
  readonly settings: PolicySettings;
  readonly format: LedgerFormat;
  /** In seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly recovery?: RecoveryKey | undefined;
}

/** The policy with the recovery key as an admin, and from format 2 on the one root. Throws `INVALID_CONFIG`. */
function withRecovery(policy: Policy, founder: Signer, recovery: RecoveryKey): Policy {
  const { principal, publicKey } = recovery ?? {};
  if (publicKey?.fingerprint === founder.publicKey.fingerprint) {
    const expected = `a key other than the founder's`;
    const issue = { path: 'recoveryKey', expected, actual: founder.publicKey.fingerprint };
    throw invalidInput('INVALID_CONFIG', [issue], 'make one for this alone, and keep its private half elsewhere');
  }
  if (policy.format === 1) return changePolicy(policy, { signers: [{ principal, publicKey, roles: ['admin'] }] });
  const [own] = policy.signers;
  const withoutRoot = own === undefined ? [] : [{ ...own, roles: own.roles.filter((role) => role !== 'root') }];
  return changePolicy(policy, { signers: [...withoutRoot, { principal, publicKey, roles: ['root', 'admin'] }] });
}

/**
 * The plan that begins a journal: signed by the key that becomes its first admin, approver and recorder, and, in format 2 and without a recovery key, its
 * root. A recovery key signs nothing here: its public half is enough.
 */
export async function foundationPlan(
  drafts: ObjectDrafts,
  signer: Signer,
  { settings, format, timestamp, recovery }: Foundation,
): Promise<Plan> {
  const principal = assertPrincipal(signer.principal);
  checkedTime(timestamp);
  if (settings.logKey !== null) {
    const issue = { path: 'logKey', expected: 'none at first', actual: quoted(settings.logKey) };
    const hint = "the name of a log's key has the hash of the first entry in it: make the key then, and name it";
    throw invalidInput('INVALID_CONFIG', [issue], hint);
  }
  const roles = [...(format === 1 ? [] : ['root' as const]), ...(['admin', 'approver', 'recorder'] as const)];
  const signers = [{ principal, publicKey: signer.publicKey, roles, revokedFrom: null }];
  const own: Policy = { ...settings, format, signers };
  const policy = recovery === undefined ? own : withRecovery(own, signer, recovery);
  const files = formatPolicy(policy);
  const events = [{ type: 'init', format } as const, policyEvent(policy)];
  const identity = identityOf(principal, timestamp);
  const notes = drafts.notes(null, new Map(), { identity, message: notesMessage(events) });
  const moves = [CHECKSUM_NOTES_REF, TAG_NOTES_REF].map((ref) => ({ ref, from: null, to: notes }));
  const text: EntryText = { format, seq: 0, previousSha256: null, actor: principal, timestamp, events, updates: moves };
  const entry = await draftEntry(drafts, drafts.tree(journalTree(files)), text, null, signer);
  return { base: null, entry, moves, objects: drafts.reachable([entry, notes]), files: [], index: [] };
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
