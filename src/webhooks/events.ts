/** Events from what a ledger and a swapper tell. */

import { randomUUID } from 'node:crypto';
import { familyOf, type LedgerError } from '../errors.js';
import type { LedgerNotice } from '../ledger/ledger.js';
import type { JournalEntry } from '../ledger/ledger-journal.js';
import { gainingText } from '../model/gate.js';
import type { EventOf, LedgerEvent } from '../model/ledger-event.js';
import { toPrintableText } from '../model/printable.js';
import type { PairKey } from '../model/record-types.js';
import type { StoredReport } from '../model/report.js';
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

function isOfSamePair(a: PairKey, b: PairKey): boolean {
  return a.moduleId === b.moduleId && a.fromVer === b.fromVer && a.toVer === b.toVer;
}

/** What an event of the journal is to be told as, beside the reports that wait for an operator; null where nobody waits for it. */
function aboutEvent(event: LedgerEvent, actor: string, waiting: readonly StoredReport[]): About | null {
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
      const { moduleId: module, fromVer: fromVersion, toVer: toVersion } = event;
      const report = waiting.find((r) => isOfSamePair(r, event));
      if (report === undefined) return null;
      // Of the other reports on a pair that waits, one has nothing new to say.
      if (event.type === 'report' && event.level !== 'BREAKING' && event.seq !== report.seq) return null;
      const { level, capabilitiesAdded: gained } = report;
      const instead = fromVersion === null ? '' : ` in place of v${fromVersion}`;
      const is = gained === undefined ? level : `${level}, ${gainingText(gained)},`;
      const text = `${module} v${toVersion}${instead} is ${is} and waits for an approval`;
      return { type: 'pending', text, module, fromVersion, toVersion };
    }
    default:
      return null;
  }
}

/** True for what may have a pair wait for an operator. */
export function mayWait(event: LedgerEvent): event is EventOf<'report' | 'withdraw'> {
  return event.type === 'report' || event.type === 'withdraw';
}

/**
 * The events of a journal's entry, in order, where the reports in `waiting` wait for an operator. The ids are those that every process
 * makes of them.
 */
export function eventsOfEntry(
  { oid, seq, actor, timestamp, events }: JournalEntry,
  ledger: string,
  wanted: ReadonlySet<WebhookEventType>,
  waiting: readonly StoredReport[],
): WebhookEvent[] {
  return events.flatMap((event, index) => {
    const about = aboutEvent(event, actor, waiting);
    if (about === null || !wanted.has(about.type)) return [];
    // An entry may take back several approvals of a pair.
    if (mayWait(event) && events.slice(0, index).some((before) => mayWait(before) && isOfSamePair(before, event)))
      return [];
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
