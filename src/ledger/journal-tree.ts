/** The files of the journal's tree, which a plain clone checks out. */

import { type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import type { PolicyFiles } from '../model/policy.js';
import { LEDGER_README } from './ledger-readme.js';

export function journalTree(policy: PolicyFiles): NormalizedFiles {
  return normalizeFiles({
    'README.md': LEDGER_README,
    allowed_signers: policy.allowedSigners,
    'policy.json': policy.policyJson,
  });
}
