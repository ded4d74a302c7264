/** The metrics of the live side by name, without loading what makes them. */

import type { Registry } from 'prom-client';
import type { InputIssue } from '../../errors.js';

/** What each metric is: a registry that holds one of the name already, by another copy of this package, must hold the same. */
export const METRICS = {
  asm_swap_total: { type: 'counter', labelNames: ['module_id', 'phase'] },
  asm_swap_duration_seconds: { type: 'histogram', labelNames: ['module_id'] },
  asm_swap_stayed_total: { type: 'counter', labelNames: ['module_id', 'reason'] },
  asm_swap_misfit_total: { type: 'counter', labelNames: ['module_id'] },
} as const;

/** What is looked at of a metric that somebody else has made: prom-client's types do not tell, its metrics do. */
interface Known {
  readonly labelNames?: readonly string[];
  readonly type?: string;
}

/** What a registry holds that our metrics cannot be; none where they can be registered or shared. */
export function registryIssues(registry: Registry): InputIssue[] {
  return Object.entries(METRICS).flatMap(([name, { type, labelNames }]) => {
    const known = registry.getSingleMetric(name) as Known | undefined;
    if (known === undefined) return [];
    const kind = known.type ?? 'metric';
    const same = kind === type && [...(known.labelNames ?? [])].sort().join() === [...labelNames].sort().join();
    const expected = `a ${type} with the labels ${labelNames.join(', ')}, or none of the name`;
    const actual = `a ${kind} with the labels ${(known.labelNames ?? []).join(', ')}`;
    return same ? [] : [{ path: `registry.${name}`, expected, actual }];
  });
}
