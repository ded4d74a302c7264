/** Telling others what happens, without their asking. */

import type { Registry } from 'prom-client';
import { invalidInput, messageOf } from '../errors.js';
import { ignoringFailures } from '../ignoring-failures.js';
import type { LedgerNotice } from '../ledger/ledger.js';
import type { SwapNotice } from '../swap/swap-types.js';
import { Delivery } from './delivery.js';
import { type RefusalNotice, refusalOf } from './events.js';
import { JournalTail } from './journal-tail.js';
import { PositionFile } from './position-file.js';
import { Refusals } from './refusals.js';
import { assertFollow, type WebhookSettings, webhookSettings } from './webhook-options.js';
import type {
  FollowedLedger,
  FollowOptions,
  WebhookOptions,
  WebhookProblem,
  WebhookStatus,
  Webhooks,
} from './webhook-types.js';

class WebhookSender implements Webhooks {
  private readonly settings: WebhookSettings;
  private readonly report: (problem: WebhookProblem) => void;
  private readonly delivery: Delivery;
  private readonly refusals: Refusals;
  private readonly followed = new WeakSet<FollowedLedger>();
  private readonly tails: JournalTail[] = [];
  /** Errors of refusals. */
  private readonly told = new WeakSet<object>();
  private closed: Promise<void> | null = null;
  /** Ends when the metrics are registered, or cannot be. */
  private readonly counted: Promise<void>;

  constructor(settings: WebhookSettings, registry: Registry | undefined, report: (problem: WebhookProblem) => void) {
    this.settings = settings;
    this.report = report;
    this.delivery = new Delivery(settings.destination, settings.clock, report);
    this.refusals = new Refusals(this.delivery, settings.maxQueued, report);
    this.counted = registry === undefined ? Promise.resolve() : this.countIn(registry);
  }

  readonly onEvent = (notice: LedgerNotice | SwapNotice): void => {
    if (notice.type === 'refused' || notice.type === 'failed') this.refused(notice);
    if (notice.type === 'committed' || notice.type === 'rolled-back') for (const tail of this.tails) tail.wake();
  };

  async follow(ledger: FollowedLedger, options: FollowOptions = {}): Promise<void> {
    assertFollow(ledger, options);
    if (this.closed !== null || this.followed.has(ledger)) {
      const actual = this.closed === null ? 'one that is followed already' : 'webhooks that were closed';
      const issue = { path: 'ledger', expected: 'a ledger that is not followed, by open webhooks', actual };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'follow each ledger once');
    }
    const { positionFile, intervalMs = 1000 } = options;
    const file = positionFile === undefined ? null : new PositionFile(positionFile);
    const { delivery, report } = this;
    const { clock, wanted } = this.settings;
    this.followed.add(ledger);
    await this.counted;
    try {
      this.tails.push(await JournalTail.begin({ ledger, delivery, clock, report, wanted, file, intervalMs }));
    } catch (error) {
      this.followed.delete(ledger);
      throw error;
    }
  }

  async flush(timeoutMs = 10_000): Promise<boolean> {
    const settled = async (): Promise<boolean> => {
      const { tails } = this;
      await Promise.all([...tails.map((tail) => tail.look()), this.refusals.idle()]);
      return this.status().queued === 0 && !this.delivery.disabled && tails.every(({ hindered }) => !hindered);
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    try {
      return await Promise.race([settled(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(timeoutMs = 5000): Promise<void> {
    this.closed ??= this.end(timeoutMs);
    return this.closed;
  }

  status(): WebhookStatus {
    const { delivered, failed, disabled, failure } = this.delivery;
    const queued = this.tails.reduce((sum, tail) => sum + tail.queued, this.refusals.queued);
    return Object.freeze({ delivered, failed, dropped: this.refusals.dropped, queued, disabled, failure });
  }

  private async countIn(registry: Registry): Promise<void> {
    const destination = this.settings.destination.url.host;
    try {
      const { addWebhookMetrics } = await import('./webhook-metrics.js');
      addWebhookMetrics(registry, { destination, status: () => this.status() });
    } catch (error) {
      this.report({ type: 'not-counted', message: messageOf(error) });
    }
  }

  /** A swap fails with what the ledger refused within it: the ledger's notice comes first, and is the one that is told. */
  private refused(notice: RefusalNotice): void {
    const refusal = this.settings.wanted.has('refusal') ? refusalOf(notice, this.settings.clock.now()) : null;
    if (refusal === null) return;
    const { error } = notice;
    if (typeof error === 'object' && error !== null) {
      if (this.told.has(error)) return;
      this.told.add(error);
    }
    this.refusals.add(refusal);
  }

  private async end(timeoutMs: number): Promise<void> {
    await this.flush(timeoutMs);
    this.refusals.close();
    this.delivery.stop();
    await Promise.all([...this.tails.map((tail) => tail.close()), this.refusals.idle()]);
  }
}

/**
 * Tells one destination of rollbacks, refusals, broken glass and versions that wait for an operator, by POST. What the journal holds is
 * told of whoever wrote it, at least once, in its order; refusals are told of this process. Both are tried again, with growing pauses, for
 * a day. Signed by Standard Webhooks.
 *
 * @throws `INVALID_ARGUMENT` with every option that is not as it should be
 * @example
 * const hooks = webhooks({ url: 'https://example.org/hooks', secret: process.env.GIT_LINEAGE_WEBHOOK_SECRET });
 * const ledger = await openLedger({ gitdir: 'modules.git', signer, onEvent: hooks.onEvent });
 * await hooks.follow(ledger, { positionFile: 'webhook.json' });
 * const swapper = new HotSwapper({ validator, healthWindowMs: 30_000, onEvent: hooks.onEvent });
 */
export function webhooks(options: WebhookOptions): Webhooks {
  const settings = webhookSettings(options);
  const { registry, onProblem } = options;
  // Whoever is told cannot hold up the telling.
  const tell = ignoringFailures(onProblem);
  const report = (problem: WebhookProblem): void => tell?.(Object.freeze(problem));
  return new WebhookSender(settings, registry, report);
}
