/** How a key that the ledger knows looks to people. */

import type { SignerJson } from './json-answers.js';
import type { Table } from './render.js';

/** What a key may sign; without roles, why it signs nothing. */
export function rolesText({ roles, revokedFrom }: Pick<SignerJson, 'roles' | 'revokedFrom'>): string {
  if (revokedFrom !== null) return `revoked from entry ${revokedFrom} on`;
  return roles.length === 0 ? 'retired' : roles.join(', ');
}

export function signersTable(signers: readonly SignerJson[]): Table {
  const rows = signers.map((s) => [s.principal, rolesText(s), s.type, s.fingerprint]);
  return { columns: ['PRINCIPAL', 'ROLES', 'TYPE', 'FINGERPRINT'], rows };
}
