/** A state of the journal that readers have verified, as the audit of later entries asks for it. */

import type { Verified } from '../audit/verify-entries.js';
import type { JournalState } from './journal.js';

/** It must not change before the audit has ended: whoever waits for that looks whether the journal has moved meanwhile. */
export function verifiedState({ records, policy }: JournalState): Verified {
  const head = records.head();
  if (head === null) throw new TypeError('a journal without an entry');
  const { root, tip, tipSha256, seq, timestamp } = head;
  return {
    policy,
    earlier: {
      ...{ root, tip, tipSha256, seq, timestamp },
      ref: (name) => records.refValue(name),
      module: (moduleId) => records.module(moduleId),
      reports: (pair) => records.reportLines(pair),
      names: () => records.names(),
    },
  };
}
