/** Other people at a ledger: each with a key of its own and the roles given. */

import { ephemeralSigner } from '../../src/api/testing.js';
import type { Ledger, Role, Signer } from '../../src/index.js';
import type { Place } from './backends.js';

export type RoleName = (typeof Role)[keyof typeof Role];

export interface Person {
  readonly signer: Signer;
  readonly ledger: Ledger;
}

/** Adds a key to the ledger and opens the ledger with it. */
export async function enrol(place: Place, principal: string, roles: readonly RoleName[]): Promise<Person> {
  const signer = await ephemeralSigner(principal);
  await place.ledger.policy.set({ signers: [{ principal, publicKey: signer.publicKey, roles }] });
  return { signer, ledger: await place.open({ signer }) };
}
