/** Countersigning: others sign the very change that an admin is about to make. */

import { invalidInput, LedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import {
  COUNTERSIGN_NAMESPACE,
  type Countersignature,
  countersignedText,
  formatCountersignatures,
} from '../model/countersignatures.js';
import type { LedgerEvent, LedgerFormat } from '../model/ledger-event.js';
import type { SignedBy } from '../model/policy-authority.js';
import type { Verifier } from '../ports/keys.js';
import type { Decision } from './decision.js';
import type { CountersignOptions } from './ledger-policy.js';
import { refuseFormat1 } from './refuse-format-1.js';

/** The bytes that a countersignature of an event covers, as the ledger is now. */
export function textToCountersign(decision: Decision, event: LedgerEvent): string {
  const head = decision.base.before.head();
  if (head === null) throw new TypeError('a journal without an entry');
  return countersignedText(head, event);
}

function checkedArmours({ countersignatures = [] }: CountersignOptions, format: LedgerFormat): readonly string[] {
  const texts = Array.isArray(countersignatures) && countersignatures.every((text) => typeof text === 'string');
  const expected = 'a list of armoured SSHSIG signatures';
  const issue = { path: 'countersignatures', expected, actual: 'something else' };
  if (!texts) throw invalidInput('INVALID_ARGUMENT', [issue], 'give what countersign returned, as it was');
  if (countersignatures.length > 0) refuseFormat1(format, 'countersignatures');
  return countersignatures;
}

/**
 * Adds an event that admins sign for, with the countersignatures of it. Returns the keys that have signed.
 * @throws `BAD_SIGNATURE` for a signature of something else
 */
export function addCountersigned(
  decision: Decision,
  event: LedgerEvent,
  options: CountersignOptions,
  verifier: Verifier,
): SignedBy {
  const armours = checkedArmours(options, decision.policy.format);
  const own = decision.base.signer.publicKey.fingerprint;
  const payload = Buffer.from(textToCountersign(decision, event));
  const found = new Map<string, Countersignature>();
  for (const armour of armours) {
    const fingerprint = keyOf(payload, armour, verifier);
    if (fingerprint !== own) found.set(fingerprint, { fingerprint, armour });
  }
  decision.add(event);
  if (found.size > 0) {
    decision.countersignatures = formatCountersignatures([...found.values()]);
    decision.add({ type: 'countersigned', sha256: sha256Hex(decision.countersignatures) });
  }
  return new Set([own, ...found.keys()]);
}

function keyOf(payload: Uint8Array, armour: string, verifier: Verifier): string {
  const what = 'a countersignature';
  try {
    return verifier.verify(payload, armour, what, COUNTERSIGN_NAMESPACE).fingerprint;
  } catch (cause) {
    if (!(cause instanceof LedgerError) || cause.code !== 'BAD_SIGNATURE') throw cause;
    const hint = 'it is of another change, or the policy has changed since: have it made again, of this very change';
    throw new LedgerError('BAD_SIGNATURE', cause.message, { what, reason: cause.message }, { hint, cause });
  }
}

/** Refuses a change that not enough have signed. */
export function refuseUnsigned(
  objection: string | null,
  decision: Decision,
  roles: readonly ('root' | 'admin')[],
): void {
  if (objection === null) return;
  const { fingerprint } = decision.base.signer.publicKey;
  const hint =
    'have the others run the same command with --countersign, and give what it prints with --countersignature FILE';
  throw new LedgerError('ROLE_REQUIRED', objection, { roles, fingerprint }, { hint });
}
