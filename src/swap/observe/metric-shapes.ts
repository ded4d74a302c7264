/** The metrics of the live side by name, without loading what makes them. */

import type { Registry } from 'prom-client';
import { type InputIssue, quoted } from '../../errors.js';

interface Shape {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labelNames: readonly string[];
  readonly help: string;
}

/** What each metric is: a registry that holds one of the name already, by another copy of this package, must hold the same. */
export const METRICS = {
  asm_swap_total: {
    type: 'counter',
    labelNames: ['module_id', 'phase', 'reason'],
    help: 'Swaps that ended, by phase; the reason is that of the rollback, or the code by which the version was refused.',
  },
  asm_swap_duration_seconds: {
    type: 'histogram',
    labelNames: ['module_id'],
    help: 'From the request of a swap to its answer, the health window included.',
  },
  asm_swap_queue_seconds: {
    type: 'histogram',
    labelNames: ['module_id'],
    help: 'How long a swap waited for its turn.',
  },
  asm_swap_stayed_total: {
    type: 'counter',
    labelNames: ['module_id', 'reason'],
    help: 'Sick versions that were not rolled back, by reason.',
  },
  asm_swap_misfit_total: {
    type: 'counter',
    labelNames: ['module_id'],
    help: 'Rollbacks after which a version does not fit what depends on it, or what it depends on.',
  },
  asm_swap_health_checks_total: {
    type: 'counter',
    labelNames: ['module_id', 'outcome'],
    help: 'Answers of the health check: well or sick.',
  },
  asm_swap_notices_total: {
    type: 'counter',
    labelNames: ['module_id', 'type', 'code'],
    help: 'What a swapper told, steps and canary steps left out; the code is that of a warning.',
  },
  asm_swap_calls_total: {
    type: 'counter',
    labelNames: ['module_id', 'outcome'],
    help: 'Calls through handles that ended: well or failed.',
  },
  asm_swap_active_version: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: 'The version that calls begin on in this process.',
  },
  asm_swap_sick: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: '1 where the version that runs in this process was found sick, and there is no way back.',
  },
  asm_swap_diverged: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: '1 where the active version of the ledger does not load in this process.',
  },
  asm_swap_unreported_rollbacks: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: '1 where this process has gone back, and the ledger does not know it yet.',
  },
  asm_swap_in_flight: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: 'Swaps that have not ended.',
  },
  asm_swap_calls_in_flight: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: 'Calls and leases that have not ended, on any version.',
  },
  asm_swap_draining_versions: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: 'Versions that were replaced and still have calls.',
  },
  asm_swap_loaded_versions: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: 'Versions that this process has imported and holds for good.',
  },
  asm_swap_canary_percent: {
    type: 'gauge',
    labelNames: ['module_id'],
    help: 'The share of calls that a candidate serves; none where there is no canary.',
  },
} as const satisfies Readonly<Record<string, Shape>>;

export type MetricName = keyof typeof METRICS;

/** What is looked at of a metric that somebody else has made: prom-client's types do not tell, its metrics do. */
interface Known {
  readonly labelNames?: readonly string[];
  readonly type?: string;
}

/** What a registry holds that our metrics cannot be; none where they can be registered or shared. */
export function registryIssues(registry: unknown): InputIssue[] {
  if (registry === undefined) return [];
  const can = (name: string) => typeof (registry as Record<string, unknown> | null)?.[name] === 'function';
  if (!can('getSingleMetric') || !can('registerMetric'))
    return [{ path: 'registry', expected: 'a Registry of prom-client', actual: quoted(registry) }];
  return Object.entries(METRICS).flatMap(([name, { type, labelNames }]) => {
    const known = (registry as Registry).getSingleMetric(name) as Known | undefined;
    if (known === undefined) return [];
    const kind = known.type ?? 'metric';
    const same = kind === type && [...(known.labelNames ?? [])].sort().join() === [...labelNames].sort().join();
    const expected = `a ${type} with the labels ${labelNames.join(', ')}, or none of the name`;
    const actual = `a ${kind} with the labels ${(known.labelNames ?? []).join(', ')}`;
    return same ? [] : [{ path: `registry.${name}`, expected, actual }];
  });
}
