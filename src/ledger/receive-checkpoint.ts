/** A checkpoint that is pushed to a ledger: of its journal, and never of less than the one before. */

import { checkpointFault, readCheckpoint } from '../audit/witnesses.js';
import { LedgerError } from '../errors.js';
import { CHECKPOINT_REF } from '../model/ref-names.js';
import type { LedgerObjects, Oid } from '../ports/objects.js';
import { parseCheckpoint } from '../witness/format/log-checkpoint.js';
import { isConsistent, type TreeHead, treeRoot } from '../witness/format/merkle-tree.js';
import { parseNote } from '../witness/format/note.js';

function refused(reason: string): LedgerError<'AUDIT_FAILED'> {
  const problem = `${CHECKPOINT_REF}: ${reason}`;
  const hint = 'git-lineage checkpoint makes one of the journal as it is';
  return new LedgerError('AUDIT_FAILED', problem, { step: 'refs', problems: [problem] }, { hint });
}

function headOf(text: string): TreeHead | null {
  const note = parseNote(text);
  return note === null ? null : parseCheckpoint(note.text);
}

/**
 * Holds a checkpoint that is pushed against the journal, whose entries are `leaves`. Who signed it is for clients to say: they know
 * the keys.
 *
 * @throws `AUDIT_FAILED`
 */
export async function checkPushedCheckpoint(
  objects: Pick<LedgerObjects, 'readBlob'>,
  leaves: readonly Uint8Array[],
  { from, to }: { readonly from: Oid | null; readonly to: Oid | null },
): Promise<void> {
  if (to === null) throw refused('it is to be deleted, and nothing says why');
  const text = await readCheckpoint(objects, to);
  const fault = checkpointFault(text, leaves);
  const head = headOf(text);
  if (fault !== null || head === null) throw refused(fault ?? 'it is no checkpoint');
  if (head.size > leaves.length) throw refused(`it is of ${head.size} entries; there are ${leaves.length} here`);
  if (!isConsistent({ size: head.size, root: treeRoot(leaves, head.size) }, head, []))
    throw refused(`it is of ${head.size} other entries than those here`);
  const before = from === null ? null : headOf(await readCheckpoint(objects, from));
  if (before !== null && before.size > head.size)
    throw refused(`it is of ${head.size} entries; the one before is of ${before.size}`);
}
