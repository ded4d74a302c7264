/**
 * Deltas for objects that differ from another in one place (gitformat-pack(5)): a level of notes that got an entry, a
 * tree of which a file changed. git finds better ones, but never for two objects that share a pack whole (pack-objects.c,
 * `try_delta`): merged without deltas, they would take their whole size for ever.
 */

import { inflateSync } from 'node:zlib';
import { formatOf } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import { type CommonEnds, commonEnds, deltaOf } from './delta.js';
import { ENTRY_NUMBERS, parseEntryHeader } from './pack-entry.js';
import { type DeltaEntry, deflated, type StoredEntry, type WholeEntry } from './pack-writer.js';

/** So many deltas at most from an object to one that is whole. git takes as many (pack.depth); reading one costs some 30 µs. */
export const MAX_CHAIN = 50;

/** Below this a header and two sizes are most of what a delta takes. */
const LEAST_BYTES = 96;

/** Beyond this comparing takes longer than it gains: such an object is one file, not a tree. */
const MOST_BYTES = 512 * 1024;

/** An object is compared with so many before it: a record leaves some ten trees, and its neighbour the like of each. */
const WINDOW = 24;

/** A base that shares so much is taken without looking for a better one. */
const GOOD_SHARE = 0.9;

const { tree: TREE, blob: BLOB } = ENTRY_NUMBERS;

/** An object that later ones may be deltas of. */
interface Candidate {
  readonly oid: Oid;
  readonly data: Buffer;
}

/** How many deltas hang below each object, one of another. */
function heightsOf(entries: readonly StoredEntry[]): Map<Oid, number> {
  const heights = new Map<Oid, number>();
  for (const entry of entries.toReversed()) {
    if (!('base' in entry)) continue;
    heights.set(entry.base, Math.max(heights.get(entry.base) ?? 0, (heights.get(entry.oid) ?? 0) + 1));
  }
  return heights;
}

/** The content of an entry that may become a delta, with its type; null where it may not. */
function contentOf(entry: WholeEntry): { readonly type: number; readonly data: Buffer } | null {
  const bytes = Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset, entry.bytes.byteLength);
  const { type, size, dataAt } = parseEntryHeader(bytes, 0, formatOf(entry.oid));
  if ((type !== TREE && type !== BLOB) || size < LEAST_BYTES || size > MOST_BYTES) return null;
  return { type, data: inflateSync(bytes.subarray(dataAt), { chunkSize: size + 64 }) };
}

/** The entry as a delta of the best candidate; null where none saves half of it: git keeps a poor delta for ever, too. */
function asDelta({ oid }: WholeEntry, data: Buffer, candidates: readonly Candidate[]): DeltaEntry | null {
  let best: { readonly candidate: Candidate; readonly ends: CommonEnds } | null = null;
  let saved = data.length / 2;
  for (const candidate of candidates.toReversed()) {
    if (Math.min(candidate.data.length, data.length) <= saved) continue;
    const ends = commonEnds(candidate.data, data);
    if (ends.prefix + ends.suffix <= saved) continue;
    saved = ends.prefix + ends.suffix;
    best = { candidate, ends };
    if (saved > data.length * GOOD_SHARE) break;
  }
  if (best === null) return null;
  const delta = deltaOf(best.candidate.data, data, best.ends);
  return { oid, base: best.candidate.oid, size: delta.length, deflated: deflated(delta) };
}

/**
 * The same objects in the same order, trees and files as deltas of one before them where that saves half of their bytes.
 * Entries that are deltas already stay as they are; none is further than `MAX_CHAIN` from a whole one by what is made here.
 */
export function* deltified(entries: readonly StoredEntry[]): Generator<StoredEntry> {
  const heights = heightsOf(entries);
  const depths = new Map<Oid, number>();
  const windows = new Map<number, Candidate[]>([
    [TREE, []],
    [BLOB, []],
  ]);
  for (const entry of entries) {
    if ('base' in entry) {
      depths.set(entry.oid, (depths.get(entry.base) ?? 0) + 1);
      yield entry;
      continue;
    }
    const content = contentOf(entry);
    if (content === null) {
      yield entry;
      continue;
    }
    const { type, data } = content;
    const window = windows.get(type) ?? [];
    const room = MAX_CHAIN - 1 - (heights.get(entry.oid) ?? 0);
    const near = window.filter(({ oid }) => (depths.get(oid) ?? 0) <= room);
    const delta = asDelta(entry, data, near);
    depths.set(entry.oid, delta === null ? 0 : (depths.get(delta.base) ?? 0) + 1);
    window.push({ oid: entry.oid, data });
    if (window.length > WINDOW) window.shift();
    yield delta ?? entry;
  }
}
