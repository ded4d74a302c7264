/** An event as its line of a journal entry, and back. A format has its own lines: an entry of format 1 knows none of those that came with format 2. */

import { checksumIssues } from './checkpoint.js';
import { isSha256Hex } from './content-digest.js';
import { type LedgerEvent, type LedgerFormat, MAX_REASON_BYTES } from './ledger-event.js';
import { isModuleId, isNoObjectId } from './module-id.js';
import { formatOidOrNone, type ObjectFormat, parseOidOrNone, SHA1 } from './object-id.js';
import { isPrintableLine } from './printable.js';
import { parseCount, parseSeq, parseVersionOrNone } from './ref-names.js';
import { isCompatibilityLevel } from './report.js';
import { isRollbackReason } from './rollback-target.js';
import { tagIssues } from './tag-label.js';
import type { Trailer } from './trailers.js';

/** An event as the key and the value of its line. */
export function formatEvent(event: LedgerEvent, objectFormat: ObjectFormat): Trailer {
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

const PARSERS_1: Readonly<Record<string, EventParser>> = {
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
  ...PARSERS_1,
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

/** What a line says in an entry of a format; null for what is no event there. Ids in it are of the format `objectFormat`. */
export function parseEvent(
  [key, value]: Trailer,
  format: LedgerFormat,
  objectFormat: ObjectFormat,
): LedgerEvent | null {
  const parsers = format === 1 ? PARSERS_1 : PARSERS_2;
  const event = Object.hasOwn(parsers, key) ? parsers[key]?.(value, objectFormat) : null;
  if (
    event == null ||
    ('moduleId' in event && !(isModuleId(event.moduleId) && isNoObjectId(event.moduleId, objectFormat)))
  )
    return null;
  return event;
}
