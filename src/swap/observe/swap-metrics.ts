/** The metrics of the live side, in a Prometheus registry that the caller gives. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SwapNotice, SwapResult } from '../swap-types.js';
import { METRICS, type MetricName } from './metric-shapes.js';
import { ZERO_COUNTERS, ZERO_HISTOGRAMS } from './zero-series.js';

/** What is told of the modules of a swapper at a scrape. */
export interface ModuleSample {
  readonly moduleId: string;
  /** The values of the gauges that it has, by name. */
  readonly gauges: Readonly<Partial<Record<MetricName, number>>>;
  readonly calls: number;
  readonly failed: number;
}

type Source = () => Iterable<ModuleSample>;

/** The sources of a metric that is asked at a scrape. Another copy of this package finds them by this name. */
const SOURCES = Symbol.for('git-lineage:swap-metric-sources');

interface Asked {
  [SOURCES]?: Set<Source>;
}

/** The modules whose series a histogram has: `zero` would forget what another swapper has counted. */
const MODULES = Symbol.for('git-lineage:swap-metric-modules');

interface Zeroed {
  [MODULES]?: Set<string>;
}

const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

function configuration<N extends MetricName>(name: N, registry: Registry) {
  const { help, labelNames } = METRICS[name];
  return { name, help, labelNames: [...labelNames] as string[], registers: [registry] };
}

/** The metric of a name that the registry holds, or a new one. */
function shared<M>(registry: Registry, name: MetricName, make: () => M): M {
  return (registry.getSingleMetric(name) as M | undefined) ?? make();
}

function counter(registry: Registry, name: MetricName): Counter {
  return shared(registry, name, () => new Counter(configuration(name, registry)));
}

function histogram(registry: Registry, name: MetricName): Histogram {
  return shared(registry, name, () => new Histogram({ ...configuration(name, registry), buckets: BUCKETS }));
}

/** A metric that is asked at a scrape: several swappers of a process add up. */
function asked(registry: Registry, name: MetricName, source: Source): Set<Source> {
  const sources = new Set<Source>();
  const samples = function* (): Generator<ModuleSample> {
    for (const each of sources) yield* each();
  };
  const metric = shared(registry, name, (): Counter | Gauge => {
    const made: Counter | Gauge =
      METRICS[name].type === 'counter'
        ? new Counter({ ...configuration(name, registry), collect: () => collectCalls(made as Counter, samples()) })
        : new Gauge({ ...configuration(name, registry), collect: () => collectGauge(made as Gauge, name, samples()) });
    (made as Asked)[SOURCES] = sources;
    return made;
  });
  const all = (metric as Asked)[SOURCES] ?? sources;
  all.add(source);
  return all;
}

/** Two swappers of a process add up; of two active versions the higher one is told. */
function collectGauge(gauge: Gauge, name: MetricName, samples: Iterable<ModuleSample>): void {
  const values = new Map<string, number>();
  for (const { moduleId, gauges } of samples) {
    const value = gauges[name];
    const known = values.get(moduleId) ?? 0;
    if (value !== undefined)
      values.set(moduleId, name === 'asm_swap_active_version' ? Math.max(known, value) : known + value);
  }
  gauge.reset();
  for (const [module_id, value] of values) gauge.set({ module_id }, value);
}

function collectCalls(counter: Counter, samples: Iterable<ModuleSample>): void {
  counter.reset();
  for (const { moduleId, calls, failed } of samples) {
    counter.inc({ module_id: moduleId, outcome: 'well' }, calls - failed);
    counter.inc({ module_id: moduleId, outcome: 'failed' }, failed);
  }
}

/** Why a swap ended as it did, as a label: few values. */
function reasonOf({ rollbackReason, refusals, supersededBy, error }: SwapResult): string {
  if (rollbackReason !== null) return rollbackReason;
  if (refusals[0] !== undefined) return refusals[0].code;
  if (supersededBy !== null) return 'SUPERSEDED';
  return error === null ? '' : 'ERROR';
}

export class SwapMetrics {
  private readonly registry: Registry;
  private readonly source: Source;
  private readonly joined: Set<Source>[];

  /** Registers all of them, or shares those that are there. */
  constructor(registry: Registry, source: Source) {
    this.registry = registry;
    this.source = source;
    const names = Object.keys(METRICS) as MetricName[];
    this.joined = names
      .filter((name) => METRICS[name].type === 'gauge' || name === 'asm_swap_calls_total')
      .map((name) => asked(registry, name, source));
    for (const name of names) if (METRICS[name].type === 'counter') counter(registry, name);
    for (const name of names) if (METRICS[name].type === 'histogram') histogram(registry, name);
  }

  /** A swapper that is closed is asked no more; what it counted stays. */
  close(): void {
    for (const sources of this.joined) sources.delete(this.source);
  }

  /** Gives a module every series that it can have, those that are new at zero. */
  addModule(module_id: string): void {
    for (const [name, series] of Object.entries(ZERO_COUNTERS) as [MetricName, readonly object[]][])
      for (const labels of series) counter(this.registry, name).inc({ module_id, ...labels }, 0);
    for (const name of ZERO_HISTOGRAMS) {
      const metric: Histogram & Zeroed = histogram(this.registry, name);
      metric[MODULES] ??= new Set();
      if (!metric[MODULES].has(module_id)) metric.zero({ module_id });
      metric[MODULES].add(module_id);
    }
  }

  /** Counts a result. A rollback that was asked for outside of a swap is no swap: only its staying counts. */
  count(result: SwapResult): void {
    const { moduleId: module_id, phase, stayed, step, misfits, durationMs, queueMs } = result;
    const { registry } = this;
    if (stayed !== null) counter(registry, 'asm_swap_stayed_total').inc({ module_id, reason: stayed });
    if (misfits.length > 0) counter(registry, 'asm_swap_misfit_total').inc({ module_id });
    if (step === 'rollback') return;
    counter(registry, 'asm_swap_total').inc({ module_id, phase, reason: reasonOf(result) });
    histogram(registry, 'asm_swap_duration_seconds').observe({ module_id }, durationMs / 1000);
    histogram(registry, 'asm_swap_queue_seconds').observe({ module_id }, queueMs / 1000);
  }

  countCheck(module_id: string, well: boolean): void {
    counter(this.registry, 'asm_swap_health_checks_total').inc({ module_id, outcome: well ? 'well' : 'sick' });
  }

  countNotice(notice: SwapNotice): void {
    const { type, moduleId: module_id } = notice;
    if (type === 'step' || type === 'canary') return;
    const code = type === 'warning' ? notice.code : '';
    counter(this.registry, 'asm_swap_notices_total').inc({ module_id, type, code });
  }
}
