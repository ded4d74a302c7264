/** A state of the journal that readers have verified, as the audit of later entries asks for it. */

import type { Verified } from '../audit/verify-entries.js';
import { usedNumbers } from '../model/version-numbers.js';
import type { JournalState } from './journal.js';
import { revocationHistory } from './policy-at.js';

/** It must not change before the audit has ended: whoever waits for that looks whether the journal has moved meanwhile. */
export function verifiedState({ records, policy }: JournalState): Verified {
  const head = records.head();
  if (head === null) throw new TypeError('a journal without an entry');
  const { root, rootSha256, tip, tipSha256, seq, timestamp, format, policySeq, policySha256 } = head;
  return {
    policy,
    earlier: {
      ...{ root, rootSha256, tip, tipSha256, seq, timestamp, format, policySeq, policySha256 },
      firstPolicy: () => records.policyFiles(0),
      revocations: revocationHistory(records),
      dateOf: (seq) => records.entry(seq)?.timestamp ?? null,
      versions: () => records.allVersions(),
      ref: (name) => records.refValue(name),
      module: (moduleId) => records.module(moduleId),
      stagings: (moduleId) => usedNumbers(records, moduleId).stagings(1),
      reports: (pair) => records.reportLines(pair),
      names: () => records.names(),
      *redactions() {
        for (const [oid, redaction] of records.redactions()) yield { oid, ...redaction };
      },
    },
  };
}
