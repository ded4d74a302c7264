/** Refusals that wait to be told: the journal does not hold them, so memory does, up to a bound. */

import type { Delivery } from './delivery.js';
import type { WebhookEvent, WebhookProblem } from './webhook-types.js';

export class Refusals {
  private readonly delivery: Delivery;
  private readonly limit: number;
  private readonly report: (problem: WebhookProblem) => void;
  private readonly waiting: WebhookEvent[] = [];
  private underWay: WebhookEvent | null = null;
  private running: Promise<void> | null = null;
  private closed = false;
  dropped = 0;

  constructor(delivery: Delivery, limit: number, report: (problem: WebhookProblem) => void) {
    this.delivery = delivery;
    this.limit = limit;
    this.report = report;
  }

  get queued(): number {
    return this.waiting.length + (this.underWay === null ? 0 : 1);
  }

  /** Queues an event; sends nothing in this turn of the event loop. */
  add(event: WebhookEvent): void {
    if (this.closed || this.delivery.stopped.aborted) {
      this.drop(event, 'nothing is sent any more');
      return;
    }
    this.waiting.push(event);
    const oldest = this.waiting.length > this.limit ? this.waiting.shift() : undefined;
    if (oldest !== undefined) this.drop(oldest, `more than ${this.limit} refusals wait`);
    this.running ??= this.run();
  }

  /** Resolves when none waits, or nothing is sent any more. */
  async idle(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  /** Drops what waits. */
  close(): void {
    this.closed = true;
    for (const event of this.waiting.splice(0)) this.drop(event, 'it was not told before the end');
  }

  private drop({ id }: WebhookEvent, message: string): void {
    this.dropped += 1;
    this.report({ type: 'dropped', id, message });
  }

  private async run(): Promise<void> {
    await Promise.resolve();
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      this.underWay = next;
      const settled = await this.delivery.deliver(next);
      this.underWay = null;
      if (settled) continue;
      this.drop(next, 'it was not told before the end');
      this.close();
    }
    this.running = null;
  }
}
