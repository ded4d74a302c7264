/** Entries made elsewhere, taken over: the journal moves to the last of them, and every ref to where they put it. */

import { isLedgerError } from '../errors.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { Adopted } from '../ports/publisher.js';
import { ADOPTING, adoptedMoves, entriesBetween, notContinued } from './adopted-entries.js';
import { setFormat } from './config.js';
import { recover } from './recover.js';
import { unlessFails } from './sync-files.js';
import type { WritePlace } from './write-place.js';

/**
 * Only under the writer lock; both entries have been verified by the caller.
 *
 * @throws `REF_CHANGED` where `tip` does not continue `from`
 */
export function adopt(place: WritePlace, from: Oid, tip: Oid, happens?: () => void): Adopted | 'moved' {
  const { files, folder, moves, reader } = place;
  if (reader.readRefText(JOURNAL_REF) !== from) return 'moved';
  recover(place, from);
  const entries = entriesBetween(reader, from, tip);
  if (entries === null) throw notContinued(from, tip);
  if (entries.length === 0) return { entries: 0, replaced: [] };
  const { moves: images, replaced } = adoptedMoves(reader, entries);
  setFormat(files, place.gitdir, entries.at(-1)?.format ?? 1);
  // Whoever fetched them has made the objects last, but maybe not their names.
  files.syncFolder(place.packs.folder);
  files.makeFolder(folder);
  const mark = `${folder}/${ADOPTING}`;
  files.createAnew(mark, Buffer.from(`${from}\n`));
  try {
    moves.commit(moves.prepare({ ref: JOURNAL_REF, from, to: tip }, images), happens);
  } catch (error) {
    if (!(isLedgerError(error) && error.committed)) unlessFails(() => files.remove(mark), false);
    throw error;
  }
  place.completed = tip;
  // Should this fail, or be undone by a power cut, the next transaction finds every ref where it belongs.
  unlessFails(() => files.remove(mark), false);
  return { entries: entries.length, replaced };
}
