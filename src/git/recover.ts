/** Finishing what a dead writer left, or a transaction that failed: its refs moved, its locks and files removed. */

import { readEntry } from '../model/entry-chain.js';
import type { EntryText } from '../model/journal-entry.js';
import { isOid } from '../model/object-id.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { RefMove } from '../ports/publisher.js';
import { ADOPTING, adoptedMoves, entriesBetween } from './adopted-entries.js';
import { isPackName } from './pack-store.js';
import type { WritePlace } from './write-place.js';

/** Only under the writer lock. `tip` is the last entry, which the caller trusts: what it says of refs is completed. */
export function recover(place: WritePlace, tip: Oid): void {
  const { files, folder, moves, packs, reader } = place;
  const leftovers = files.list(folder);
  if (leftovers.length === 0 && tip === place.completed) return;
  moves.locks.dropAbandoned();
  const adopted = adoptedBefore(place, leftovers, tip);
  const missing = adopted.length > 0 ? adoptedMoves(reader, adopted).moves : unfinishedMoves(place, tip);
  if (missing.length > 0) moves.commit(moves.prepare(null, missing));
  // The owner may have died before what it renamed was made to last, and nobody looks back beyond the last entry.
  if (leftovers.length > 0) {
    const { updates } = readEntry(reader, tip).text;
    const moved = [...updates, ...adopted.flatMap((entry) => entry.updates)];
    moves.sync(['packed-refs', JOURNAL_REF, ...new Set(moved.map(({ ref }) => ref))]);
  }
  const left = new Set(leftovers.filter(isPackName));
  if (place.completed === null) {
    // A power cut may have taken the announcement of a pack and left its `.keep`.
    for (const pack of packs.protectedPacks()) left.add(pack);
    packs.dropOrphanIndexes();
  }
  for (const pack of left) packs.release(pack);
  packs.finishReplaced(leftovers);
  for (const name of leftovers) files.remove(`${folder}/${name}`);
  place.completed = tip;
}

/** The entries of an adoption whose owner died after its commit point, oldest first; none where there is no such. */
function adoptedBefore({ files, folder, reader }: WritePlace, leftovers: readonly string[], tip: Oid): EntryText[] {
  if (!leftovers.includes(ADOPTING)) return [];
  const from = files.readText(`${folder}/${ADOPTING}`)?.trimEnd() ?? '';
  // One that is cut short was not synced, so its adoption never came to the commit point.
  return isOid(from, reader.format) ? (entriesBetween(reader, from, tip) ?? []) : [];
}

/** The ref moves of an entry that have not happened; a ref with a foreign value is left to `doctor`. */
export function unfinishedMoves({ reader }: WritePlace, tip: Oid): RefMove[] {
  const entry = readEntry(reader, tip).text;
  const foreign = new Map(entry.events.flatMap((e) => (e.type === 'restored' ? [[e.ref, e.foreign] as const] : [])));
  const moves: RefMove[] = [];
  for (const { ref, from, to } of entry.updates) {
    if (ref === JOURNAL_REF) continue;
    const value = reader.readRefText(ref);
    const old = value === from || (foreign.has(ref) && value === foreign.get(ref));
    if (value !== to && old) moves.push({ ref, from: value, to });
  }
  return moves;
}
