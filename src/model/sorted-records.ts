/** Records that are found by key and read in the order of their keys; layers of changes hide what is below them. */

import { compareKeys } from './key-order.js';

/** A change of one keyed record; null removes it. Keys and values hold no line feed and no tab. */
export type RecordChange = readonly [key: string, value: string | null];

/** Keyed records in the order of their keys (`compareKeys`). */
export interface SortedRecords {
  get(key: string): string | undefined;
  /**
   * Records from `from` (inclusive) to `to` (exclusive; null: to the end), ascending; the same ones descending with
   * `reverse`. They are read as they are asked for.
   */
  range(from: string, to: string | null, reverse?: boolean): Iterable<readonly [key: string, value: string]>;
}

/** Changes of keyed records, read as records are. Null: the record is removed; undefined: it is not changed. */
export interface SortedChanges<V = string> {
  get(key: string): V | null | undefined;
  range(from: string, to: string | null, reverse?: boolean): Iterable<Change<V>>;
}

type Change<V> = readonly [key: string, value: V | null];

/** The changes of several layers in the order of their keys; where layers change the same key, the first one counts. */
export function* mergedRange<V = string>(
  layers: readonly SortedChanges<V>[],
  from: string,
  to: string | null,
  reverse = false,
): Generator<Change<V>, void> {
  const sign = reverse ? -1 : 1;
  const sources = layers.map((layer) => layer.range(from, to, reverse)[Symbol.iterator]());
  const heads = sources.map((source) => nextOf(source));
  for (;;) {
    let first: Change<V> | null = null;
    for (const head of heads) {
      if (head !== null && (first === null || sign * compareKeys(head[0], first[0]) < 0)) first = head;
    }
    if (first === null) return;
    const key = first[0];
    for (let i = 0; i < sources.length; i++) {
      if (heads[i]?.[0] === key) heads[i] = nextOf(sources[i] as Iterator<Change<V>>);
    }
    yield first;
  }
}

function nextOf<V>(source: Iterator<Change<V>>): Change<V> | null {
  const step = source.next();
  return step.done === true ? null : step.value;
}

/** Records as layers of changes leave them, the newest layer first; the last layer holds the records themselves. */
export class LayeredRecords implements SortedRecords {
  readonly #layers: readonly SortedChanges[];

  constructor(layers: readonly SortedChanges[]) {
    this.#layers = layers;
  }

  get(key: string): string | undefined {
    for (const layer of this.#layers) {
      const value = layer.get(key);
      if (value !== undefined) return value ?? undefined;
    }
    return undefined;
  }

  *range(from: string, to: string | null, reverse = false): Generator<readonly [key: string, value: string], void> {
    for (const record of mergedRange(this.#layers, from, to, reverse)) {
      if (record[1] !== null) yield record as readonly [string, string];
    }
  }
}
