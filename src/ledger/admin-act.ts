/** Signing what another admin is about to do. */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import { assertVersion } from '../model/checkpoint.js';
import { COUNTERSIGN_NAMESPACE } from '../model/countersignatures.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import { assertModuleId } from '../model/module-id.js';
import type { Signer } from '../ports/keys.js';
import { textToCountersign } from './countersign.js';
import type { Decision } from './decision.js';
import type { AdminAct } from './ledger-policy.js';
import { clockEvent } from './misdated.js';
import { checkRedactRequest, redactEvent } from './redact.js';
import { refuseFormat1 } from './refuse-format-1.js';
import { changedPolicy } from './set-policy.js';

function newRedaction(decision: Decision, given: Extract<AdminAct, { redact: unknown }>['redact']): LedgerEvent {
  const { moduleId, version, path, reason } = given;
  const request = checkRedactRequest(assertModuleId(moduleId), assertVersion(version), path, reason);
  const event = redactEvent(decision, request);
  if (decision.records.redaction(event.oid) === null) return event;
  const issue = { path: 'act.redact', expected: 'a file that is in the ledger', actual: 'one that was redacted' };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'nothing is to be signed');
}

/** The event that an act will write. @throws `INVALID_ARGUMENT` */
function eventOf(decision: Decision, act: AdminAct): LedgerEvent {
  const given: Partial<Record<'policy' | 'misdated' | 'redact', unknown>> = act ?? {};
  refuseFormat1(decision.policy.format, 'act');
  const alone = Object.values(given).filter((value) => value !== undefined).length === 1;
  if (alone && given.misdated === true) return clockEvent(decision);
  if (alone && typeof given.redact === 'object' && given.redact !== null)
    return newRedaction(decision, given.redact as Extract<AdminAct, { redact: unknown }>['redact']);
  if (given.policy === undefined || !alone) {
    const issue = { path: 'act', expected: '{ policy }, { misdated: true } or { redact }', actual: quoted(act) };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'see AdminAct');
  }
  const { event } = changedPolicy(decision, given.policy as Extract<AdminAct, { policy: unknown }>['policy']);
  if (event !== null) return event;
  const issue = { path: 'act.policy', expected: 'a change', actual: 'the policy that is in force' };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'nothing is to be signed: it was made already, or was so before');
}

/** The armoured countersignature of an act. @throws `INVALID_ARGUMENT`, `INVALID_CONFIG`; `ROLE_REQUIRED` without a signer */
export async function countersign(decision: Decision, act: AdminAct, signer: Signer | null): Promise<string> {
  const text = textToCountersign(decision, eventOf(decision, act));
  if (signer !== null) return signer.sign(Buffer.from(text), COUNTERSIGN_NAMESPACE);
  const roles = ['admin', 'root'] as const;
  const hint = 'give one: --key FILE, GIT_LINEAGE_KEY or git config user.signingKey; in the library, the option signer';
  throw new LedgerError('ROLE_REQUIRED', 'a countersignature takes a key', { roles, fingerprint: null }, { hint });
}
