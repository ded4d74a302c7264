/** What the ledger allows and to whom: `policy.json` and `allowed_signers` of the journal's tree. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { CAPABILITIES, type Capability, inOrder, isCapabilityList } from './capability.js';
import type { EventType, LedgerFormat } from './journal-entry.js';
import { type RevocationHistory, withLifted } from './lifted-revocation.js';
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

/**
 * Whose word on a level lets a version pass. `any`: every report counts. `assessor`: what no assessor's key signed only raises a level.
 * `recheck`: whoever activates a version or takes an activation in measures it again, and by that result, what no assessor's key signed
 * only raises a level.
 */
export type MeasuredBy = 'any' | 'assessor' | 'recheck';

const MEASURED_BY: readonly MeasuredBy[] = ['any', 'assessor', 'recheck'];

/** Settings of the ledger beyond the three. */
export interface PolicySettings extends VersionManagerConfig {
  /** True: a pair nobody assessed needs an approval too. */
  readonly approveUnknown: boolean;
  /** How many different principals must approve; at least 1. */
  readonly requiredApprovals: number;
  /** True: a version that was healthy for the whole of its health window is tagged `stable` by whoever swapped it in. */
  readonly promoteStable: boolean;
  /** Seconds by which the date of an entry may be ahead of the clock of whoever writes, adopts or audits it; 1 to 3,600. Format 2. */
  readonly clockTolerance: number;
  /**
   * How far above the highest number of its module, of those by keys that are believed, a version's number may be; at least 1. Format 2.
   */
  readonly maxVersionJump: number;
  /** True: where two principals or more can approve, an approval by the one who staged the version does not count. Format 2. */
  readonly forbidSelfApproval: boolean;
  /** True: files may have names that a checkout on Windows or macOS would change. Format 2. */
  readonly allowUnportableNames: boolean;
  /** Whose word on a level lets a version pass. Format 2. */
  readonly measuredBy: MeasuredBy;
  /**
   * A version that gains one of these over the version that it replaces needs an approval, whatever its level; in the order of
   * `CAPABILITIES`, each once. Format 2.
   */
  readonly approveCapabilities: readonly Capability[];
  /** How many different principals must sign a change of policy that is the admins'; at least 1. Format 2. */
  readonly adminThreshold: number;
  /** How many different principals must sign a change of the root keys or of a threshold; at least 1. Format 2. */
  readonly rootThreshold: number;
  /**
   * The public key of the ledger's log, which one publisher holds, as `git-lineage checkpoint key` prints it; null where none is named.
   * Format 2.
   */
  readonly logKey: string | null;
}

export const DEFAULT_SETTINGS: PolicySettings = Object.freeze({
  maxCheckpoints: 20,
  requireApproval: false,
  autoRollbackOnBreaking: true,
  approveUnknown: false,
  requiredApprovals: 1,
  promoteStable: true,
  clockTolerance: 300,
  maxVersionJump: 1000,
  forbidSelfApproval: false,
  allowUnportableNames: false,
  measuredBy: 'any',
  approveCapabilities: Object.freeze([]),
  adminThreshold: 1,
  rootThreshold: 1,
  logKey: null,
});

/** By these a version takes the machine over, or asks somebody who does. */
const APPROVED_CAPABILITIES = inOrder(['process', 'network', 'code', 'native', 'install']);

/**
 * The settings that a new ledger of a format begins with. Levels are measured again: that takes no other key than a ledger begins with,
 * where `assessor` would leave each level UNKNOWN until somebody has one, and `any` believes every recorder.
 */
export function defaultSettings(format: LedgerFormat): PolicySettings {
  if (format === 1) return DEFAULT_SETTINGS;
  const measured = { measuredBy: 'recheck', approveCapabilities: APPROVED_CAPABILITIES } as const;
  return { ...DEFAULT_SETTINGS, forbidSelfApproval: true, ...measured };
}

export type Role = 'root' | 'admin' | 'approver' | 'recorder' | 'assessor';

/**
 * What a key may sign: `admin` the policy, but for the root keys and the thresholds, which `root` alone may change; `approver` approvals;
 * `recorder` versions, tags and reports; `assessor` reports. `root` and `assessor` are of format 2.
 */
export const Role = Object.freeze({
  ROOT: 'root',
  ADMIN: 'admin',
  APPROVER: 'approver',
  RECORDER: 'recorder',
  ASSESSOR: 'assessor',
} as const);
const ROLES: readonly Role[] = ['root', 'admin', 'approver', 'recorder', 'assessor'];
const ROLES_SINCE_2: readonly Role[] = ['root', 'assessor'];

function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}

const ADMINS: readonly Role[] = ['admin', 'root'];

/** Which roles may sign an event; one of them is enough. Going back is open to every key that still has any role. */
const SIGNED_BY: Readonly<Record<EventType, readonly Role[]>> = {
  init: ['admin'],
  upgrade: ['admin'],
  stage: ['recorder'],
  activate: ['recorder'],
  tag: ['recorder'],
  untag: ['recorder'],
  report: ['recorder', 'approver', 'assessor'],
  approve: ['approver'],
  withdraw: ['approver'],
  rollback: ROLES,
  'break-glass': ['approver'],
  policy: ADMINS,
  clock: ADMINS,
  redact: ADMINS,
  countersigned: ADMINS,
  restored: ROLES,
};

/** The roles of which a signer needs one to write an event of this type, of those that a format has. */
export function rolesFor(event: EventType, format: LedgerFormat): readonly Role[] {
  return format === 1 ? SIGNED_BY[event].filter((role) => !ROLES_SINCE_2.includes(role)) : SIGNED_BY[event];
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

interface SettingRule {
  readonly expected: string;
  readonly test: (value: unknown) => boolean;
  /** The format that brought it. */
  readonly since: LedgerFormat;
}

function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function atLeast(least: number, since: LedgerFormat): SettingRule {
  return { expected: `an integer of at least ${least}`, test: (value) => isWhole(value, least), since };
}

function trueOrFalse(since: LedgerFormat): SettingRule {
  return { expected: 'true or false', test: (value) => typeof value === 'boolean', since };
}

/** The form of a log's key; that it is of this ledger is for its reader to say, which knows the first entry. */
const LOG_KEY = /^git-lineage\/[0-9a-f]{64}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/;

const RULES: { readonly [K in keyof PolicySettings]: SettingRule } = {
  maxCheckpoints: atLeast(2, 1),
  requireApproval: trueOrFalse(1),
  autoRollbackOnBreaking: trueOrFalse(1),
  approveUnknown: trueOrFalse(1),
  requiredApprovals: atLeast(1, 1),
  promoteStable: trueOrFalse(1),
  clockTolerance: { expected: 'an integer from 1 to 3600', test: (value) => isWhole(value, 1, 3600), since: 2 },
  maxVersionJump: atLeast(1, 2),
  forbidSelfApproval: trueOrFalse(2),
  allowUnportableNames: trueOrFalse(2),
  measuredBy: {
    expected: MEASURED_BY.join(', '),
    test: (value) => MEASURED_BY.some((known) => known === value),
    since: 2,
  },
  approveCapabilities: { expected: `a list of ${CAPABILITIES.join(', ')}`, test: isCapabilityList, since: 2 },
  adminThreshold: atLeast(1, 2),
  rootThreshold: atLeast(1, 2),
  logKey: {
    expected: 'the public key of a log, git-lineage/…+…+…, or null',
    test: (value) => value === null || (typeof value === 'string' && LOG_KEY.test(value)),
    since: 2,
  },
};

/** The names of all settings that a format has, in the order of `policy.json`. */
export function settingNames(format: LedgerFormat): readonly (keyof PolicySettings)[] {
  return (Object.keys(RULES) as (keyof PolicySettings)[]).filter((name) => RULES[name].since <= format);
}

/** What a ledger of an earlier format lacks, as the hint of a refusal. */
const UPGRADE_HINT = 'this ledger is of format 1: an admin takes it to format 2 with git-lineage upgrade';

/** The given settings over `base`, or `INVALID_CONFIG` with every issue at once; an unknown name is one. */
export function checkSettings(
  given: unknown,
  base: PolicySettings = DEFAULT_SETTINGS,
  format: LedgerFormat = 1,
): PolicySettings {
  const hint = `the settings are ${settingNames(format).join(', ')}`;
  if (given === undefined) return base;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidInput('INVALID_CONFIG', [{ path: 'config', expected: 'an object', actual: quoted(given) }], hint);
  }
  const issues: InputIssue[] = [];
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof PolicySettings] : undefined;
    if (rule === undefined) issues.push({ path: quoted(name), expected: 'a known setting', actual: quoted(value) });
    // What every ledger of its format has is no setting of it.
    else if (rule.since > format && (value === undefined || isSame(value, base[name as keyof PolicySettings])))
      continue;
    else if (value !== undefined && rule.since > format)
      issues.push({ path: name, expected: `a ledger of format ${rule.since}`, actual: `one of format ${format}` });
    else if (value !== undefined && !rule.test(value))
      issues.push({ path: name, expected: rule.expected, actual: quoted(value) });
  }
  const isLate = issues.some(({ path }) => isSettingSince2(path));
  if (issues.length > 0) throw invalidInput('INVALID_CONFIG', issues, isLate && format === 1 ? UPGRADE_HINT : hint);
  const defined: Partial<PolicySettings> = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  const settings = { ...base, ...defined };
  return Object.freeze({ ...settings, approveCapabilities: inOrder(settings.approveCapabilities) });
}

/** True for a setting's own value, also where it is a list of its own. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.join() === b.join());
}

function isSettingSince2(name: string): boolean {
  return Object.hasOwn(RULES, name) && RULES[name as keyof PolicySettings].since === 2;
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

/** The two files of the journal's tree that state a policy. */
export interface PolicyFiles {
  readonly policyJson: string;
  readonly allowedSigners: string;
}

/**
 * The files of a policy. Keys stand in `policy.json` by fingerprint, sorted; in `allowed_signers` in the order they came.
 * `revoked` and `logKey` are there only where there is one, so that policies from before there were such are what they were.
 */
export function formatPolicy(policy: Policy): PolicyFiles {
  const keys = [...policy.signers].sort((a, b) => compareBytes(a.publicKey.fingerprint, b.publicKey.fingerprint));
  const revoked = keys.flatMap((s) => (s.revokedFrom === null ? [] : [[s.publicKey.fingerprint, s.revokedFrom]]));
  const json = {
    ...(policy.format === 1 ? {} : { format: policy.format }),
    ...Object.fromEntries(statedSettings(policy).map((name) => [name, policy[name]])),
    keys: Object.fromEntries(keys.map((s) => [s.publicKey.fingerprint, s.roles])),
    ...(revoked.length === 0 ? {} : { revoked: Object.fromEntries(revoked) }),
  };
  return {
    policyJson: `${JSON.stringify(json, null, 2)}\n`,
    allowedSigners: policy.signers.map((s) => `${s.principal} ${s.publicKey.type} ${s.publicKey.blob}\n`).join(''),
  };
}

/** The settings that `policy.json` has: all of its format, but for a log's key that is not named. */
function statedSettings(policy: Policy): readonly (keyof PolicySettings)[] {
  return settingNames(policy.format).filter((name) => policy[name] !== null);
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
    const {
      format: stated,
      keys,
      revoked,
      ...settings
    } = JSON.parse(files.policyJson) as {
      format?: unknown;
      keys: Record<string, Role[]>;
      revoked?: Record<string, unknown>;
    };
    if (stated !== undefined && stated !== 2) return null;
    const format: LedgerFormat = stated === undefined ? 1 : 2;
    const lines = files.allowedSigners.split('\n').slice(0, -1).map(parseSignerLine);
    const signers = lines.map((line) => line && statedSigner(line, keys, revoked));
    // A key of two owners: whose signature is it? Different readers would find different ones.
    if (new Set(lines.map((line) => line?.publicKey.fingerprint)).size < lines.length) return null;
    if (signers.some((s) => s === null)) return null;
    const policy = Object.freeze({
      ...checkSettings(settings, DEFAULT_SETTINGS, format),
      format,
      signers: Object.freeze(signers as PolicySigner[]),
    });
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
