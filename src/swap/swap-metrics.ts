/** The three metrics of the live side, in a Prometheus registry that the caller gives. */

import { Counter, Histogram, type Registry } from 'prom-client';
import type { SwapResult } from './contract.js';

interface Metrics {
  readonly swaps: Counter<'module_id' | 'phase'>;
  readonly durations: Histogram<'module_id'>;
  readonly stayed: Counter<'module_id' | 'reason'>;
}

/** Several swappers may share a registry: they share its metrics. */
const registered = new WeakMap<Registry, Metrics>();

function register(registry: Registry): Metrics {
  const registers = [registry];
  return {
    swaps: new Counter({
      name: 'asm_swap_total',
      help: 'Swaps that ended, by phase.',
      labelNames: ['module_id', 'phase'],
      registers,
    }),
    durations: new Histogram({
      name: 'asm_swap_duration_seconds',
      help: 'From the request of a swap to its answer, the health window included.',
      labelNames: ['module_id'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    stayed: new Counter({
      name: 'asm_swap_stayed_total',
      help: 'Sick versions that were not rolled back, by reason.',
      labelNames: ['module_id', 'reason'],
      registers,
    }),
  };
}

/** Counts a result. A rollback that was asked for outside of a swap is no swap: only its staying counts. */
export function countSwap(registry: Registry, result: SwapResult): void {
  const metrics = registered.get(registry) ?? register(registry);
  registered.set(registry, metrics);
  const { moduleId, phase, stayed, step, durationMs } = result;
  if (stayed !== null) metrics.stayed.inc({ module_id: moduleId, reason: stayed });
  if (step === 'rollback') return;
  metrics.swaps.inc({ module_id: moduleId, phase });
  metrics.durations.observe({ module_id: moduleId }, durationMs / 1000);
}
