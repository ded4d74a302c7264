/**
 * Merging small packs, as `git repack --geometric=2` would, so that their number grows with the logarithm of the
 * transactions, with deltas between neighbours. Packs that a multi-pack-index names are left to git, and so are those whose
 * deltas name their bases by oid.
 */

import type { Oid } from '../ports/objects.js';
import { isGcRunning } from './gc-lock.js';
import { multiPackIndexPath, packsNamed } from './multi-pack-index.js';
import { deltified } from './pack-deltas.js';
import type { PackStore } from './pack-store.js';
import { buildPack, readEntries, type StoredEntry } from './pack-writer.js';

/** Transactions leave one small pack each; from this many on the small ones are merged. */
const MERGE_FROM = 24;

/** No merge makes a larger pack. Merging takes some four times its size in memory, half of it for what is known of each object. */
const MAX_MERGED_BYTES = 32 * 1024 * 1024;

/** A pack beyond this size is left alone: rewriting it would cost more than it does. */
const FULL_BYTES = MAX_MERGED_BYTES / 2;

/** Merges packs where there are too many small ones. Only under the writer lock. */
export function mergePacks(packs: PackStore): void {
  const { files, folder, gitdir } = packs;
  const { names, packs: stems } = packs.list();
  // git gc ends where a pack vanishes under it (`unable to add recent objects`), and makes them few itself.
  if (stems.length < MERGE_FROM || isGcRunning(files, gitdir)) return;
  const named = packsNamed(files, folder);
  if (named === null) return;
  const small: SmallPack[] = [];
  for (const stem of stems) {
    if (named.has(stem) || names.has(`${stem}.keep`) || names.has(`${stem}.promisor`) || !names.has(`${stem}.pack`))
      continue;
    const stat = files.stat(`${folder}/${stem}.pack`);
    if (stat !== null && Number(stat.size) <= FULL_BYTES)
      small.push({ stem, size: Number(stat.size), written: Number(stat.mtimeMs) });
  }
  // A large ledger has many that are full: they are no reason to merge the same small ones at each transaction.
  if (small.length >= MERGE_FROM) merge(packs, chooseToMerge(small));
}

interface SmallPack {
  readonly stem: string;
  readonly size: number;
  /** When, in milliseconds since the Unix epoch. */
  readonly written: number;
}

/** Merges packs, given with the newest first: what is asked for most stays whole, and an older object is a delta of it. */
function merge(packs: PackStore, stems: readonly string[]): void {
  const { files, folder, format } = packs;
  const entries = new Map<Oid, StoredEntry>();
  const merged: string[] = [];
  for (const stem of stems) {
    const pack = files.read(`${folder}/${stem}.pack`);
    const index = files.read(`${folder}/${stem}.idx`);
    const found = pack === null || index === null ? null : readEntries(pack, index, format);
    if (found === null) continue;
    // Of two that are the same the first: what it is a delta of comes before it, and no chain leads in a circle.
    for (const entry of found) if (!entries.has(entry.oid)) entries.set(entry.oid, entry);
    merged.push(stem);
  }
  if (merged.length < 2) return;
  const built = buildPack(deltified([...entries.values()]), format);
  packs.install(built);
  packs.release(built.name);
  const replaced = merged.filter((stem) => stem !== built.name);
  // git may be writing one: looked at again afterwards. git's own repack removes it as well.
  dropIndexOf(packs, replaced);
  for (const stem of replaced) packs.replace(stem);
  dropIndexOf(packs, replaced);
}

/** Removes a multi-pack-index that names any of the packs. */
export function dropIndexOf({ files, folder }: PackStore, stems: readonly string[]): void {
  const named = packsNamed(files, folder);
  if (named !== null && stems.some((stem) => named.has(stem))) files.remove(multiPackIndexPath(folder));
}

/** The smallest packs, up to where the next one is at least as large as all of them together; the newest first. */
function chooseToMerge(packs: readonly SmallPack[]): string[] {
  const sorted = [...packs].sort((a, b) => a.size - b.size);
  let sum = 0;
  let count = 0;
  for (const [i, { size }] of sorted.entries()) {
    if (sum + size > MAX_MERGED_BYTES) break;
    if (i > 1 && size >= 2 * sum && sorted.length - i < MERGE_FROM / 2) break;
    sum += size;
    count = i + 1;
  }
  const chosen = sorted.slice(0, count).sort((a, b) => (a.written < b.written ? 1 : -1));
  return chosen.map((p) => p.stem);
}
