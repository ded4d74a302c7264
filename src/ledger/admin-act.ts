/** Signing what another admin is about to do. */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import { COUNTERSIGN_NAMESPACE } from '../model/countersignatures.js';
import type { LedgerEvent } from '../model/journal-entry.js';
import type { Signer } from '../ports/keys.js';
import type { AdminAct } from './contract.js';
import { textToCountersign } from './countersign.js';
import type { Decision } from './decision.js';
import { clockEvent } from './misdated.js';
import { changedPolicy } from './set-policy.js';

/** The event that an act will write. @throws `INVALID_ARGUMENT` */
function eventOf(decision: Decision, act: AdminAct): LedgerEvent {
  const given: Partial<Record<'policy' | 'misdated', unknown>> = act ?? {};
  const hint = 'see AdminAct';
  if (decision.policy.format === 1) {
    const issue = { path: 'act', expected: 'a ledger of format 2', actual: 'one of format 1' };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'an admin takes it to format 2 with git-lineage upgrade');
  }
  if (given.misdated === true && given.policy === undefined) return clockEvent(decision);
  if (given.policy === undefined || given.misdated !== undefined) {
    const issue = { path: 'act', expected: '{ policy } or { misdated: true }', actual: quoted(act) };
    throw invalidInput('INVALID_ARGUMENT', [issue], hint);
  }
  const { event } = changedPolicy(decision, given.policy as Extract<AdminAct, { policy: unknown }>['policy']);
  if (event !== null) return event;
  const issue = { path: 'act.policy', expected: 'a change', actual: 'the policy that is in force' };
  throw invalidInput('INVALID_ARGUMENT', [issue], hint);
}

/** The armoured countersignature of an act. @throws `INVALID_ARGUMENT`, `INVALID_CONFIG`; `ROLE_REQUIRED` without a signer */
export async function countersign(decision: Decision, act: AdminAct, signer: Signer | null): Promise<string> {
  const text = textToCountersign(decision, eventOf(decision, act));
  if (signer !== null) return signer.sign(Buffer.from(text), COUNTERSIGN_NAMESPACE);
  const roles = ['admin', 'root'] as const;
  const hint = 'give one: --key FILE, GIT_LINEAGE_KEY or git config user.signingKey; in the library, the option signer';
  throw new LedgerError('ROLE_REQUIRED', 'a countersignature takes a key', { roles, fingerprint: null }, { hint });
}
