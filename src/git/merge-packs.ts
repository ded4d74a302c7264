/**
 * Merging small packs, as `git repack --geometric=2` would, so that their number grows with the logarithm of the
 * transactions, with deltas between neighbours. Packs that a multi-pack-index names are left to git, and so are those whose
 * deltas name their bases by oid.
 *
 * A pack never changes, and so the new one is made without a lock, while others write; only to put it in place is the writer lock taken.
 */

import { isLedgerError } from '../errors.js';
import type { Oid } from '../ports/objects.js';
import { WorkSlices } from '../work-slices.js';
import { isGcRunning } from './gc-lock.js';
import { multiPackIndexPath, packsNamed } from './multi-pack-index.js';
import { deltified } from './pack-deltas.js';
import type { PackStore } from './pack-store.js';
import { buildPack, type PackBytes, readEntries, type StoredEntry } from './pack-writer.js';
import type { SyncFiles } from './sync-files.js';
import type { WritePlace } from './write-place.js';
import { tryWriterLock, withWriterLock } from './writer-lock.js';

/** Transactions leave one small pack each; from this many on the small ones are merged. */
const MERGE_FROM = 24;

/** No merge makes a larger pack. Merging takes some four times its size in memory, half of it for what is known of each object. */
const MAX_MERGED_BYTES = 16 * 1024 * 1024;

/** A pack beyond this size is left alone: rewriting it would cost more than it does. */
const FULL_BYTES = MAX_MERGED_BYTES / 2;

/** Who writes faster than packs are merged waits where more are small than that. */
const MOST_SMALL = 4 * MERGE_FROM;

/** A pack that holds all that others hold, not on disk yet. */
interface MergedPack {
  readonly built: PackBytes;
  readonly replaces: readonly string[];
}

/** Merges the packs of a ledger beside its transactions, one merge at a time. */
export class PackMerger {
  private readonly place: WritePlace;
  private running: Promise<void> | null = null;
  /** The merge that is being made; others may follow it. */
  private round: Promise<boolean> | null = null;
  /** How many packs were small before it, and may have been written since. */
  private small = 0;
  private closing = false;

  constructor(place: WritePlace) {
    this.place = place;
  }

  /**
   * Merges packs until few are small. Where another process does so already, or git does, it is left to them. Never rejects: what fails here
   * is done after a later transaction.
   */
  merge(): Promise<void> {
    this.running ??= this.mergeAll()
      // The packs cannot be looked at: nothing is lost by it.
      .catch(() => undefined)
      .then(() => {
        this.running = null;
      });
    return this.running;
  }

  /** Before a pack is written: waits while too many are to be merged, so that their number has a bound. */
  async pace(): Promise<void> {
    while (this.round !== null && this.small > MOST_SMALL) await this.round;
    this.small += 1;
  }

  /** Resolves when the merge that is being made has ended; no other follows it. */
  async close(): Promise<void> {
    this.closing = true;
    await this.running;
  }

  private async mergeAll(): Promise<void> {
    const { files, mergeLockFile } = this.place;
    let release: (() => void) | null = null;
    try {
      let stems = this.next();
      if (stems.length >= 2) release = await mergersTurn(files, mergeLockFile);
      for (; release !== null && stems.length >= 2; stems = this.next()) {
        this.round = mergeOnce(this.place, stems);
        if (!(await this.round) || this.closing) return;
      }
    } finally {
      this.round = null;
      release?.();
    }
  }

  private next(): string[] {
    const { small, stems } = packsToMerge(this.place.packs);
    this.small = small;
    return stems;
  }
}

/**
 * What ends the turn as the one who merges; null where another does. Who cannot lock the file, another user's or no file at all, merges all
 * the same, or packs would become more and more: the lock only spares two the same work, and what is put in place is looked at under the
 * writer lock.
 */
async function mergersTurn(files: SyncFiles, path: string): Promise<(() => void) | null> {
  try {
    return await tryWriterLock(files, path);
  } catch (error) {
    if (isLedgerError(error, 'IO')) return () => undefined;
    throw error;
  }
}

/** False, and nothing has changed, where they could not be merged. Never rejects: the new pack is in place before the others are gone. */
async function mergeOnce({ files, lockFile, packs }: WritePlace, stems: readonly string[]): Promise<boolean> {
  try {
    const merged = await mergedPack(packs, stems);
    return merged !== null && (await withWriterLock(files, lockFile, () => putInPlace(packs, merged)));
  } catch {
    return false;
  }
}

interface SmallPack {
  readonly stem: string;
  readonly size: number;
  /** When, in milliseconds since the Unix epoch. */
  readonly written: number;
}

/** The packs that may be merged, a full one too. */
function mergeable(packs: PackStore): SmallPack[] {
  const { files, folder, gitdir } = packs;
  const { names, packs: stems } = packs.list();
  // git gc ends where a pack vanishes under it (`unable to add recent objects`), and makes them few itself.
  if (stems.length < MERGE_FROM || isGcRunning(files, gitdir)) return [];
  const named = packsNamed(files, folder);
  if (named === null) return [];
  return stems.flatMap((stem) => {
    if (named.has(stem) || names.has(`${stem}.keep`) || names.has(`${stem}.promisor`) || !names.has(`${stem}.pack`))
      return [];
    const stat = files.stat(`${folder}/${stem}.pack`);
    return stat === null ? [] : [{ stem, size: Number(stat.size), written: Number(stat.mtimeMs) }];
  });
}

/** How many packs are small, and which of them to merge next, the newest first; none where they are few. */
function packsToMerge(packs: PackStore): { readonly small: number; readonly stems: string[] } {
  // A large ledger has many that are full: they are no reason to merge the same small ones at each transaction.
  const small = mergeable(packs).filter(({ size }) => size <= FULL_BYTES);
  return { small: small.length, stems: small.length < MERGE_FROM ? [] : chooseToMerge(small) };
}

/**
 * The pack of what packs hold, given with the newest first: what is asked for most stays whole, and an older object is a delta of it. Null
 * where fewer than two of them can be read.
 */
async function mergedPack({ files, folder, format }: PackStore, stems: readonly string[]): Promise<MergedPack | null> {
  const slices = new WorkSlices();
  const entries = new Map<Oid, StoredEntry>();
  const merged: string[] = [];
  for (const stem of stems) {
    await slices.next();
    const pack = files.read(`${folder}/${stem}.pack`);
    const index = files.read(`${folder}/${stem}.idx`);
    const found = pack === null || index === null ? null : readEntries(pack, index, format);
    if (found === null) continue;
    // Of two that are the same the first: what it is a delta of comes before it, and no chain leads in a circle.
    for (const entry of found) if (!entries.has(entry.oid)) entries.set(entry.oid, entry);
    merged.push(stem);
  }
  if (merged.length < 2) return null;
  const placed: StoredEntry[] = [];
  for (const entry of deltified([...entries.values()])) {
    placed.push(entry);
    await slices.next();
  }
  return { built: buildPack(placed, format), replaces: merged };
}

/**
 * Puts a merged pack in the place of those that it was made of. False, and nothing has changed, where one of them is gone, or is not to be
 * merged any more: somebody has taken it away, git keeps it now, or a file in it was redacted. Only under the writer lock.
 */
function putInPlace(packs: PackStore, { built, replaces }: MergedPack): boolean {
  const there = new Set(mergeable(packs).map(({ stem }) => stem));
  if (!replaces.every((stem) => there.has(stem))) return false;
  try {
    packs.install(built);
  } finally {
    packs.release(built.name);
  }
  const replaced = replaces.filter((stem) => stem !== built.name);
  // git may be writing one: looked at again afterwards. git's own repack removes it as well.
  dropIndexOf(packs, replaced);
  packs.replace(replaced);
  dropIndexOf(packs, replaced);
  return true;
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
