/** The files of the journal's tree, which a plain clone checks out. */

import { COUNTERSIGNATURES_FILE } from '../model/countersignatures.js';
import { LEDGER_README } from '../model/ledger-readme.js';
import { type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import type { PolicyFiles } from '../model/policy-text.js';

/** @param countersignatures their file, where the entry has one */
export function journalTree(policy: PolicyFiles, countersignatures: string | null = null): NormalizedFiles {
  return normalizeFiles({
    'README.md': LEDGER_README,
    ...(countersignatures === null ? {} : { [COUNTERSIGNATURES_FILE]: countersignatures }),
    allowed_signers: policy.allowedSigners,
    'policy.json': policy.policyJson,
  });
}
