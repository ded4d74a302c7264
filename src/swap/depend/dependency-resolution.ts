/** Whether targets can be brought into an order, and if not, what is in the way. */

import { compareBytes } from '../../model/printable.js';
import { orderByDependency } from './dependency-order.js';
import type { DependencySnapshot } from './dependency-snapshot.js';

export type ResolutionStatus = 'RESOLVED' | 'CYCLIC' | 'MISSING' | 'PARTIAL';

/** How an attempt to order targets ended. */
export const ResolutionStatus = Object.freeze({
  /** Every target is in the order. */
  RESOLVED: 'RESOLVED',
  /** Some of what the targets need depends on itself; `cycle` names one such circle. */
  CYCLIC: 'CYCLIC',
  /** A target is there neither in the graph nor in the version manager, or no target can be ordered. */
  MISSING: 'MISSING',
  /** Every target is there, some are in the order, and the others need a module that is not there. */
  PARTIAL: 'PARTIAL',
} as const satisfies Record<string, ResolutionStatus>);

/** An order of targets and of everything they need. Its lists are bytewise sorted, but for `order` and `cycle`. */
export interface Resolution {
  readonly status: ResolutionStatus;
  /** Dependencies first; bytewise the least first where several could come next. Nothing in it needs what is missing or cyclic. */
  readonly order: readonly string[];
  /** `[a, b, a]` for a that depends on b that depends on a; null unless CYCLIC. */
  readonly cycle: readonly string[] | null;
  /** The modules that are needed, and are not there. */
  readonly missing: readonly string[];
  /** The targets that are not in the order. */
  readonly unresolved: readonly string[];
}

/** Everything that the targets need, themselves included, each with what it depends on. */
async function neededBy(
  snapshot: DependencySnapshot,
  targets: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const needed = new Map<string, readonly string[]>();
  const waiting = [...targets];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (needed.has(next)) continue;
    const dependencies = [...(await snapshot.dependencies(next)).keys()];
    needed.set(next, dependencies);
    waiting.push(...dependencies);
  }
  return needed;
}

/** A module is there if it has a version; or, named by the graph, if it is a target, or no version manager can say. */
async function isThere(snapshot: DependencySnapshot, moduleId: string, isTarget: boolean): Promise<boolean> {
  if ((await snapshot.version(moduleId)) !== null) return true;
  return snapshot.graph.names(moduleId) && (isTarget || snapshot.versionManager === null);
}

function statusOf(parts: Omit<Resolution, 'status'>, targets: readonly string[]): ResolutionStatus {
  const { cycle, missing, unresolved } = parts;
  if (cycle !== null) return 'CYCLIC';
  if (unresolved.length === 0) return 'RESOLVED';
  const noTarget = unresolved.length === targets.length;
  return noTarget || targets.some((target) => missing.includes(target)) ? 'MISSING' : 'PARTIAL';
}

/** Orders the targets and what they need, as far as that goes. */
export async function resolveTargets(snapshot: DependencySnapshot, given: Iterable<string>): Promise<Resolution> {
  const targets = [...new Set(given)].sort(compareBytes);
  const needed = await neededBy(snapshot, targets);
  const ordered = orderByDependency(needed);
  const missing: string[] = [];
  for (const moduleId of [...needed.keys()].sort(compareBytes)) {
    if (!(await isThere(snapshot, moduleId, targets.includes(moduleId)))) missing.push(moduleId);
  }
  const order = new Set<string>();
  for (const moduleId of ordered.order) {
    if (missing.includes(moduleId)) continue;
    if ((needed.get(moduleId) ?? []).every((dependency) => order.has(dependency))) order.add(moduleId);
  }
  const unresolved = targets.filter((target) => !order.has(target));
  const parts = { order: [...order], cycle: ordered.cycle, missing, unresolved };
  return { status: statusOf(parts, targets), ...parts };
}
