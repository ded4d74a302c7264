/** The error of a ref that is not as its move expects. */

import { LedgerError } from '../errors.js';
import type { Oid, RefName } from '../ports/objects.js';

export function refChanged(
  ref: RefName,
  expected: Oid | null,
  actual: string | null,
  why: string,
): LedgerError<'REF_CHANGED'> {
  const hint =
    'run git-lineage doctor --restore to put the journaled value back, then make the change through git-lineage';
  return new LedgerError('REF_CHANGED', `${ref}: ${why}`, { ref, expected, actual }, { hint });
}
