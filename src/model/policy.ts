/** What the ledger allows and to whom: `policy.json` and `allowed_signers` of the journal's tree. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import type { EventType } from './journal-entry.js';
import { principalIssues } from './principal.js';
import { compareBytes } from './printable.js';
import { fingerprintOfBlob, isKeyType, type PublicKey, publicKeyIssues } from './public-key.js';
import { isRevocableFrom, type KeyRevocation, withRevocation } from './revocation.js';

/** The three settings of the version manager. */
export interface VersionManagerConfig {
  /** The window that `getLineage` shows and `asm_version_lineage_depth` reports; at least 2. The ledger keeps every version. */
  readonly maxCheckpoints: number;
  /** True: a BREAKING version does not become active before an approver has signed for it. */
  readonly requireApproval: boolean;
  /** True: a BREAKING version that goes sick is rolled back like any other; false: it stays, and says so. */
  readonly autoRollbackOnBreaking: boolean;
}

/** Settings of the ledger beyond the three. */
export interface PolicySettings extends VersionManagerConfig {
  /** True: a pair nobody assessed needs an approval too. */
  readonly approveUnknown: boolean;
  /** How many different principals must approve; at least 1. */
  readonly requiredApprovals: number;
  /** True: a version that was healthy for the whole of its health window is tagged `stable` by whoever swapped it in. */
  readonly promoteStable: boolean;
}

export const DEFAULT_SETTINGS: PolicySettings = Object.freeze({
  maxCheckpoints: 20,
  requireApproval: false,
  autoRollbackOnBreaking: true,
  approveUnknown: false,
  requiredApprovals: 1,
  promoteStable: true,
});

export type Role = 'admin' | 'approver' | 'recorder';

/** What a key may sign: `admin` the policy, `approver` approvals, `recorder` versions, tags and reports. */
export const Role = Object.freeze({ ADMIN: 'admin', APPROVER: 'approver', RECORDER: 'recorder' } as const);
const ROLES: readonly Role[] = ['admin', 'approver', 'recorder'];

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}

/** Which roles may sign an event; one of them is enough. Going back is open to every key that still has any role. */
const SIGNED_BY: Readonly<Record<EventType, readonly Role[]>> = {
  init: ['admin'],
  stage: ['recorder'],
  activate: ['recorder'],
  tag: ['recorder'],
  untag: ['recorder'],
  report: ['recorder', 'approver'],
  approve: ['approver'],
  withdraw: ['approver'],
  rollback: ROLES,
  'break-glass': ['approver'],
  policy: ['admin'],
  restored: ROLES,
};

/** The roles of which a signer needs one to write an event of this type. */
export function rolesFor(event: EventType): readonly Role[] {
  return SIGNED_BY[event];
}

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
  readonly signers: readonly PolicySigner[];
}

/** A change of policy: settings to set, signers to add or whose roles to replace (none: to retire), keys to revoke. */
export interface PolicyChange {
  readonly settings?: Partial<PolicySettings>;
  readonly signers?: readonly SignerRoles[];
  /** After the roles are set. A revoked key has none, and never gets one again. */
  readonly revoke?: readonly KeyRevocation[];
}

const RULES: { readonly [K in keyof PolicySettings]: { expected: string; test: (v: unknown) => boolean } } = {
  maxCheckpoints: { expected: 'an integer of at least 2', test: (v) => Number.isSafeInteger(v) && Number(v) >= 2 },
  requireApproval: { expected: 'true or false', test: (v) => typeof v === 'boolean' },
  autoRollbackOnBreaking: { expected: 'true or false', test: (v) => typeof v === 'boolean' },
  approveUnknown: { expected: 'true or false', test: (v) => typeof v === 'boolean' },
  requiredApprovals: { expected: 'an integer of at least 1', test: (v) => Number.isSafeInteger(v) && Number(v) >= 1 },
  promoteStable: { expected: 'true or false', test: (v) => typeof v === 'boolean' },
};

/** The names of all settings, in the order of `policy.json`. */
export const SETTING_NAMES = Object.freeze(Object.keys(RULES) as (keyof PolicySettings)[]);

const SETTINGS_HINT = `the settings are ${Object.keys(RULES).join(', ')}`;

/** The given settings over `base`, or `INVALID_CONFIG` with every issue at once; an unknown name is one. */
export function checkSettings(given: unknown, base: PolicySettings = DEFAULT_SETTINGS): PolicySettings {
  if (given === undefined) return base;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidInput(
      'INVALID_CONFIG',
      [{ path: 'config', expected: 'an object', actual: quoted(given) }],
      SETTINGS_HINT,
    );
  }
  const issues: InputIssue[] = [];
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof PolicySettings] : undefined;
    if (rule === undefined) issues.push({ path: quoted(name), expected: 'a known setting', actual: quoted(value) });
    else if (value !== undefined && !rule.test(value))
      issues.push({ path: name, expected: rule.expected, actual: quoted(value) });
  }
  if (issues.length > 0) throw invalidInput('INVALID_CONFIG', issues, SETTINGS_HINT);
  const defined = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  return Object.freeze({ ...base, ...defined });
}

const SIGNERS_HINT =
  'one principal for each key; a key as parsePublicKeyLine reads it; roles admin, approver, recorder';

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
    throw invalidInput('INVALID_CONFIG', [issue], 'a revoked key stays revoked: add another key for its owner');
  }
  const signer: PolicySigner = Object.freeze({ principal: added.principal, publicKey, roles, revokedFrom });
  return known === undefined ? [...signers, signer] : signers.map((s) => (s === known ? signer : s));
}

/** The policy after a change, or `INVALID_CONFIG`; keys are added, get other roles or are revoked, none disappears. */
export function changePolicy(policy: Policy, change: PolicyChange): Policy {
  const lists = [change?.signers ?? [], change?.revoke ?? []];
  if (typeof change !== 'object' || change === null || !lists.every(Array.isArray)) {
    const expected = 'an object of settings, a list of signers and one of keys to revoke';
    throw invalidInput('INVALID_CONFIG', [{ path: 'change', expected, actual: quoted(change) }], 'see PolicyChange');
  }
  const unknown = Object.keys(change).filter((key) => !['settings', 'signers', 'revoke'].includes(key));
  if (unknown.length > 0) {
    const issues = unknown.map((key) => ({ path: key, expected: 'settings, signers or revoke', actual: quoted(key) }));
    throw invalidInput('INVALID_CONFIG', issues, 'a setting such as requireApproval stands in settings');
  }
  const { signers: current, ...settings } = policy;
  const given = (change.signers ?? []).reduce<readonly PolicySigner[]>(withSigner, current);
  const signers = (change.revoke ?? []).reduce<readonly PolicySigner[]>(withRevocation, given);
  if (!signers.some((s) => s.roles.includes('admin'))) {
    const issue = { path: 'signers', expected: 'at least one key with the role admin', actual: 'none' };
    throw invalidInput(
      'INVALID_CONFIG',
      [issue],
      'give another key the role admin first: nobody could change the policy again',
    );
  }
  return Object.freeze({ ...checkSettings(change.settings, settings), signers: Object.freeze(signers) });
}

/** The two files of the journal's tree that state a policy. */
export interface PolicyFiles {
  readonly policyJson: string;
  readonly allowedSigners: string;
}

/**
 * The files of a policy. Keys stand in `policy.json` by fingerprint, sorted; in `allowed_signers` in the order they came.
 * `revoked` is there only where a key is, so that policies from before there were revocations are what they were.
 */
export function formatPolicy(policy: Policy): PolicyFiles {
  const keys = [...policy.signers].sort((a, b) => compareBytes(a.publicKey.fingerprint, b.publicKey.fingerprint));
  const revoked = keys.flatMap((s) => (s.revokedFrom === null ? [] : [[s.publicKey.fingerprint, s.revokedFrom]]));
  const json = {
    ...Object.fromEntries(SETTING_NAMES.map((name) => [name, policy[name]])),
    keys: Object.fromEntries(keys.map((s) => [s.publicKey.fingerprint, s.roles])),
    ...(revoked.length === 0 ? {} : { revoked: Object.fromEntries(revoked) }),
  };
  return {
    policyJson: `${JSON.stringify(json, null, 2)}\n`,
    allowedSigners: policy.signers.map((s) => `${s.principal} ${s.publicKey.type} ${s.publicKey.blob}\n`).join(''),
  };
}

function parseSignerLine(line: string): Pick<PolicySigner, 'principal' | 'publicKey'> | null {
  const match = /^([^ ]+) ([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
  const [, principal, type, blob] = match ?? [];
  if (principal === undefined || !isKeyType(type) || blob === undefined || principalIssues(principal).length > 0)
    return null;
  const publicKey = Object.freeze({ type, blob, fingerprint: fingerprintOfBlob(blob) });
  return publicKeyIssues(publicKey).length > 0 ? null : { principal, publicKey };
}

/** A signer by its line and by what `policy.json` says of its key, or null where that contradicts itself. */
function statedSigner(
  line: Pick<PolicySigner, 'principal' | 'publicKey'>,
  keys: Readonly<Record<string, Role[]>>,
  revoked: Readonly<Record<string, unknown>> | undefined,
): PolicySigner | null {
  const { fingerprint } = line.publicKey;
  const roles = Object.freeze([...(keys[fingerprint] ?? [])]);
  const from = revoked?.[fingerprint];
  if (from === undefined) return Object.freeze({ ...line, roles, revokedFrom: null });
  return isRevocableFrom(from) && roles.length === 0 ? Object.freeze({ ...line, roles, revokedFrom: from }) : null;
}

/** The policy that the two files state, or null where they are not exactly what `formatPolicy` writes. */
export function parsePolicy(files: PolicyFiles): Policy | null {
  try {
    const { keys, revoked, ...settings } = JSON.parse(files.policyJson) as {
      keys: Record<string, Role[]>;
      revoked?: Record<string, unknown>;
    };
    const lines = files.allowedSigners.split('\n').slice(0, -1).map(parseSignerLine);
    const signers = lines.map((line) => line && statedSigner(line, keys, revoked));
    // A key of two owners: whose signature is it? Different readers would find different ones.
    if (new Set(lines.map((line) => line?.publicKey.fingerprint)).size < lines.length) return null;
    if (signers.some((s) => s === null)) return null;
    const policy = Object.freeze({ ...checkSettings(settings), signers: Object.freeze(signers as PolicySigner[]) });
    const again = formatPolicy(policy);
    const exact = again.policyJson === files.policyJson && again.allowedSigners === files.allowedSigners;
    return exact ? policy : null;
  } catch {
    return null;
  }
}

/** The signer whose key has this fingerprint. */
export function signerOf(policy: Policy, fingerprint: string): PolicySigner | undefined {
  return policy.signers.find((s) => s.publicKey.fingerprint === fingerprint);
}
