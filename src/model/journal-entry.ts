/** A journal entry as a commit message, and back: one line for each event, one for each ref that it moves. What is read is what is written. */

import { timestampIssues } from './checkpoint.js';
import { isSha256Hex } from './content-digest.js';
import { entrySubject } from './entry-subject.js';
import { formatEvent, parseEvent } from './event-line.js';
import type { LedgerEvent, LedgerFormat } from './ledger-event.js';
import { formatOidOrNone, type ObjectFormat, parseOidOrNone } from './object-id.js';
import { parseCount, parseSeq } from './ref-names.js';
import { formatMessage, parseMessage, TrailerReader } from './trailers.js';
import { parseTimestamp } from './version-commit.js';

/** A ref's journaled move; null is "no such ref". */
export interface RefUpdate {
  readonly ref: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What the message of a journal entry says. */
export interface EntryText {
  readonly format: LedgerFormat;
  /** 0 for the root, then one more each. */
  readonly seq: number;
  /** SHA-256 of the previous entry's commit content, in hex; null for the root. */
  readonly previousSha256: string | null;
  /** The principal whose key signed the entry. */
  readonly actor: string;
  readonly timestamp: number;
  readonly events: readonly LedgerEvent[];
  readonly updates: readonly RefUpdate[];
}

function parseUpdate(value: string, objectFormat: ObjectFormat): RefUpdate | null {
  const [ref = '', old, now] = value.split(' ');
  const from = parseOidOrNone(old, objectFormat);
  const to = parseOidOrNone(now, objectFormat);
  return from === undefined || to === undefined || !ref.startsWith('refs/') ? null : { ref, from, to };
}

/** The message of a journal entry; `objectFormat` is that of the ids in it. */
export function formatEntry(entry: EntryText, objectFormat: ObjectFormat): string {
  return formatMessage(entrySubject(entry.events), '', [
    ...(entry.format === 1 ? [] : [['Format', String(entry.format)] as const]),
    ['Seq', String(entry.seq)],
    ...(entry.previousSha256 === null ? [] : [['Previous-SHA256', entry.previousSha256] as const]),
    ['Actor', entry.actor],
    ['Timestamp', String(entry.timestamp)],
    ...entry.events.map((event) => formatEvent(event, objectFormat)),
    ...entry.updates.map(
      (u) =>
        [
          'Ref-Update',
          `${u.ref} ${formatOidOrNone(u.from, objectFormat)} ${formatOidOrNone(u.to, objectFormat)}`,
        ] as const,
    ),
  ]);
}

function parseBody(
  trailers: TrailerReader,
  format: LedgerFormat,
  objectFormat: ObjectFormat,
): Pick<EntryText, 'events' | 'updates'> | null {
  const events: LedgerEvent[] = [];
  const updates: RefUpdate[] = [];
  for (let next = trailers.next(); next !== null; next = trailers.next()) {
    const [key, value] = next;
    if (key === 'Ref-Update') {
      const update = parseUpdate(value, objectFormat);
      if (update === null) return null;
      updates.push(update);
      continue;
    }
    const event = parseEvent(next, format, objectFormat);
    if (event === null) return null;
    events.push(event);
  }
  return { events, updates };
}

/** What a journal entry's message says, or null where it is not exactly what `formatEntry` writes with ids of the format `objectFormat`. */
export function parseEntry(message: string, objectFormat: ObjectFormat): EntryText | null {
  const parsed = parseMessage(message);
  if (parsed === null || parsed.body !== '') return null;
  const trailers = new TrailerReader(parsed.trailers);
  const stated = trailers.take('Format');
  if (stated !== null && stated !== '2') return null;
  const format: LedgerFormat = stated === null ? 1 : 2;
  const seq = parseSeq(trailers.take('Seq') ?? undefined);
  const previousSha256 = trailers.take('Previous-SHA256');
  const actor = trailers.take('Actor');
  const timestamp = parseTimestamp(trailers.take('Timestamp'));
  const body = parseBody(trailers, format, objectFormat);
  if (seq === null || actor === null || timestamp === null || body === null || body.events.length === 0) return null;
  if (previousSha256 !== null && !isSha256Hex(previousSha256)) return null;
  const entry = { format, seq, previousSha256, actor, timestamp, ...body };
  return formatEntry(entry, objectFormat) === message ? entry : null;
}

/** Why a message is no entry that this package reads: one of a later format is named. */
export function unreadableEntry(message: string): string {
  const [key, later] = parseMessage(message)?.trailers[0] ?? [];
  return key !== 'Format' || parseCount(later) === null || later === '2'
    ? 'it is not written as the format says'
    : `it is of format ${later}; this git-lineage reads formats 1 and 2: install a later one`;
}

/**
 * The message of an entry that is to be written. Nothing may enter the journal that its readers would refuse: it could never be
 * taken out again.
 */
export function writableEntry(entry: EntryText, objectFormat: ObjectFormat): string {
  const message = formatEntry(entry, objectFormat);
  if (parseEntry(message, objectFormat) === null)
    throw new TypeError(`a journal entry that cannot be read back: ${message}`);
  return message;
}

/** The whole second that git's own dates show for a time. */
export function gitSeconds(timestamp: number): number {
  return timestampIssues(timestamp, '').length === 0 ? Math.floor(timestamp) : 0;
}
