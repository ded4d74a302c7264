/** The order of a graph against its law, on graphs of every shape. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/model/printable.js';
import { orderByDependency } from '../../src/swap/depend/dependency-order.js';

type Graph = Readonly<Record<string, readonly string[]>>;

function ordered(graph: Graph) {
  return orderByDependency(new Map(Object.entries(graph)));
}

describe('the order', () => {
  test.each<[string, Graph, string[]]>([
    ['of nothing is empty', {}, []],
    ['puts what others depend on first', { a: ['b'], b: ['c'], c: [] }, ['c', 'b', 'a']],
    ['takes the bytewise least where several could come next', { z: ['b'], b: [], a: [] }, ['a', 'b', 'z']],
    ['compares bytes, not letters', { a: [], B: [], '@x/y': [] }, ['@x/y', 'B', 'a']],
    ['does a diamond once', { top: ['l', 'r'], l: ['base'], r: ['base'], base: [] }, ['base', 'l', 'r', 'top']],
    ['does not wait for what is no part of the graph', { a: ['elsewhere'], b: ['a'] }, ['a', 'b']],
    ['does not mind a dependency that is named twice', { a: ['b', 'b'], b: [] }, ['b', 'a']],
  ])('%s', (_, graph, order) => {
    expect(ordered(graph)).toEqual({ order, cycle: null });
  });

  test('of a chain of 20,000 takes no stack', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `m${String(i).padStart(5, '0')}`);
    const graph = new Map(names.map((name, i) => [name, names.slice(i + 1, i + 2)]));
    expect(orderByDependency(graph).order).toEqual(names.toReversed());
  });
});

describe('the cycle', () => {
  test.each<[string, Graph, string[], string[]]>([
    ['of one that needs itself', { a: ['a'] }, [], ['a', 'a']],
    ['of two', { b: ['a'], a: ['b'] }, [], ['a', 'b', 'a']],
    ['begins with its least member', { c: ['b'], b: ['z'], z: ['c'] }, [], ['b', 'z', 'c', 'b']],
    ['leaves out who only leads to it', { a: ['m'], m: ['n'], n: ['m'], free: [] }, ['free'], ['m', 'n', 'm']],
  ])('%s', (_, graph, order, cycle) => {
    expect(ordered(graph)).toEqual({ order, cycle });
  });
});

const graphs = fc.integer({ min: 1, max: 9 }).chain((size) => {
  const names = Array.from({ length: size }, (_, i) => 'hbfdaxceg'.charAt(i));
  const entry = (name: string) => fc.tuple(fc.constant(name), fc.subarray(names));
  return fc.tuple(...names.map(entry)).map((entries) => new Map(entries));
});

/** Those of whom something they need, at whatever distance, needs itself. */
function hopeless(graph: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(graph.get(from) ?? [])];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      waiting.push(...(graph.get(at) ?? []));
    }
    return seen;
  };
  const circular = [...graph.keys()].filter((name) => reach(name).has(name));
  return new Set([...graph.keys()].filter((name) => circular.some((c) => c === name || reach(name).has(c))));
}

test('holds its law on any graph', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const { order, cycle } = orderByDependency(graph);
      const lost = hopeless(graph);
      expect([...order].sort()).toEqual([...graph.keys()].filter((name) => !lost.has(name)).sort());
      const done = new Set<string>();
      const free = () =>
        [...graph.keys()].filter((n) => !lost.has(n) && !done.has(n) && graph.get(n)?.every((d) => done.has(d)));
      for (const name of order) {
        expect(name).toBe(free().sort(compareBytes)[0]);
        done.add(name);
      }
      expect(cycle === null).toBe(lost.size === 0);
      if (cycle === null) return;
      expect(cycle.length).toBeGreaterThan(1);
      expect(cycle.at(-1)).toBe(cycle[0]);
      const members = cycle.slice(0, -1);
      expect(new Set(members).size).toBe(members.length);
      expect(members.toSorted(compareBytes)[0]).toBe(cycle[0]);
      for (const [i, member] of members.entries()) expect(graph.get(member)).toContain(cycle[i + 1]);
    }),
    { numRuns: 500 },
  );
});
