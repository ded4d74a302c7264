/** The journal by pages, and searched. */

import type { JournalEntry } from '../ledger/ledger-journal.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import { type EntryJson, JOURNAL_PAGE, type JournalAnswer, type SearchAnswer } from './answers.js';
import { entryJson } from './json-reply.js';
import type { PageLedger } from './module-rows.js';

/** One search answers with so many entries, and looks at so many. */
const MAX_FOUND = 50;
const MAX_SCANNED = 5000;

/** What is searched for; what is empty is not asked. */
export interface Search {
  readonly moduleId: string | undefined;
  readonly actor: string | undefined;
  readonly type: string | undefined;
  /** Occurs in the entry as text, in any case. */
  readonly text: string | undefined;
  readonly before: number | undefined;
}

export async function journalAnswer(ledger: PageLedger, page: number): Promise<JournalAnswer> {
  const entries: EntryJson[] = [];
  const before = (page + 1) * JOURNAL_PAGE;
  for await (const entry of ledger.history({ before, limit: JOURNAL_PAGE })) {
    if (entry.seq < before - JOURNAL_PAGE) break;
    entries.push(entryJson(entry));
  }
  return { entries };
}

function eventText(event: LedgerEvent): string {
  return Object.values(event).join(' ').toLowerCase();
}

function isFound({ actor, fingerprint, oid, events }: JournalEntry, search: Search): boolean {
  if (search.actor !== undefined && actor !== search.actor && fingerprint !== search.actor) return false;
  const ofType = search.type === undefined ? events : events.filter(({ type }) => type === search.type);
  if (ofType.length === 0) return false;
  const text = search.text?.toLowerCase();
  if (text === undefined || oid.startsWith(text) || actor.toLowerCase().includes(text)) return true;
  return ofType.some((event) => eventText(event).includes(text));
}

/** @throws `INVALID_MODULE_ID`, `INVALID_ARGUMENT` */
export async function searchAnswer(ledger: PageLedger, search: Search): Promise<SearchAnswer> {
  const { moduleId, before } = search;
  const entries: EntryJson[] = [];
  let scanned = 0;
  for await (const entry of ledger.history({ moduleId, before })) {
    if (isFound(entry, search)) entries.push(entryJson(entry));
    scanned += 1;
    if (entries.length >= MAX_FOUND || scanned >= MAX_SCANNED) return { entries, next: entry.seq };
  }
  return { entries, next: null };
}
