/** Policies as tests of the model write them down: keys are named by a letter, and none can sign. */

import type { Policy, PolicySigner } from '../../src/model/policy.js';
import { DEFAULT_SETTINGS, type PolicySettings } from '../../src/model/policy-settings.js';
import type { Role } from '../../src/model/signer-roles.js';

/** The fingerprint of the key that a letter names. */
export function print(key: string): string {
  return `SHA256:${key}`;
}

export interface WrittenSigner {
  /** Whose it is; its own letter where nobody is named. */
  readonly of?: string;
  readonly roles?: readonly Role[];
  readonly revokedFrom?: number;
}

/** A policy of format 2 with these keys, in their order. */
export function policyOf(
  keys: Readonly<Record<string, WrittenSigner>>,
  settings: Partial<PolicySettings> & { readonly format?: 1 | 2 } = {},
): Policy {
  const signers = Object.entries(keys).map(
    ([key, { of, roles = [], revokedFrom = null }]): PolicySigner => ({
      principal: of ?? key,
      publicKey: { type: 'ssh-ed25519', blob: key, fingerprint: print(key) },
      roles,
      revokedFrom,
    }),
  );
  return { ...DEFAULT_SETTINGS, format: 2, ...settings, signers };
}
