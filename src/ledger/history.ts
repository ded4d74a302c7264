/** The journal as it is read: newest entry first, each with its signature checked. */

import type { Oid } from '../ports/objects.js';
import type { HistoryOptions, JournalEntry } from './contract.js';
import type { Journal, VerifiedEntry } from './journal.js';

function concerns(entry: VerifiedEntry, moduleId: string | undefined): boolean {
  return (
    moduleId === undefined || entry.text.events.some((event) => 'moduleId' in event && event.moduleId === moduleId)
  );
}

/** Yields the entries that the options ask for, from where `start` says the journal is. */
export async function* history(
  journal: Journal,
  start: () => Promise<Oid>,
  options: HistoryOptions,
): AsyncGenerator<JournalEntry> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (let oid: Oid | null = left > 0 ? await start() : null; oid !== null && left > 0; ) {
    const entry: VerifiedEntry & { readonly parent: Oid | null } = await journal.entry(oid);
    const { seq, actor, timestamp, events } = entry.text;
    if (options.since !== undefined && seq <= options.since) return;
    if (concerns(entry, options.moduleId)) {
      left -= 1;
      yield Object.freeze({ seq, oid, actor, fingerprint: entry.fingerprint, timestamp, events });
    }
    oid = entry.parent;
  }
}
