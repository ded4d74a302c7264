/** Values of a ledger as the JSON of the page's answers. */

import type { JournalEntry } from '../ledger/ledger-journal.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { CompatibilityReport } from '../model/report.js';
import type { EntryJson, VersionJson } from './answers.js';

/** So much of a rationale is told in a list, in characters. */
const MAX_SHORT = 400;
/** So many events of an entry are told: a batch has any number. */
const MAX_EVENTS = 20;

/** The first `length` characters; `…` stands for the others. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text.slice(0, 2 * length + 2));
  return text.length <= length ? text : `${characters.slice(0, length).join('')}…`;
}

export function versionJson({ tags, ...version }: VersionCheckpoint): VersionJson {
  return { ...version, tags: [...tags] };
}

/** A report for a list: its rationale cut. */
export function shortReport<R extends CompatibilityReport>(report: R): R {
  return { ...report, rationale: cut(report.rationale, MAX_SHORT) };
}

export function entryJson(entry: JournalEntry): EntryJson {
  const { events } = entry;
  return { ...entry, events: events.slice(0, MAX_EVENTS), omitted: Math.max(0, events.length - MAX_EVENTS) };
}
