/** What the ledger allows and to whom, and how that may change. */

import { invalidInput, quoted } from '../errors.js';
import type { LedgerFormat } from './ledger-event.js';
import { type RevocationHistory, withLifted } from './lifted-revocation.js';
import { checkSettings, type PolicySettings, UPGRADE_HINT } from './policy-settings.js';
import { principalIssues } from './principal.js';
import { type PublicKey, publicKeyIssues } from './public-key.js';
import { type KeyRevocation, withRevocation } from './revocation.js';
import { isRole, ROLES, ROLES_SINCE_2, type Role } from './signer-roles.js';

/** A key, whose it is, and what it may sign. */
export interface SignerRoles {
  readonly principal: string;
  readonly publicKey: PublicKey;
  readonly roles: readonly Role[];
}

/** A key that the ledger knows. Without roles it is retired: its old signatures stay valid, it signs nothing new. */
export interface PolicySigner extends SignerRoles {
  /** The number of the entry from which it is revoked: what it signed there and later is not to be believed. Else null. */
  readonly revokedFrom: number | null;
}

/** Settings and signers, as one entry's tree states them. */
export interface Policy extends PolicySettings {
  /** That of the ledger from the entry on that states the policy. */
  readonly format: LedgerFormat;
  readonly signers: readonly PolicySigner[];
}

/** A change of policy: settings to set, signers to add or whose roles to replace (none: to retire), keys to revoke. */
export interface PolicyChange {
  readonly settings?: Partial<PolicySettings>;
  readonly signers?: readonly SignerRoles[];
  /** After the roles are set. A revoked key has none, and gets none unless its revocation is lifted. */
  readonly revoke?: readonly KeyRevocation[];
  /**
   * Before the roles are set: fingerprints of keys whose revocation a thief signed, that is a key that is revoked itself from that entry or
   * an earlier one, by this very change or before it. Takes the signatures of the roots. A revocation goes back to what keys that are
   * believed have made of it. Format 2.
   */
  readonly lift?: readonly string[];
}

const SIGNERS_HINT = `one principal for each key; a key as parsePublicKeyLine reads it; roles ${ROLES.join(', ')}`;

/** @throws `INVALID_CONFIG` for a role that a ledger of format 1 does not have */
function refuseLateRoles(format: LedgerFormat, roles: readonly Role[]): void {
  const late = format === 1 ? roles.filter((role) => ROLES_SINCE_2.includes(role)) : [];
  if (late.length === 0) return;
  const issue = { path: 'roles', expected: 'a ledger of format 2', actual: `one of format 1, and ${late.join(', ')}` };
  throw invalidInput('INVALID_CONFIG', [issue], UPGRADE_HINT);
}

function withSigner(signers: readonly PolicySigner[], added: SignerRoles): PolicySigner[] {
  const wrong = Array.isArray(added?.roles) ? added.roles.filter((r) => !isRole(r)) : [added?.roles];
  const issues = [
    ...principalIssues(added?.principal),
    ...publicKeyIssues(added?.publicKey),
    ...wrong.map((r) => ({ path: 'roles', expected: `a list of ${ROLES.join(', ')}`, actual: quoted(r) })),
  ];
  if (issues.length > 0) throw invalidInput('INVALID_CONFIG', issues, SIGNERS_HINT);
  const known = signers.find((s) => s.publicKey.fingerprint === added.publicKey.fingerprint);
  if (known !== undefined && known.principal !== added.principal) {
    const expected = `${known.principal}, whose key it is already`;
    throw invalidInput(
      'INVALID_CONFIG',
      [{ path: 'principal', expected, actual: quoted(added.principal) }],
      SIGNERS_HINT,
    );
  }
  const { type, blob, fingerprint } = added.publicKey;
  const publicKey = Object.freeze({ type, blob, fingerprint });
  const roles = Object.freeze(ROLES.filter((r) => added.roles.includes(r)));
  const revokedFrom = known?.revokedFrom ?? null;
  if (revokedFrom !== null && roles.length > 0) {
    const expected = `no roles: this key is revoked from entry ${revokedFrom} on`;
    const issue = { path: 'roles', expected, actual: roles.join(', ') };
    throw invalidInput(
      'INVALID_CONFIG',
      [issue],
      'a revoked key stays revoked, unless a thief revoked it: add another key for its owner',
    );
  }
  const signer: PolicySigner = Object.freeze({ principal: added.principal, publicKey, roles, revokedFrom });
  return known === undefined ? [...signers, signer] : signers.map((s) => (s === known ? signer : s));
}

/** The signers whose revocations a change lifts, one after the other: whose lift comes first is believed in those after it. */
function lifted(policy: Policy, { lift = [], revoke = [] }: PolicyChange, history: RevocationHistory): PolicySigner[] {
  if (policy.format === 1 && lift.length > 0) {
    const issue = { path: 'lift', expected: 'a ledger of format 2', actual: 'one of format 1' };
    throw invalidInput('INVALID_CONFIG', [issue], UPGRADE_HINT);
  }
  return lift.reduce<PolicySigner[]>(
    (signers, fingerprint) => {
      const known = revoke.filter((r) => signers.some(({ publicKey }) => publicKey.fingerprint === r?.fingerprint));
      const doubting = known.reduce<readonly PolicySigner[]>(withRevocation, signers);
      return withLifted(signers, fingerprint, doubting, history);
    },
    [...policy.signers],
  );
}

/**
 * The policy after a change, or `INVALID_CONFIG`; keys are added, get other roles, are revoked or have their revocation lifted, none
 * disappears. `history` is what entries have said of revocations so far: asked for where one is lifted.
 */
export function changePolicy(policy: Policy, change: PolicyChange, history: RevocationHistory = () => []): Policy {
  const lists = [change?.signers ?? [], change?.revoke ?? [], change?.lift ?? []];
  if (typeof change !== 'object' || change === null || !lists.every(Array.isArray)) {
    const expected = 'an object of settings, a list of signers, and lists of keys to revoke and of keys to lift';
    throw invalidInput('INVALID_CONFIG', [{ path: 'change', expected, actual: quoted(change) }], 'see PolicyChange');
  }
  const unknown = Object.keys(change).filter((key) => !['settings', 'signers', 'revoke', 'lift'].includes(key));
  if (unknown.length > 0) {
    const expected = 'settings, signers, revoke or lift';
    const issues = unknown.map((key) => ({ path: key, expected, actual: quoted(key) }));
    throw invalidInput('INVALID_CONFIG', issues, 'a setting such as requireApproval stands in settings');
  }
  const { signers: _before, format, ...settings } = policy;
  const given = (change.signers ?? []).reduce<readonly PolicySigner[]>(withSigner, lifted(policy, change, history));
  refuseLateRoles(
    format,
    given.flatMap(({ roles }) => roles),
  );
  const signers = (change.revoke ?? []).reduce<readonly PolicySigner[]>(withRevocation, given);
  if (!signers.some((s) => s.roles.includes('admin'))) {
    const issue = { path: 'signers', expected: 'at least one key with the role admin', actual: 'none' };
    throw invalidInput(
      'INVALID_CONFIG',
      [issue],
      'give another key the role admin first: nobody could change the policy again',
    );
  }
  const changed = { ...checkSettings(change.settings, settings, format), format, signers: Object.freeze(signers) };
  const unmet = unmetThreshold(changed);
  if (unmet === null) return Object.freeze(changed);
  const { role, needed, principals } = unmet;
  const issue = { path: `${role}Threshold`, expected: `at most ${principals}`, actual: String(needed) };
  const hint = `${principals} people have a key with the role ${role}: with fewer than the threshold, nobody could change the policy again`;
  throw invalidInput('INVALID_CONFIG', [issue], hint);
}

/** How far above the highest number of its module that is believed a version's number may be: a ledger of format 1 has no bound. */
export function versionJump({ format, maxVersionJump }: Policy): number {
  return format === 1 ? Number.MAX_SAFE_INTEGER : maxVersionJump;
}

/** True where the names of a version's files must be the same in a checkout on Windows and macOS. */
export function demandsPortableNames({ format, allowUnportableNames }: Policy): boolean {
  return format > 1 && !allowUnportableNames;
}

/** True where an approval by the principal who staged the version does not count. Where one alone can approve, it does. */
export function forbidsSelfApproval(policy: Policy): boolean {
  return policy.forbidSelfApproval && principalsWith(policy, 'approver') >= 2;
}

/** True where the key with this fingerprint has the role assessor. */
export function isAssessor(policy: Policy, fingerprint: string): boolean {
  return signerOf(policy, fingerprint)?.roles.includes('assessor') === true;
}

/**
 * True where a pair that has been assessed is measured again before an activation counts on it: where some level needs an approval, or
 * some capability.
 */
export function demandsRecheck({
  measuredBy,
  requireApproval,
  approveUnknown,
  approveCapabilities,
}: PolicySettings): boolean {
  return measuredBy === 'recheck' && (requireApproval || approveUnknown || approveCapabilities.length > 0);
}

/** How many different principals have a key with a role. */
function principalsWith({ signers }: Pick<Policy, 'signers'>, role: Role): number {
  return new Set(signers.filter(({ roles }) => roles.includes(role)).map(({ principal }) => principal)).size;
}

/** The role whose threshold its holders cannot reach, or null. A ledger of format 1 has no thresholds. */
export function unmetThreshold(
  policy: Policy,
): { readonly role: 'root' | 'admin'; readonly needed: number; readonly principals: number } | null {
  if (policy.format === 1) return null;
  for (const role of ['root', 'admin'] as const) {
    const [needed, principals] = [policy[`${role}Threshold`], principalsWith(policy, role)];
    if (needed > principals) return { role, needed, principals };
  }
  return null;
}

/** The signer whose key has this fingerprint. */
export function signerOf(policy: Policy, fingerprint: string): PolicySigner | undefined {
  return policy.signers.find((s) => s.publicKey.fingerprint === fingerprint);
}
