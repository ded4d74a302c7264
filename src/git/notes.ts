/**
 * Notes trees: target oid → text, flat or fanned out to any depth, as git's own notes.c lays them out.
 *
 * isomorphic-git's notes are not used: they know flat trees only, so from about 60 notes on they miss git's and write
 * a second note beside each; and they rewrite the whole tree for every note.
 */

import { formatOf, isOid, type ObjectFormat } from '../model/object-id.js';
import type { Oid, TreeEntry } from '../ports/objects.js';
import type { FanOut } from './fan-out.js';
import { isFolder } from './object-codec.js';

/** Reads the objects of a notes tree. */
interface NotesReader {
  readTree(oid: Oid): readonly TreeEntry[];
  readBlob(oid: Oid): string;
}

/** Reads and writes them. */
export interface NotesObjects extends NotesReader {
  /** That of the repository: so many digits the targets have. */
  readonly format: ObjectFormat;
  writeTree(entries: readonly TreeEntry[]): Oid;
  /** A tree that holds nothing but folders of two digits, as every large one does above its leaves; null for another one. */
  readFanOut(tree: Oid): FanOut | null;
  /** Writes it with these folders in it. */
  writeFanOut(tree: FanOut, folders: ReadonlyMap<string, Oid>): Oid;
  writeBlob(text: string): Oid;
}

/** A level with more notes than this is split by the next two digits, so that no tree grows with the ledger. */
const MAX_NOTES_A_LEVEL = 64;

const HEX = /^[0-9a-f]+$/;

function isFanOut(entry: TreeEntry): boolean {
  return isFolder(entry) && entry.name.length === 2 && HEX.test(entry.name);
}

function findBlobs(objects: NotesReader, tree: Oid, rest: string): Oid[] {
  const entries = objects.readTree(tree);
  const found = entries.filter((e) => e.name === rest && !isFolder(e)).map((e) => e.oid);
  const folder = entries.find((e) => isFanOut(e) && rest.startsWith(e.name));
  if (folder !== undefined) found.push(...findBlobs(objects, folder.oid, rest.slice(2)));
  return found;
}

/** The note of `target` under a notes tree, or null. Two notes of one target are joined by a blank line, as git shows them. */
export function readNote(objects: NotesReader, tree: Oid, target: Oid): string | null {
  const blobs = findBlobs(objects, tree, target);
  if (blobs.length === 0) return null;
  const texts = blobs.map((blob) => objects.readBlob(blob));
  return texts.length === 1
    ? (texts[0] ?? '')
    : texts
        .map((text) => text.trimEnd())
        .join('\n\n')
        .concat('\n');
}

/** The target of every note under a notes tree. */
export function listNotes(objects: Pick<NotesReader, 'readTree'>, tree: Oid, above = ''): Oid[] {
  const targets: Oid[] = [];
  for (const entry of objects.readTree(tree)) {
    const digits = `${above}${entry.name}`;
    if (isFanOut(entry)) targets.push(...listNotes(objects, entry.oid, digits));
    else if (!isFolder(entry) && isOid(digits, formatOf(tree))) targets.push(digits);
  }
  return targets;
}

/** What to do below one level: the rest of each target's digits → the note's blob, or null to remove it. */
type Changes = ReadonlyMap<string, Oid | null>;

function byPrefix(changes: Changes): Map<string, Map<string, Oid | null>> {
  const groups = new Map<string, Map<string, Oid | null>>();
  for (const [rest, blob] of changes) {
    const group = groups.get(rest.slice(0, 2)) ?? new Map<string, Oid | null>();
    groups.set(rest.slice(0, 2), group.set(rest.slice(2), blob));
  }
  return groups;
}

/** The entries of a level by what they are. */
interface Level {
  readonly folders: Map<string, TreeEntry>;
  readonly notes: Map<string, TreeEntry>;
  readonly others: TreeEntry[];
}

function levelOf(entries: readonly TreeEntry[], digits: number): Level {
  const level: Level = { folders: new Map(), notes: new Map(), others: [] };
  for (const entry of entries) {
    const { name } = entry;
    if (isFanOut(entry)) level.folders.set(name, entry);
    else if (!isFolder(entry) && name.length === digits && HEX.test(name)) level.notes.set(name, entry);
    else level.others.push(entry);
  }
  return level;
}

/** The tree of one level with notes added below its folders, of which no other kind of entry is there; null where that is not so. */
function addBelow(objects: NotesObjects, tree: Oid, changes: Changes, digits: number): Oid | null {
  if (digits <= 2 || [...changes.values()].includes(null)) return null;
  const level = objects.readFanOut(tree);
  if (level === null) return null;
  const folders = new Map<string, Oid>();
  for (const [prefix, group] of byPrefix(changes)) {
    const folder = changeLevel(objects, level.get(prefix), group, digits - 2);
    if (folder !== null) folders.set(prefix, folder);
  }
  return objects.writeFanOut(level, folders);
}

/** The tree of one level after changes, or null where nothing is left in it. */
function changeLevel(objects: NotesObjects, tree: Oid | null, changes: Changes, digits: number): Oid | null {
  const added = tree === null ? null : addBelow(objects, tree, changes, digits);
  return added ?? changeEntries(objects, tree, changes, digits);
}

function changeEntries(objects: NotesObjects, tree: Oid | null, changes: Changes, digits: number): Oid | null {
  const { folders, notes, others } = levelOf(tree === null ? [] : objects.readTree(tree), digits);
  for (const rest of changes.keys()) notes.delete(rest);

  const more = [...changes].filter(([, blob]) => blob !== null).length;
  const full = digits > 2 && notes.size + more > MAX_NOTES_A_LEVEL;
  const below = new Map(digits > 2 && (folders.size > 0 || full) ? changes : []);
  if (below.size === 0) {
    for (const [rest, blob] of changes) if (blob !== null) notes.set(rest, { mode: '100644', name: rest, oid: blob });
  }
  if (full) {
    for (const [rest, entry] of notes) {
      // Somebody else's tree may have a target's note at both depths: neither is to get lost.
      const folder = folders.get(rest.slice(0, 2));
      if (folder !== undefined && findBlobs(objects, folder.oid, rest.slice(2)).length > 0) continue;
      below.set(rest, entry.oid);
      notes.delete(rest);
    }
  }

  for (const [prefix, group] of byPrefix(below)) {
    const folder = changeLevel(objects, folders.get(prefix)?.oid ?? null, group, digits - 2);
    if (folder === null) folders.delete(prefix);
    else folders.set(prefix, { mode: '40000', name: prefix, oid: folder });
  }
  const entries = [...others, ...folders.values(), ...notes.values()];
  return entries.length === 0 ? null : objects.writeTree(entries);
}

/**
 * The notes tree after setting (text) or removing (null) the notes of some targets. Only the levels on the way to
 * them are rewritten; whatever else a tree holds stays.
 */
export function changeNotes(objects: NotesObjects, tree: Oid | null, changes: ReadonlyMap<Oid, string | null>): Oid {
  const blobs = new Map([...changes].map(([target, text]) => [target, text === null ? null : objects.writeBlob(text)]));
  return changeLevel(objects, tree, blobs, objects.format.digits) ?? objects.writeTree([]);
}
