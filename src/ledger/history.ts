/** The journal as it is told: newest entry first. Each was verified when it entered the index. */

import type { EntryRecord } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import type { HistoryOptions, JournalEntry } from './ledger-journal.js';

/** So many entries are read at a time, so that a listing may take as long as its reader likes. */
const PAGE = 128;

/** An entry as callers see it. */
export function journalEntry(seq: number, { oid, actor, fingerprint, timestamp, events }: EntryRecord): JournalEntry {
  return Object.freeze({ seq, oid, actor, fingerprint, timestamp, events });
}

/** The entries from `last` down to `first`: all, or those about one module. */
function* entriesBetween(
  records: Records,
  first: number,
  last: number,
  moduleId: string | undefined,
): Generator<JournalEntry> {
  if (moduleId === undefined) {
    for (const [seq, entry] of records.entries(first, last)) yield journalEntry(seq, entry);
    return;
  }
  for (const [seq] of records.moments(moduleId, last, first)) {
    const entry = records.entry(seq);
    if (entry !== null) yield journalEntry(seq, entry);
  }
}

function page(entries: Iterable<JournalEntry>, size: number): JournalEntry[] {
  const found: JournalEntry[] = [];
  for (const entry of entries) if (found.push(entry) >= size) break;
  return found;
}

/** Yields the entries that the options ask for, from where the journal is when the first one is asked for. */
export async function* history(
  read: <T>(question: (records: Records) => T) => T,
  { moduleId, since, before, limit }: HistoryOptions,
): AsyncGenerator<JournalEntry> {
  const first = since === undefined ? 0 : since + 1;
  let left = limit ?? Number.POSITIVE_INFINITY;
  let last = before === undefined ? Number.MAX_SAFE_INTEGER : before - 1;
  while (left > 0 && last >= first) {
    const size = Math.min(left, PAGE);
    const found = read((records) => page(entriesBetween(records, first, last, moduleId), size));
    yield* found;
    left -= found.length;
    if (found.length < size) return;
    last = (found.at(-1)?.seq ?? 0) - 1;
  }
}
