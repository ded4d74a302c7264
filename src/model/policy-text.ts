/** A policy as the two files of the journal's tree that state it: written, and read only where they are exactly what is written. */

import type { LedgerFormat } from './ledger-event.js';
import type { Policy, PolicySigner } from './policy.js';
import { checkSettings, DEFAULT_SETTINGS, type PolicySettings, settingNames } from './policy-settings.js';
import { principalIssues } from './principal.js';
import { compareBytes } from './printable.js';
import { fingerprintOfBlob, isKeyType, publicKeyIssues } from './public-key.js';
import { isRevocableFrom } from './revocation.js';
import type { Role } from './signer-roles.js';

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
