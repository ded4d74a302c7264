/** Dependencies first, and where there is no such order, why: pure, synchronous, without recursion. */

import { compareBytes } from '../../model/printable.js';

/** An order of everything that can be ordered, and one cycle among the rest. */
interface DependencyOrder {
  /** Each after everything that it depends on; bytewise the least first where several could come next. */
  readonly order: readonly string[];
  /** `[a, b, a]` for a that depends on b that depends on a, from its bytewise least member; null where there is none. */
  readonly cycle: readonly string[] | null;
}

/** The place of `item` in a list sorted bytewise. */
function placeIn(sorted: readonly string[], item: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(sorted[middle] ?? '', item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function least(items: Iterable<string>): string | undefined {
  return [...items].sort(compareBytes)[0];
}

/** Each module left depends on another one left: who follows that comes by somewhere a second time. */
function cycleIn(left: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | null {
  const path: string[] = [];
  const seen = new Map<string, number>();
  for (let at = least(left.keys()); at !== undefined; ) {
    const start = seen.get(at);
    if (start !== undefined) {
      const members = path.slice(start);
      const first = members.indexOf(least(members) ?? at);
      const turned = [...members.slice(first), ...members.slice(0, first)];
      return [...turned, ...turned.slice(0, 1)];
    }
    seen.set(at, path.push(at) - 1);
    at = least(left.get(at) ?? []);
  }
  return null;
}

/** Orders the modules of a graph, given as each module's dependencies; those that are no module of it do not count. */
export function orderByDependency(graph: ReadonlyMap<string, Iterable<string>>): DependencyOrder {
  const left = new Map<string, Set<string>>();
  const dependants = new Map<string, string[]>();
  for (const [moduleId, dependencies] of graph) {
    const waitsFor = new Set([...dependencies].filter((d) => graph.has(d)));
    left.set(moduleId, waitsFor);
    for (const dependency of waitsFor) {
      const others = dependants.get(dependency) ?? [];
      others.push(moduleId);
      dependants.set(dependency, others);
    }
  }
  const ready = [...left.keys()].filter((moduleId) => left.get(moduleId)?.size === 0).sort(compareBytes);
  const order: string[] = [];
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    order.push(next);
    left.delete(next);
    for (const dependant of dependants.get(next) ?? []) {
      const waitsFor = left.get(dependant);
      waitsFor?.delete(next);
      if (waitsFor?.size === 0) ready.splice(placeIn(ready, dependant), 0, dependant);
    }
  }
  return { order, cycle: cycleIn(left) };
}
