/** The five metrics, and one for broken glass, in a Prometheus registry of the caller's. Names and labels are fixed. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { Ledger, LedgerNotice } from './ledger/contract.js';
import type { LedgerEvent } from './model/journal-entry.js';

/** What the gauges ask, at the moment of a scrape. */
type Source = Pick<Ledger, 'root' | 'modules' | 'getLineage' | 'pendingApprovals'>;

interface Metrics {
  readonly checkpoints: Counter<'module_id'>;
  readonly rollbacks: Counter<'module_id' | 'reason'>;
  readonly breaking: Counter<'module_id'>;
  readonly brokenGlass: Counter<'module_id'>;
  readonly sources: Set<Source>;
}

/** Several ledgers may share a registry: they share its metrics, and the gauges add up. */
const registered = new WeakMap<Registry, Metrics>();

/** One source for each ledger: two openings of the same one must not count it twice. */
async function distinct(sources: Iterable<Source>): Promise<Source[]> {
  const byRoot = new Map<string, Source>();
  for (const source of sources) byRoot.set(await source.root(), source);
  return [...byRoot.values()];
}

async function depths(sources: Iterable<Source>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const source of sources) {
    for (const moduleId of await source.modules()) {
      const { length } = await source.getLineage(moduleId);
      if (length > 0) found.set(moduleId, Math.max(length, found.get(moduleId) ?? 0));
    }
  }
  return found;
}

function register(registry: Registry): Metrics {
  const sources = new Set<Source>();
  const registers = [registry];
  new Gauge({
    name: 'asm_version_pending_approvals',
    help: 'BREAKING reports that wait for an operator.',
    registers,
    async collect() {
      const ledgers = await distinct(sources);
      const counts = await Promise.all(ledgers.map(async (source) => (await source.pendingApprovals()).length));
      this.set(counts.reduce((sum, n) => sum + n, 0));
    },
  });
  new Gauge({
    name: 'asm_version_lineage_depth',
    help: 'Versions of the active lineage, up to maxCheckpoints.',
    labelNames: ['module_id'],
    registers,
    async collect() {
      const now = await depths(await distinct(sources));
      this.reset();
      for (const [moduleId, depth] of now) this.set({ module_id: moduleId }, depth);
    },
  });
  return {
    checkpoints: new Counter({
      name: 'asm_version_checkpoints_total',
      help: 'Versions that became active.',
      labelNames: ['module_id'],
      registers,
    }),
    rollbacks: new Counter({
      name: 'asm_version_rollbacks_total',
      help: 'Rollbacks, by reason.',
      labelNames: ['module_id', 'reason'],
      registers,
    }),
    breaking: new Counter({
      name: 'asm_version_breaking_changes_total',
      help: 'Pairs of versions assessed BREAKING, each counted once.',
      labelNames: ['module_id'],
      registers,
    }),
    brokenGlass: new Counter({
      name: 'asm_version_break_glass_total',
      help: 'Versions made active past the gate.',
      labelNames: ['module_id'],
      registers,
    }),
    sources,
  };
}

function count(metrics: Metrics, event: LedgerEvent): void {
  if (event.type === 'activate' || event.type === 'break-glass') metrics.checkpoints.inc({ module_id: event.moduleId });
  if (event.type === 'break-glass') metrics.brokenGlass.inc({ module_id: event.moduleId });
  if (event.type === 'rollback') metrics.rollbacks.inc({ module_id: event.moduleId, reason: event.reason });
}

/** Counts what a ledger's notices say; the gauges are asked for at each scrape, so other processes' writes show too. */
export interface MetricsObserver {
  observe(notice: LedgerNotice): void;
  /** From now on the gauges ask this ledger too. */
  attach(source: Source): void;
  detach(source: Source): void;
}

/** The observer that keeps these metrics of `registry`. */
export function metricsObserver(registry: Registry): MetricsObserver {
  const metrics = registered.get(registry) ?? register(registry);
  registered.set(registry, metrics);
  return {
    observe(notice) {
      if (notice.type === 'committed') for (const event of notice.events) count(metrics, event);
      if (notice.type === 'breaking') metrics.breaking.inc({ module_id: notice.moduleId });
    },
    attach: (source) => void metrics.sources.add(source),
    detach: (source) => void metrics.sources.delete(source),
  };
}
