/** The policy of a ledger, and what admins sign. */

import type { Policy, PolicyChange } from '../model/policy.js';

/** What others have signed of a change. */
export interface CountersignOptions {
  /**
   * Armoured SSHSIG signatures as `countersign` returns them, or `ssh-keygen -Y sign -n countersign@git-lineage` makes them. They count until the policy
   * changes.
   */
  readonly countersignatures?: readonly string[] | undefined;
}

/** What takes countersignatures: a change of policy, the word that entries are misdated, or taking a file out of the ledger. */
export type AdminAct =
  | { readonly policy: PolicyChange }
  | { readonly misdated: true }
  | {
      readonly redact: {
        readonly moduleId: string;
        readonly version: number;
        readonly path: string;
        readonly reason: string;
      };
    };

/** Going to format 2. */
export interface UpgradeOptions {
  /** Told how many versions have been sealed, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The policy in force, and what takes the signatures of admins. */
export interface LedgerPolicy {
  /** The settings and signers in force, as the last entry of the journal has them. */
  get(): Promise<Policy>;
  /**
   * Changes settings or signers; takes a key with the role admin, or root for the root keys and the thresholds, and as many countersignatures as the policy's
   * thresholds ask for.
   * @throws `INVALID_CONFIG`, `ROLE_REQUIRED`, `BAD_SIGNATURE` for a countersignature of something else
   */
  set(change: PolicyChange, options?: CountersignOptions): Promise<Policy>;
  /**
   * Signs what another admin is about to do, with the key that this ledger was opened with: the armoured signature is one of their `countersignatures`. Writes
   * nothing. It counts until the policy changes.
   * @throws `INVALID_CONFIG`, `INVALID_ARGUMENT` where the act is none, or the ledger of format 1
   */
  countersign(act: AdminAct): Promise<string>;
  /**
   * Takes the ledger to format 2, which release 0.1.0 cannot read; takes a key with the role admin. Its entry seals every version so far by SHA-256, and the
   * admins of the first entry get the role root. Where entries are dated ahead of this machine's clock, it says that they are misdated. Returns the policy;
   * nothing is written where the ledger is of format 2 already.
   */
  upgrade(options?: UpgradeOptions): Promise<Policy>;
}
