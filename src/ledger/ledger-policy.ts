/** The policy of a ledger, and what admins sign. */

import type { PolicyChange } from '../model/policy.js';

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
