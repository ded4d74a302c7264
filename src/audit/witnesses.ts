/** The checkpoint of a copy: whether it is one of this ledger, and whether its witnesses are enough. */

import { type ErrorData, isLedgerError } from '../errors.js';
import { CHECKPOINT_REF } from '../model/ref-names.js';
import type { LedgerObjects, Oid } from '../ports/objects.js';
import {
  checkWitnesses,
  type WitnessDemand,
  type Witnessed,
  type WitnessQuestion,
} from '../witness/format/check-witnesses.js';
import { originOf, parseCheckpoint } from '../witness/format/log-checkpoint.js';
import { noteText, parseNote } from '../witness/format/note.js';

/** What the witnesses say of a journal; both null where they were not asked. */
export interface WitnessAnswer {
  readonly witnessed: Witnessed | null;
  readonly notWitnessed: ErrorData['NOT_WITNESSED'] | null;
}

/** The text of a checkpoint's blob; '' where it is none, or cannot be read. */
export async function readCheckpoint(objects: Pick<LedgerObjects, 'readBlob'>, oid: Oid): Promise<string> {
  try {
    return noteText(await objects.readBlob(oid)) ?? '';
  } catch (error) {
    if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
    return '';
  }
}

/** Why what stands at the checkpoint's ref cannot be there, whoever its witnesses are; null where it can. */
export function checkpointFault(text: string | null, leaves: readonly Uint8Array[]): string | null {
  const note = parseNote(text ?? '');
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (checkpoint === null) return `${CHECKPOINT_REF} is no checkpoint: it may hold nothing else`;
  const origin = originOf(Buffer.from(leaves[0] ?? []).toString('hex'));
  return checkpoint.origin === origin ? null : `${CHECKPOINT_REF} is a checkpoint of another ledger`;
}

/** Asks the witnesses; `message` says why it is not enough. */
export function witnessAnswer(
  question: WitnessQuestion,
  demand: WitnessDemand,
): WitnessAnswer & { readonly message: string | null } {
  try {
    return { witnessed: checkWitnesses(question, demand), notWitnessed: null, message: null };
  } catch (error) {
    if (!isLedgerError(error, 'NOT_WITNESSED')) throw error;
    return { witnessed: null, notWitnessed: error.data, message: error.message };
  }
}
