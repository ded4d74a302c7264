/** A journal entry as a commit message, and back: one line for each event, one for each ref that it moves. */

import { checksumIssues, timestampIssues } from './checkpoint.js';
import { isSha256Hex } from './content-digest.js';
import { isModuleId, isNoObjectId } from './module-id.js';
import { formatOidOrNone, type ObjectFormat, parseOidOrNone, SHA1 } from './object-id.js';
import { isPrintableLine } from './printable.js';
import { parseCount, parseVersionOrNone } from './ref-names.js';
import { type CompatibilityLevel, isCompatibilityLevel } from './report.js';
import { isRollbackReason, type RollbackReason } from './rollback-target.js';
import { tagIssues } from './tag-label.js';
import { formatMessage, parseMessage, type Trailer, TrailerReader } from './trailers.js';
import { parseTimestamp } from './version-commit.js';

/**
 * The version of the ledger's format that an entry is written in. It goes up in the entry that holds `Upgrade`, and never back. An entry of format 1 does
 * not say so; later ones begin with it, so that a walk from the newest entry can read each by itself.
 */
export type LedgerFormat = 1 | 2;

interface OfVersion {
  readonly moduleId: string;
  readonly version: number;
}

interface OfReport {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly seq: number;
  readonly level: CompatibilityLevel;
  /** SHA-256 of the tag's signed payload, in hex: it closes what SHA-1 leaves open. */
  readonly payloadSha256: string;
}

/** Something that happened, as the journal states it. */
export type LedgerEvent =
  | { readonly type: 'init'; readonly format: number }
  | {
      readonly type: 'upgrade';
      readonly format: number;
      /** SHA-256, in hex, of the commits of all versions so far (`versionsSeal`). */
      readonly versionsSha256: string;
    }
  | ({
      readonly type: 'stage';
      readonly parentVer: number | null;
      readonly checksum: string;
      /** SHA-256, in hex, of what the version's commit consists of, as `git cat-file commit` prints it. From format 2 on. */
      readonly commitSha256?: string;
    } & OfVersion)
  | ({ readonly type: 'activate' } & OfVersion)
  | ({ readonly type: 'tag' | 'untag'; readonly tag: string } & OfVersion)
  | ({ readonly type: 'report' | 'approve' | 'withdraw' } & OfReport)
  | {
      readonly type: 'rollback';
      readonly moduleId: string;
      readonly fromVer: number;
      readonly toVer: number;
      readonly reason: RollbackReason;
    }
  | {
      readonly type: 'break-glass';
      readonly moduleId: string;
      readonly fromVer: number | null;
      readonly toVer: number;
      /** Why the gate was passed by, in the operator's words. */
      readonly reason: string;
    }
  | { readonly type: 'policy'; readonly policySha256: string; readonly signersSha256: string }
  /** The dates of the entries from `first` to `last` are wrong: the clock that gave them was. */
  | { readonly type: 'clock'; readonly first: number; readonly last: number }
  /** A file that must not stay: its content is taken out of every version that holds it, and its digest stays. */
  | ({
      readonly type: 'redact';
      /** The blob of git. */
      readonly oid: string;
      /** SHA-256 of its content, in hex: whoever has the bytes can prove them. */
      readonly sha256: string;
      /** Why, in the words of whoever asked for it. */
      readonly reason: string;
    } & OfVersion)
  /** SHA-256, in hex, of the file with the countersignatures of the entry's change. */
  | { readonly type: 'countersigned'; readonly sha256: string }
  | { readonly type: 'restored'; readonly ref: string; readonly foreign: string | null };

export type EventType = LedgerEvent['type'];

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

/** The longest reason for breaking the glass or for a redaction, in bytes: one line of the journal. */
export const MAX_REASON_BYTES = 256;

function formatEvent(event: LedgerEvent, objectFormat: ObjectFormat): Trailer {
  switch (event.type) {
    case 'init':
      return ['Init', String(event.format)];
    case 'upgrade':
      return ['Upgrade', `${event.format} ${event.versionsSha256}`];
    case 'stage': {
      const sealed = event.commitSha256 === undefined ? '' : `${event.commitSha256} `;
      return ['Stage', `${event.moduleId} ${event.version} ${event.parentVer ?? 0} ${sealed}${event.checksum}`];
    }
    case 'activate':
      return ['Activate', `${event.moduleId} ${event.version}`];
    case 'tag':
      return ['Tag', `${event.moduleId} ${event.version} ${event.tag}`];
    case 'untag':
      return ['Untag', `${event.moduleId} ${event.version} ${event.tag}`];
    case 'report':
    case 'approve':
    case 'withdraw': {
      const key = event.type.charAt(0).toUpperCase() + event.type.slice(1);
      const place = `${event.fromVer ?? 0}-${event.toVer}/${event.seq}`;
      return [key, `${event.moduleId} ${place} ${event.level} ${event.payloadSha256}`];
    }
    case 'rollback':
      return ['Rollback', `${event.moduleId} ${event.fromVer} ${event.toVer} ${event.reason}`];
    case 'break-glass':
      return ['Break-Glass', `${event.moduleId} ${event.fromVer ?? 0} ${event.toVer} ${event.reason}`];
    case 'policy':
      return ['Policy', `${event.policySha256} ${event.signersSha256}`];
    case 'clock':
      return ['Clock', `${event.first} ${event.last}`];
    case 'redact':
      return ['Redact', `${event.moduleId} ${event.version} ${event.oid} ${event.sha256} ${event.reason}`];
    case 'countersigned':
      return ['Countersigned', event.sha256];
    case 'restored':
      return ['Restored', `${event.ref} ${formatOidOrNone(event.foreign, objectFormat)}`];
  }
}

/** An event that takes countersignatures as its line of an entry, without a line end. None of these says that there is no object. */
export function eventLine(event: LedgerEvent): string {
  return formatEvent(event, SHA1).join(': ');
}

/** The first `count` words of a value, and the rest of the line as the last. */
function words(value: string, count: number): string[] {
  const parts = value.split(' ');
  return [...parts.slice(0, count), ...(parts.length > count ? [parts.slice(count).join(' ')] : [])];
}

type EventParser = (value: string, objectFormat: ObjectFormat) => LedgerEvent | null;

function parseTagEvent(type: 'tag' | 'untag'): EventParser {
  return (value) => {
    const [moduleId = '', v, tag] = words(value, 2);
    const version = parseCount(v);
    return version === null || tag === undefined || tagIssues(tag).length > 0 ? null : { type, moduleId, version, tag };
  };
}

function parseReportEvent(type: 'report' | 'approve' | 'withdraw'): EventParser {
  return (value) => {
    const [moduleId = '', place = '', level, payloadSha256 = ''] = value.split(' ');
    const match = /^([0-9]+)-([0-9]+)\/([0-9]+)$/.exec(place);
    const fromVer = parseVersionOrNone(match?.[1]);
    const toVer = parseCount(match?.[2]);
    const seq = parseCount(match?.[3]);
    if (fromVer === undefined || toVer === null || seq === null) return null;
    if (!isCompatibilityLevel(level) || !isSha256Hex(payloadSha256)) return null;
    return { type, moduleId, fromVer, toVer, seq, level, payloadSha256 };
  };
}

/** The number of an entry, from 0 on. */
function parseSeq(text: string | undefined): number | null {
  return text === '0' ? 0 : parseCount(text);
}

function parseStage(format: LedgerFormat): EventParser {
  return (value) => {
    const [moduleId = '', v, parent, ...rest] = words(value, format === 1 ? 3 : 4);
    const [commitSha256, checksum = ''] = format === 1 ? [undefined, rest[0]] : rest;
    const version = parseCount(v);
    const parentVer = parseVersionOrNone(parent);
    if (version === null || parentVer === undefined || checksumIssues(checksum, '').length > 0) return null;
    if (commitSha256 === undefined)
      return format === 1 ? { type: 'stage', moduleId, version, parentVer, checksum } : null;
    if (!isSha256Hex(commitSha256)) return null;
    return { type: 'stage', moduleId, version, parentVer, commitSha256, checksum };
  };
}

const PARSERS: Readonly<Record<string, EventParser>> = {
  Init: (value) => {
    const format = parseCount(value);
    return format === null ? null : { type: 'init', format };
  },
  Stage: parseStage(1),
  Activate: (value) => {
    const [moduleId = '', v] = value.split(' ');
    const version = parseCount(v);
    return version === null ? null : { type: 'activate', moduleId, version };
  },
  Tag: parseTagEvent('tag'),
  Untag: parseTagEvent('untag'),
  Report: parseReportEvent('report'),
  Approve: parseReportEvent('approve'),
  Withdraw: parseReportEvent('withdraw'),
  Rollback: (value) => {
    const [moduleId = '', from, to, reason] = value.split(' ');
    const fromVer = parseCount(from);
    const toVer = parseCount(to);
    return fromVer === null || toVer === null || !isRollbackReason(reason)
      ? null
      : { type: 'rollback', moduleId, fromVer, toVer, reason };
  },
  'Break-Glass': (value) => {
    const [moduleId = '', from, to, reason = ''] = words(value, 3);
    const fromVer = parseVersionOrNone(from);
    const toVer = parseCount(to);
    const broken = fromVer === undefined || toVer === null || !isPrintableLine(reason, MAX_REASON_BYTES);
    return broken ? null : { type: 'break-glass', moduleId, fromVer, toVer, reason };
  },
  Policy: (value) => {
    const [policySha256 = '', signersSha256 = ''] = value.split(' ');
    return isSha256Hex(policySha256) && isSha256Hex(signersSha256)
      ? { type: 'policy', policySha256, signersSha256 }
      : null;
  },
  Restored: (value, objectFormat) => {
    const [ref = '', oid] = value.split(' ');
    const foreign = parseOidOrNone(oid, objectFormat);
    return foreign === undefined ? null : { type: 'restored', ref, foreign };
  },
};

/** What format 2 says otherwise, and what it says for the first time. */
const PARSERS_2: Readonly<Record<string, EventParser>> = {
  ...PARSERS,
  Stage: parseStage(2),
  Upgrade: (value) => {
    const [number, versionsSha256 = ''] = value.split(' ');
    const format = parseCount(number);
    return format === null || !isSha256Hex(versionsSha256) ? null : { type: 'upgrade', format, versionsSha256 };
  },
  Clock: (value) => {
    const [from, to] = value.split(' ');
    const first = parseSeq(from);
    const last = parseSeq(to);
    return first === null || last === null || first > last ? null : { type: 'clock', first, last };
  },
  Redact: (value, objectFormat) => {
    const [moduleId = '', v, oid = '', sha256 = '', reason = ''] = words(value, 4);
    const version = parseCount(v);
    if (version === null || parseOidOrNone(oid, objectFormat) == null || !isSha256Hex(sha256)) return null;
    if (!isPrintableLine(reason, MAX_REASON_BYTES)) return null;
    return { type: 'redact', moduleId, version, oid, sha256, reason };
  },
  Countersigned: (value) => (isSha256Hex(value) ? { type: 'countersigned', sha256: value } : null),
};

function parseUpdate(value: string, objectFormat: ObjectFormat): RefUpdate | null {
  const [ref = '', old, now] = value.split(' ');
  const from = parseOidOrNone(old, objectFormat);
  const to = parseOidOrNone(now, objectFormat);
  return from === undefined || to === undefined || !ref.startsWith('refs/') ? null : { ref, from, to };
}

function eventSubject(event: LedgerEvent): string {
  switch (event.type) {
    case 'init':
      return 'init';
    case 'stage':
    case 'activate':
      return `${event.type} ${event.moduleId} v${event.version}`;
    case 'tag':
    case 'untag':
      return `${event.type} ${event.moduleId} v${event.version}: ${event.tag}`;
    case 'report':
    case 'approve':
    case 'withdraw':
      return `${event.type} ${event.moduleId} ${event.fromVer === null ? '' : `v${event.fromVer} `}-> v${event.toVer}: ${event.level}`;
    case 'rollback':
      return `rollback ${event.moduleId} v${event.fromVer} -> v${event.toVer}: ${event.reason}`;
    case 'break-glass':
      return `break-glass ${event.moduleId} v${event.toVer}: ${event.reason}`;
    case 'policy':
      return 'policy';
    case 'upgrade':
      return `upgrade to format ${event.format}`;
    case 'clock':
      return `clock: the dates of entries ${event.first} to ${event.last} are wrong`;
    case 'redact':
      return `redact ${event.moduleId} v${event.version}: ${event.reason}`;
    case 'countersigned':
      return 'countersigned';
    case 'restored':
      return `restored ${event.ref}`;
  }
}

/** The subject of an entry, for `git log --oneline`: its one event, or a record, or what a batch adds up to. */
export function entrySubject(events: readonly LedgerEvent[]): string {
  if (events[0]?.type === 'init') return 'init';
  const activated = events.filter((e) => e.type === 'activate');
  const [first] = activated;
  if (first !== undefined && events.some((e) => e.type === 'stage')) {
    if (activated.length === 1) return `record ${first.moduleId} v${first.version}`;
    const modules = new Set(activated.map((e) => e.moduleId));
    return `record ${activated.length} versions of ${modules.size === 1 ? first.moduleId : `${modules.size} modules`}`;
  }
  const told = events.filter((e) => e.type !== 'countersigned');
  const upgraded = told.find((e) => e.type === 'upgrade');
  if (upgraded !== undefined) return eventSubject(upgraded);
  const main = told.find((e) => e.type !== 'restored') ?? told[0];
  const rest = told.length - 1;
  const subject = main === undefined ? 'nothing' : eventSubject(main);
  return rest === 0 ? subject : `${subject} and ${rest} more`;
}

/** The version whose notes an event may change. */
function notedVersion(event: LedgerEvent): string[] {
  if ('version' in event) return [`${event.moduleId} v${event.version}`];
  if (event.type === 'rollback') return [`${event.moduleId} v${event.fromVer}`];
  return event.type === 'break-glass' ? [`${event.moduleId} v${event.toVer}`] : [];
}

/** The message of the notes commits that belong to an entry. */
export function notesMessage(events: readonly LedgerEvent[]): string {
  if (events[0]?.type === 'init') return 'Notes of no versions yet\n';
  const unique = [...new Set(events.flatMap(notedVersion))];
  return `Notes of ${unique.length === 1 ? unique[0] : `${unique.length} versions`}\n`;
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
  parsers: Readonly<Record<string, EventParser>>,
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
    const event = Object.hasOwn(parsers, key) ? parsers[key]?.(value, objectFormat) : null;
    if (
      event == null ||
      ('moduleId' in event && !(isModuleId(event.moduleId) && isNoObjectId(event.moduleId, objectFormat)))
    )
      return null;
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
  const body = parseBody(trailers, format === 1 ? PARSERS : PARSERS_2, objectFormat);
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
