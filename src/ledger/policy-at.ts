/** The policies of earlier moments, and what they said of revocations. */

import type { RevocationHistory, StatedRevocation } from '../model/lifted-revocation.js';
import type { Policy } from '../model/policy.js';
import { parsePolicy } from '../model/policy-text.js';
import type { Records } from '../model/records.js';
import { revokedFrom } from '../model/revocation.js';

/** The policy that is in force after the entry `seq`; null where the journal has none by then. */
export function policyAt(records: Records, seq: number): Policy | null {
  const stated = records.policySeqAt(seq);
  const files = stated === null ? null : records.policyFiles(stated);
  return files === null ? null : parsePolicy(files);
}

/** What the entries in some records have said of the revocation of a key, newest first. */
export function revocationHistory(records: Records): RevocationHistory {
  return function* (fingerprint): Generator<StatedRevocation> {
    const fromAt = (seq: number | null): number | null => {
      const policy = seq === null ? null : policyAt(records, seq);
      return policy === null ? null : revokedFrom(policy, fingerprint);
    };
    let seq = records.policySeqAt(records.head()?.seq ?? 0);
    for (let from = fromAt(seq); seq !== null; ) {
      const earlier = seq === 0 ? null : records.policySeqAt(seq - 1);
      const before = fromAt(earlier);
      if (from !== before) yield { seq, signer: records.entry(seq)?.fingerprint ?? null, from };
      seq = earlier;
      from = before;
    }
  };
}
