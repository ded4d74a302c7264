/** What one notes commit changed against the one before it, whatever the fan-out of either. */

import { formatOf, type ObjectFormat } from '../model/object-id.js';
import type { LedgerObjects, Oid, TreeEntry } from '../ports/objects.js';

/** A target's notes before and after: their blobs. A sound tree has at most one on either side. */
interface NoteChange {
  readonly before: Oid[];
  readonly after: Oid[];
}

interface NotesChanges {
  readonly notes: ReadonlyMap<Oid, NoteChange>;
  /** Changed entries that are no notes. */
  readonly others: readonly string[];
  /** True where there are more changes than could be looked at: then not all of them are here. */
  readonly endless: boolean;
}

/** Entries of trees. A few trees that name each other unfold to more than could ever be compared. */
const MAX_ENTRIES = 2_000_000;

const FOLDER_MODE = '40000';
const HEX = /^[0-9a-f]+$/;

type Objects = Pick<LedgerObjects, 'readTree'>;

function sameEntry(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a !== undefined && b !== undefined && a.oid === b.oid && a.name === b.name && a.mode === b.mode;
}

function byName(entries: readonly TreeEntry[]): Map<string, TreeEntry> {
  return new Map(entries.map((entry) => [`${entry.mode} ${entry.name}`, entry]));
}

/** Both lists without what they have in common at either end: of hundreds of entries, a transaction changes one. */
function changedParts(
  old: readonly TreeEntry[],
  now: readonly TreeEntry[],
): [old: Map<string, TreeEntry>, now: Map<string, TreeEntry>] {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && sameEntry(old[start], now[start])) start += 1;
  let end = 0;
  while (end < shorter - start && sameEntry(old[old.length - 1 - end], now[now.length - 1 - end])) end += 1;
  return [byName(old.slice(start, old.length - end)), byName(now.slice(start, now.length - end))];
}

/** Compares two trees as the sorted lists that they are, going down only where they differ. */
class Comparison {
  readonly changes = new Map<Oid, NoteChange>();
  readonly others: string[] = [];
  endless = false;
  private entriesLeft = MAX_ENTRIES;
  private readonly objects: Objects;
  private readonly format: ObjectFormat;

  constructor(objects: Objects, format: ObjectFormat) {
    this.objects = objects;
    this.format = format;
  }

  private async entries(tree: Oid | null): Promise<readonly TreeEntry[]> {
    if (tree === null) return [];
    const entries = await this.objects.readTree(tree);
    this.entriesLeft -= entries.length;
    this.endless ||= this.entriesLeft < 0;
    return entries;
  }

  private note(target: Oid, side: 'before' | 'after', blob: Oid): void {
    const change = this.changes.get(target) ?? { before: [], after: [] };
    change[side].push(blob);
    this.changes.set(target, change);
  }

  private async one(prefix: string, side: 'before' | 'after', entry: TreeEntry): Promise<void> {
    const path = prefix + entry.name;
    const hex = HEX.test(entry.name) && path.length <= this.format.digits;
    if (entry.mode === FOLDER_MODE && hex && entry.name.length === 2) {
      const [before, after] = side === 'before' ? [entry.oid, null] : [null, entry.oid];
      return this.compare(before, after, path);
    }
    if (entry.mode === '100644' && hex && path.length === this.format.digits) this.note(path, side, entry.oid);
    else this.others.push(path);
  }

  async compare(before: Oid | null, after: Oid | null, prefix: string): Promise<void> {
    if (before === after || this.endless) return;
    const [old, now] = changedParts(await this.entries(before), await this.entries(after));
    for (const [key, entry] of old) {
      const same = now.get(key);
      if (same?.oid === entry.oid) continue;
      if (same !== undefined && entry.mode === FOLDER_MODE && entry.name.length === 2 && HEX.test(entry.name)) {
        await this.compare(entry.oid, same.oid, prefix + entry.name);
      } else {
        await this.one(prefix, 'before', entry);
        if (same !== undefined) await this.one(prefix, 'after', same);
      }
    }
    for (const [key, entry] of now) if (!old.has(key)) await this.one(prefix, 'after', entry);
  }
}

/** The changes from one notes tree (null: none) to another. A note that only moved to another depth is no change. */
export async function notesChanges(objects: Objects, before: Oid | null, after: Oid): Promise<NotesChanges> {
  const comparison = new Comparison(objects, formatOf(after));
  await comparison.compare(before, after, '');
  const moved = ({ before: b, after: a }: NoteChange) => b.length === 1 && a.length === 1 && b[0] === a[0];
  const notes = new Map([...comparison.changes].filter(([, change]) => !moved(change)));
  return { notes, others: comparison.others, endless: comparison.endless };
}
