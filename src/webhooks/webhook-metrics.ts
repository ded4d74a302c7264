/** The metrics of webhooks, asked at each scrape. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { WebhookStatus } from './webhook-types.js';

/** One destination, by its host. */
interface Source {
  readonly destination: string;
  readonly status: () => WebhookStatus;
}

const sources = new WeakMap<Registry, Set<Source>>();

/** The events of all destinations of a host add up. */
function sums(all: Iterable<Source>, valueIn: (status: WebhookStatus) => number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { destination, status } of all) found.set(destination, (found.get(destination) ?? 0) + valueIn(status()));
  return found;
}

function register(registry: Registry, all: ReadonlySet<Source>): void {
  const registers = [registry];
  const events = new Counter({
    name: 'asm_webhook_events_total',
    help: 'Events by what became of them: delivered, failed (given up), dropped (a refusal that could not wait).',
    labelNames: ['destination', 'outcome'],
    registers,
    collect() {
      events.reset();
      for (const outcome of ['delivered', 'failed', 'dropped'] as const)
        for (const [destination, count] of sums(all, (status) => status[outcome]))
          events.inc({ destination, outcome }, count);
    },
  });
  const gauges: Readonly<Record<string, readonly [help: string, valueIn: (status: WebhookStatus) => number]>> = {
    asm_webhook_queued: ['Events that wait or are under way.', ({ queued }) => queued],
    asm_webhook_disabled: [
      'Destinations that answered 410: nothing is sent there.',
      ({ disabled }) => Number(disabled),
    ],
  };
  for (const [name, [help, valueIn]] of Object.entries(gauges)) {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['destination'],
      registers,
      collect() {
        gauge.reset();
        for (const [destination, value] of sums(all, valueIn)) gauge.set({ destination }, value);
      },
    });
  }
}

/** From now on a destination is told of; what it counted stays after its end. */
export function addWebhookMetrics(registry: Registry, source: Source): void {
  let all = sources.get(registry);
  if (all === undefined) {
    all = new Set();
    register(registry, all);
    sources.set(registry, all);
  }
  all.add(source);
}
