/** A map in memory whose keys are in the order of `compareKeys`, kept in chunks, so that a change moves few of them. */

import { compareKeys, lowerBound } from './key-order.js';

/** The most keys in a chunk. */
const CHUNK = 256;

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
}

/** As an index of records, `V` is string; as a layer of changes over other records, it is string or null. */
export class SortedMap<V> {
  /** None is empty. */
  #chunks: Chunk<V>[] = [];
  /** The first key of each chunk. */
  #firsts: string[] = [];
  #size = 0;
  /** Grows whenever a key comes or goes, so that a range that is being read finds its place again. */
  #moves = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const i = lowerBound(chunk.keys, key);
    return chunk.keys[i] === key ? chunk.values[i] : undefined;
  }

  set(key: string, value: V): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#addChunk(0, { keys: [key], values: [value] });
    } else {
      const i = lowerBound(chunk.keys, key);
      if (chunk.keys[i] === key) {
        chunk.values[i] = value;
        return;
      }
      this.#insert(at, chunk, i, key, value);
    }
    this.#size++;
    this.#moves++;
  }

  /** Removes a key; false where it was not there. */
  delete(key: string): boolean {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const i = lowerBound(chunk.keys, key);
    if (chunk.keys[i] !== key) return false;
    chunk.keys.splice(i, 1);
    chunk.values.splice(i, 1);
    const next = this.#chunks[at + 1];
    const first = chunk.keys[0];
    if (first === undefined) {
      this.#dropChunk(at);
    } else if (next !== undefined && chunk.keys.length + next.keys.length <= CHUNK / 2) {
      chunk.keys.push(...next.keys);
      chunk.values.push(...next.values);
      this.#dropChunk(at + 1);
    }
    if (first !== undefined) this.#firsts[at] = first;
    this.#size--;
    this.#moves++;
    return true;
  }

  clear(): void {
    this.#chunks = [];
    this.#firsts = [];
    this.#size = 0;
    this.#moves++;
  }

  /**
   * Entries from `from` (inclusive) to `to` (exclusive; null: to the end), ascending; the same ones descending with
   * `reverse`. When the map changes while they are read, reading goes on behind the last key that was given.
   */
  range(from: string, to: string | null, reverse = false): Generator<readonly [key: string, value: V], void> {
    return reverse ? this.#descending(from, to) : this.#ascending(from, to);
  }

  *#ascending(from: string, to: string | null): Generator<readonly [key: string, value: V], void> {
    let [at, i] = this.#place(from);
    for (;;) {
      const chunk = this.#chunks[at];
      const key = chunk?.keys[i];
      if (chunk === undefined) return;
      if (key === undefined) {
        [at, i] = [at + 1, 0];
        continue;
      }
      if (to !== null && compareKeys(key, to) >= 0) return;
      const moves = this.#moves;
      yield [key, chunk.values[i] as V];
      if (moves === this.#moves) {
        i++;
        continue;
      }
      [at, i] = this.#place(key);
      if (this.#chunks[at]?.keys[i] === key) i++;
    }
  }

  *#descending(from: string, to: string | null): Generator<readonly [key: string, value: V], void> {
    let [at, i] = to === null ? [this.#chunks.length, 0] : this.#place(to);
    for (;;) {
      if (i === 0) {
        if (at === 0) return;
        at--;
        i = this.#chunks[at]?.keys.length ?? 0;
        continue;
      }
      i--;
      const chunk = this.#chunks[at] as Chunk<V>;
      const key = chunk.keys[i] as string;
      if (compareKeys(key, from) < 0) return;
      const moves = this.#moves;
      yield [key, chunk.values[i] as V];
      if (moves !== this.#moves) [at, i] = this.#place(key);
    }
  }

  /** The chunk that `key` belongs to: the last one whose first key is not after it, or the first one. */
  #chunkOf(key: string): number {
    const at = lowerBound(this.#firsts, key);
    return this.#firsts[at] === key ? at : Math.max(0, at - 1);
  }

  /** Where the first key stands that is not before `key`: chunk and index, which may be one past the chunk's last. */
  #place(key: string): [chunk: number, index: number] {
    const at = this.#chunkOf(key);
    return [at, lowerBound(this.#chunks[at]?.keys ?? [], key)];
  }

  #insert(at: number, chunk: Chunk<V>, i: number, key: string, value: V): void {
    if (chunk.keys.length >= CHUNK) {
      // Keys that come in ascending order leave full chunks behind.
      const last = at === this.#chunks.length - 1 && i === chunk.keys.length;
      const cut = last ? i : CHUNK / 2;
      const right: Chunk<V> = { keys: chunk.keys.splice(cut), values: chunk.values.splice(cut) };
      if (last || i > cut) {
        right.keys.splice(i - cut, 0, key);
        right.values.splice(i - cut, 0, value);
        this.#addChunk(at + 1, right);
        return;
      }
      this.#addChunk(at + 1, right);
    }
    chunk.keys.splice(i, 0, key);
    chunk.values.splice(i, 0, value);
    if (i === 0) this.#firsts[at] = key;
  }

  #addChunk(at: number, chunk: Chunk<V>): void {
    this.#chunks.splice(at, 0, chunk);
    this.#firsts.splice(at, 0, chunk.keys[0] as string);
  }

  #dropChunk(at: number): void {
    this.#chunks.splice(at, 1);
    this.#firsts.splice(at, 1);
  }
}
