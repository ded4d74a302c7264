/** Events from what a ledger and a swapper tell. */

import { randomUUID } from 'node:crypto';
import { familyOf, type LedgerError } from '../errors.js';
import type { JournalEntry, LedgerNotice } from '../ledger/ledger.js';
import type { LedgerEvent } from '../model/journal-entry.js';
import { toPrintableText } from '../model/printable.js';
import type { SwapNotice } from '../swap/swap-types.js';
import type { WebhookEvent, WebhookEventType } from './webhook-types.js';

/** In bytes of UTF-8: a message of an error may be long, and receivers take some thousand characters at most. */
const MAX_TEXT = 500;

/** What tells of a write that came to nothing, or of a swap. */
export type RefusalNotice = Extract<LedgerNotice | SwapNotice, { readonly type: 'refused' | 'failed' }>;

type About = Pick<WebhookEvent, 'type' | 'text'> & Partial<WebhookEvent['data']>;

/** One line in which everything can be seen, cut short. */
function readable(text: string): string {
  return toPrintableText(text.trim().replace(/\s*[\r\n]\s*/g, ' '), MAX_TEXT);
}

function webhookEvent(id: string, ms: number, { type, text, ...data }: About): WebhookEvent {
  const nothing = { module: null, fromVersion: null, toVersion: null, reason: null, code: null, actor: null };
  return Object.freeze({
    schema: 1,
    id,
    type,
    timestamp: new Date(ms).toISOString(),
    text: readable(text),
    data: Object.freeze({ ...nothing, entry: null, ledger: null, ...data }),
  });
}

/** What an event of the journal is to be told as; null where nobody waits for it. */
function aboutEvent(event: LedgerEvent, actor: string): About | null {
  switch (event.type) {
    case 'rollback': {
      const { moduleId: module, fromVer: fromVersion, toVer: toVersion, reason } = event;
      const text = `${module} was rolled back from v${fromVersion} to v${toVersion} by ${actor} (${reason})`;
      return { type: 'rollback', text, module, fromVersion, toVersion, reason };
    }
    case 'break-glass': {
      const { moduleId: module, fromVer: fromVersion, toVer: toVersion, reason } = event;
      const text = `${actor} made ${module} v${toVersion} active past the gate: ${reason}`;
      return { type: 'break-glass', text, module, fromVersion, toVersion, reason };
    }
    case 'report':
    case 'withdraw': {
      if (event.level !== 'BREAKING' && event.type === 'report') return null;
      const { moduleId: module, fromVer: fromVersion, toVer: toVersion } = event;
      const instead = fromVersion === null ? '' : ` in place of v${fromVersion}`;
      const text = `${module} v${toVersion}${instead} is BREAKING and waits for an approval`;
      return { type: 'pending', text, module, fromVersion, toVersion };
    }
    default:
      return null;
  }
}

/** The events of a journal's entry, in order. The ids are those that every process makes of them. */
export function eventsOfEntry(
  { oid, seq, actor, timestamp, events }: JournalEntry,
  ledger: string,
  wanted: ReadonlySet<WebhookEventType>,
): WebhookEvent[] {
  return events.flatMap((event, index) => {
    const about = aboutEvent(event, actor);
    if (about === null || !wanted.has(about.type)) return [];
    const place = { actor, entry: { seq, oid }, ledger };
    return [webhookEvent(`msg_${oid}_${index}`, Math.round(timestamp * 1000), { ...about, ...place })];
  });
}

/** The module and version that an error is about. */
function placeOf({ data }: LedgerError): Partial<WebhookEvent['data']> {
  return {
    module: 'moduleId' in data ? data.moduleId : null,
    toVersion: 'version' in data ? (data.version ?? null) : null,
    fromVersion: 'fromVer' in data ? data.fromVer : null,
  };
}

/** A write that was refused, or a swap that failed; null for what is no refusal. Wrong arguments, lost races and a full disk are none of a write. */
export function refusalOf(notice: RefusalNotice, now: number): WebhookEvent | null {
  const id = `msg_${randomUUID()}`;
  if (notice.type === 'refused') {
    const { code, error } = notice;
    if (familyOf(code) !== 'refused') return null;
    const place = placeOf(error);
    const what = place.module === null ? 'A write' : `A write about ${place.module}`;
    const text = `${what} was refused (${code}): ${error.message}`;
    return webhookEvent(id, now, { type: 'refusal', text, ...place, code, reason: readable(error.message) });
  }
  const { moduleId: module, version: toVersion, step, reason } = notice;
  const what = toVersion === null ? 'a version' : `v${toVersion}`;
  const text = `${module}: ${what} did not go live, it failed in the step ${step}: ${reason}`;
  return webhookEvent(id, now, { type: 'refusal', text, module, toVersion, code: step, reason: readable(reason) });
}
