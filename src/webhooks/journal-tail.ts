/**
 * Telling what is written to a journal, by whomever. An entry counts as told once each of its events is settled: whoever is killed before
 * that tells it again, with the same ids.
 */

import { LedgerError, messageOf } from '../errors.js';
import type { JournalEntry } from '../ledger/ledger-journal.js';
import type { Delivery } from './delivery.js';
import { eventsOfEntry, mayWait } from './events.js';
import type { PositionFile, WebhookPosition } from './position-file.js';
import type { FollowedLedger, WebhookClock, WebhookEvent, WebhookEventType, WebhookProblem } from './webhook-types.js';

/** Between two attempts to read a ledger that cannot be read, at most, in milliseconds. */
const MAX_READ_PAUSE_MS = 30_000;

/** So many entries are read at a time, however far the journal is ahead. */
const PART = 200;

/** Entries with nothing to tell are passed without a word on disk, up to so many: they are read again after a restart. */
const MAX_UNKEPT = 500;

interface JournalTailParts {
  readonly ledger: FollowedLedger;
  readonly delivery: Delivery;
  readonly clock: WebhookClock;
  readonly report: (problem: WebhookProblem) => void;
  readonly wanted: ReadonlySet<WebhookEventType>;
  readonly file: PositionFile | null;
  readonly intervalMs: number;
}

/** An entry that has something to tell. */
interface Telling {
  readonly at: WebhookPosition;
  readonly events: readonly WebhookEvent[];
}

/** The next entries of the journal. */
interface Part {
  /** The last of them. */
  readonly end: WebhookPosition;
  /** Oldest first. */
  readonly telling: readonly Telling[];
}

export class JournalTail {
  private readonly parts: JournalTailParts;
  private told: WebhookPosition;
  /** The number of the entry that the file says. */
  private keptSeq: number;
  private looking: Promise<void> | null = null;
  private again = false;
  private running: Promise<void> = Promise.resolve();
  private readonly ending = new AbortController();
  /** Ends the pause before the next look. */
  private waking = new AbortController();
  /** Events that were found and are not settled. */
  queued = 0;
  /** The last look failed: the journal, or the position, could not be read or kept. */
  hindered = false;

  private constructor(parts: JournalTailParts, told: WebhookPosition) {
    this.parts = parts;
    this.told = told;
    this.keptSeq = told.seq;
  }

  /** Begins where the position that is remembered says, else where the journal stands. @throws as `Webhooks.follow` */
  static async begin(parts: JournalTailParts): Promise<JournalTail> {
    const { ledger, file } = parts;
    const [root, { seq, oid }] = [await ledger.journal.root(), await ledger.journal.position()];
    const kept = (await file?.read()) ?? null;
    if (kept !== null && kept.ledger !== root) throw moved(`the ledger ${kept.ledger}`, `the ledger ${root}`);
    const told = kept ?? { ledger: root, seq, oid };
    const tail = new JournalTail(parts, told);
    // Whoever cannot remember is told now, and not after the first event.
    if (kept === null) await file?.write(told);
    else await tail.nextPart();
    tail.running = tail.run();
    return tail;
  }

  /** Something was committed. */
  wake(): void {
    this.waking.abort();
  }

  /** Resolves when everything is told that stands in the journal now, or cannot be for the moment. Never rejects. */
  look(): Promise<void> {
    this.again = true;
    this.looking ??= this.lookAll();
    return this.looking;
  }

  /** Resolves when nothing is under way any more; what is being delivered is for the delivery to stop. */
  async close(): Promise<void> {
    this.ending.abort();
    this.wake();
    await this.running;
    await this.looking;
  }

  private get ended(): boolean {
    return this.ending.signal.aborted || this.parts.delivery.stopped.aborted;
  }

  private async run(): Promise<void> {
    const { clock, intervalMs } = this.parts;
    let pauseMs = intervalMs;
    while (!this.ended) {
      await this.look();
      pauseMs = this.hindered ? Math.min(2 * pauseMs, MAX_READ_PAUSE_MS) : intervalMs;
      if (!this.waking.signal.aborted) await clock.pause(pauseMs, this.waking.signal);
      this.waking = new AbortController();
    }
  }

  /** Looks until nobody has asked for another look meanwhile. */
  private async lookAll(): Promise<void> {
    await Promise.resolve();
    while (this.again && !this.ended) {
      this.again = false;
      try {
        await this.lookOnce();
        this.hindered = false;
      } catch (error) {
        if (!this.hindered && !this.ended) this.parts.report({ type: 'not-followed', message: messageOf(error) });
        this.hindered = true;
      }
    }
    // In the same turn as the last look at `again`: whoever asks later starts anew.
    this.looking = null;
  }

  private async lookOnce(): Promise<void> {
    await this.catchUpWithFile();
    const tip = await this.parts.ledger.journal.position();
    while (this.told.oid !== tip.oid && !this.ended) {
      const part = await this.nextPart();
      if (!(await this.tell(part))) return;
      if (part.end.seq > this.told.seq) this.told = part.end;
      if (this.told.seq - this.keptSeq >= MAX_UNKEPT) await this.keep();
      if (this.told.seq >= tip.seq) return;
    }
  }

  /** Tells what a part holds; false where nothing is sent any more. */
  private async tell({ telling }: Part): Promise<boolean> {
    this.queued = telling.reduce((sum, { events }) => sum + events.length, 0);
    try {
      for (const { at, events } of telling) {
        for (const event of events) {
          if (!(await this.settle(event, at))) return false;
          this.queued -= 1;
        }
        // Another process may be ahead meanwhile: the file does not go back.
        await this.catchUpWithFile();
        if (at.seq <= this.told.seq) continue;
        this.told = at;
        await this.keep();
      }
      return true;
    } finally {
      this.queued = 0;
    }
  }

  /** True once an event needs no more telling: it was delivered, given up, told by another process that shares the file, or is settled. */
  private async settle(event: WebhookEvent, { seq }: WebhookPosition): Promise<boolean> {
    if (this.ended) return false;
    await this.catchUpWithFile();
    if (seq <= this.told.seq || !(await this.isOpen(event))) return true;
    return this.parts.delivery.deliver(event);
  }

  /**
   * The entries after the one that was told last.
   * @throws `PIN_MISMATCH` where that one is not in the journal
   */
  private async nextPart(): Promise<Part> {
    const { ledger: root, seq: from, oid } = this.told;
    const { ledger, wanted } = this.parts;
    const found: JournalEntry[] = [];
    const since = from === 0 ? undefined : from - 1;
    for await (const entry of ledger.history({ since, before: from + PART + 1 })) found.push(entry);
    const [first, ...entries] = found.reverse();
    if (first?.seq !== from || first.oid !== oid) throw moved(`entry ${from} ${oid}`, 'a journal without it');
    const asks = wanted.has('pending') && entries.some(({ events }) => events.some(mayWait));
    const waiting = asks ? await ledger.pendingApprovals() : [];
    const telling = entries.flatMap((entry) => {
      const events = eventsOfEntry(entry, root, wanted, waiting);
      return events.length === 0 ? [] : [{ at: { ledger: root, seq: entry.seq, oid: entry.oid }, events }];
    });
    const last = entries.at(-1) ?? first;
    return { end: { ledger: root, seq: last.seq, oid: last.oid }, telling };
  }

  /** Whether what waits for an operator still does; everything else is told whenever it happened. */
  private async isOpen({ type, data }: WebhookEvent): Promise<boolean> {
    if (type !== 'pending') return true;
    const waiting = await this.parts.ledger.pendingApprovals();
    return waiting.some(
      ({ moduleId, fromVer, toVer }) =>
        moduleId === data.module && fromVer === data.fromVersion && toVer === data.toVersion,
    );
  }

  private async catchUpWithFile(): Promise<void> {
    const kept = (await this.parts.file?.read()) ?? null;
    if (kept === null || kept.ledger !== this.told.ledger) return;
    this.keptSeq = kept.seq;
    if (kept.seq > this.told.seq) this.told = kept;
  }

  private async keep(): Promise<void> {
    await this.parts.file?.write(this.told);
    this.keptSeq = this.told.seq;
  }
}

function moved(expected: string, actual: string): LedgerError<'PIN_MISMATCH'> {
  const message = `what was told last is not in this journal: expected ${expected}, got ${actual}`;
  const hint = 'compare the journal with a copy; to tell what comes from now on, remove the position file';
  return new LedgerError('PIN_MISMATCH', message, { expected, actual }, { hint });
}
