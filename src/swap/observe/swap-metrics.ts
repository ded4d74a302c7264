/** The metrics of the live side, in a Prometheus registry that the caller gives. */

import { Counter, Histogram, type Registry } from 'prom-client';
import type { SwapResult } from '../contract.js';
import { METRICS } from './metric-shapes.js';

interface Metrics {
  readonly swaps: Counter<'module_id' | 'phase'>;
  readonly durations: Histogram<'module_id'>;
  readonly stayed: Counter<'module_id' | 'reason'>;
  readonly misfits: Counter<'module_id'>;
}

/** The metric of a name that the registry holds, or a new one. */
function shared<M>(registry: Registry, name: keyof typeof METRICS, make: () => M): M {
  return (registry.getSingleMetric(name) as M | undefined) ?? make();
}

function metricsOf(registry: Registry): Metrics {
  const registers = [registry];
  return {
    swaps: shared(registry, 'asm_swap_total', () => {
      const help = 'Swaps that ended, by phase.';
      return new Counter({ name: 'asm_swap_total', help, labelNames: METRICS.asm_swap_total.labelNames, registers });
    }),
    durations: shared(registry, 'asm_swap_duration_seconds', () => {
      const help = 'From the request of a swap to its answer, the health window included.';
      const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
      const { labelNames } = METRICS.asm_swap_duration_seconds;
      return new Histogram({ name: 'asm_swap_duration_seconds', help, labelNames, buckets, registers });
    }),
    stayed: shared(registry, 'asm_swap_stayed_total', () => {
      const help = 'Sick versions that were not rolled back, by reason.';
      const { labelNames } = METRICS.asm_swap_stayed_total;
      return new Counter({ name: 'asm_swap_stayed_total', help, labelNames, registers });
    }),
    misfits: shared(registry, 'asm_swap_misfit_total', () => {
      const help = 'Rollbacks after which a version does not fit what depends on it, or what it depends on.';
      const { labelNames } = METRICS.asm_swap_misfit_total;
      return new Counter({ name: 'asm_swap_misfit_total', help, labelNames, registers });
    }),
  };
}

/** Counts a result. A rollback that was asked for outside of a swap is no swap: only its staying counts. */
export function countSwap(registry: Registry, result: SwapResult): void {
  const metrics = metricsOf(registry);
  const { moduleId, phase, stayed, step, misfits, durationMs } = result;
  if (stayed !== null) metrics.stayed.inc({ module_id: moduleId, reason: stayed });
  if (misfits.length > 0) metrics.misfits.inc({ module_id: moduleId });
  if (step === 'rollback') return;
  metrics.swaps.inc({ module_id: moduleId, phase });
  metrics.durations.observe({ module_id: moduleId }, durationMs / 1000);
}
