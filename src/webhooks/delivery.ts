/** Delivering one event to one destination, again and again until it is settled. */

import { messageOf } from '../errors.js';
import { bodyOf } from './payload.js';
import { signedHeaders } from './webhook-signature.js';
import type { WebhookClock, WebhookEvent, WebhookPayload, WebhookProblem } from './webhook-types.js';

/** Where and how events are sent. */
export interface Destination {
  readonly url: URL;
  /** The header `authorization`; null where the URL had no user. */
  readonly authorization: string | null;
  readonly keys: readonly Buffer[];
  readonly payload: WebhookPayload;
  readonly timeoutMs: number;
  readonly giveUpAfterMs: number;
}

/** What one attempt came to. */
type Attempt =
  | { readonly end: 'taken' }
  | { readonly end: 'rejected' | 'gone'; readonly message: string }
  | { readonly end: 'again'; readonly message: string; readonly afterMs: number };

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 300_000;
/** A receiver may ask for a longer pause, but not for any. */
const MAX_ASKED_MS = 3_600_000;

/** What `Retry-After` asks for, in milliseconds: it is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(value: string | null, now: number): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_ASKED_MS);
}

/** The innermost cause: fetch says no more than that it failed. Neither has the URL in it. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return messageOf(cause.errors[0] ?? cause);
  return messageOf(cause ?? error);
}

export class Delivery {
  private readonly to: Destination;
  private readonly clock: WebhookClock;
  private readonly report: (problem: WebhookProblem) => void;
  private readonly stopping = new AbortController();
  delivered = 0;
  failed = 0;
  /** The receiver has answered 410. */
  disabled = false;
  failure: string | null = null;

  constructor(to: Destination, clock: WebhookClock, report: (problem: WebhookProblem) => void) {
    this.to = to;
    this.clock = clock;
    this.report = report;
  }

  /** Aborted when nothing is sent any more. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** Ends the attempt that is under way and every pause. */
  stop(): void {
    this.stopping.abort();
  }

  /** True once the event was taken or given up; false where nothing is sent any more. Never rejects. */
  async deliver(event: WebhookEvent): Promise<boolean> {
    const began = this.clock.now();
    for (let attempts = 1; !this.stopped.aborted; attempts += 1) {
      const attempt = await this.attempt(event);
      if (this.stopped.aborted && attempt.end !== 'taken') return false;
      const isFirst = this.failure === null;
      this.failure = attempt.end === 'taken' ? null : attempt.message;
      if (attempt.end === 'taken') {
        this.delivered += 1;
        return true;
      }
      if (attempt.end === 'gone') {
        this.disabled = true;
        this.stop();
        this.report({ type: 'disabled', message: attempt.message });
        return false;
      }
      const pauseMs = attempt.end === 'again' ? this.pauseBefore(attempts, attempt.afterMs) : 0;
      const late = this.clock.now() + pauseMs - began > this.to.giveUpAfterMs;
      if (attempt.end === 'rejected' || late) {
        this.failed += 1;
        this.report({ type: 'failed', id: event.id, attempts, message: attempt.message });
        return true;
      }
      if (isFirst) this.report({ type: 'retrying', id: event.id, message: attempt.message });
      await this.clock.pause(pauseMs, this.stopped);
    }
    return false;
  }

  /** Doubled with each attempt, with up to half of it left to chance, so that many senders do not come back together. */
  private pauseBefore(attempts: number, askedMs: number): number {
    const whole = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20), MAX_PAUSE_MS);
    return Math.max(askedMs, whole * (1 - this.clock.random() / 2));
  }

  private async attempt(event: WebhookEvent): Promise<Attempt> {
    const { url, authorization, keys, payload, timeoutMs } = this.to;
    const body = bodyOf(event, payload);
    const ending = new AbortController();
    const end = () => ending.abort();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, timeoutMs).unref();
    this.stopped.addEventListener('abort', end, { once: true });
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'git-lineage',
          ...signedHeaders(keys, event.id, Math.floor(this.clock.now() / 1000), body),
          ...(authorization === null ? {} : { authorization }),
        },
        body,
        redirect: 'manual',
        signal: ending.signal,
      });
      // What it says beyond the status is of no use, and may be without end.
      await answer.body?.cancel().catch(() => undefined);
      return this.judged(answer);
    } catch (error) {
      const why = late ? `no answer within ${timeoutMs} ms` : causeOf(error);
      return { end: 'again', message: `${url.host}: ${why}`, afterMs: 0 };
    } finally {
      clearTimeout(timer);
      this.stopped.removeEventListener('abort', end);
    }
  }

  private judged({ status, headers }: Response): Attempt {
    const message = `${this.to.url.host} answered ${status}`;
    if (status >= 200 && status < 300) return { end: 'taken' };
    if (status === 410) return { end: 'gone', message };
    if (status >= 300 && status < 400) return { end: 'rejected', message: `${message}: redirects are not followed` };
    if (status < 500 && status !== 408 && status !== 429) return { end: 'rejected', message };
    return { end: 'again', message, afterMs: retryAfterMs(headers.get('retry-after'), this.clock.now()) };
  }
}
