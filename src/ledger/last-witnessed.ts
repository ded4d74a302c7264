/** When witnesses have seen the journal last, as the checkpoint here says of itself: for whoever watches. Clients check it. */

import { isAnyOid } from '../model/object-id.js';
import { CHECKPOINT_REF } from '../model/ref-names.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { claimedTime } from '../witness/format/cosignature.js';
import { parseCheckpoint } from '../witness/format/log-checkpoint.js';
import { noteText, parseNote } from '../witness/format/note.js';
import type { LastWitnessed } from './ledger-journal.js';

/** Null where there is no checkpoint with a cosignature. */
export function lastWitnessed(parts: {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
}): LastWitnessed | null {
  const oid = parts.refs.readRefText(CHECKPOINT_REF);
  if (oid === null || !isAnyOid(oid)) return null;
  const note = parseNote(noteText(parts.objects.readBlob(oid)) ?? '');
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null) return null;
  const times = note.signatures.flatMap((signature) => claimedTime(signature) ?? []).sort((a, b) => b - a);
  // More than half of them are as new as that, or newer: one that has been silent for long does not count.
  const at = times[Math.floor(times.length / 2)];
  return at === undefined ? null : Object.freeze({ size: checkpoint.size, at, cosignatures: times.length });
}
