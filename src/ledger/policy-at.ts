/** The policy of an earlier moment. */

import { type Policy, parsePolicy } from '../model/policy.js';
import type { Records } from '../model/records.js';

/** The policy that is in force after the entry `seq`; null where the journal has none by then. */
export function policyAt(records: Records, seq: number): Policy | null {
  const stated = records.policySeqAt(seq);
  const files = stated === null ? null : records.policyFiles(stated);
  return files === null ? null : parsePolicy(files);
}
