/** The files that are reached from a module's entries, and by which imports. */

import type { Place } from './capability-report.js';

export class ReachedFiles {
  /** By which import a file was first reached; null for an entry. */
  readonly #from = new Map<string, Place | null>();
  readonly #entries = new Set<string>();

  /** Callers get what it exports. */
  addEntry(path: string, from: Place | null = null): void {
    this.#entries.add(path);
    if (!this.#from.has(path)) this.#from.set(path, from);
  }

  add(path: string, from: Place): void {
    if (!this.#from.has(path)) this.#from.set(path, from);
  }

  isEntry(path: string): boolean {
    return this.#entries.has(path);
  }

  get size(): number {
    return this.#from.size;
  }

  paths(): string[] {
    return [...this.#from.keys()];
  }

  /** The imports that lead to a file, from an entry on. */
  chainOf(path: string): readonly Place[] {
    const chain: Place[] = [];
    const seen = new Set<string>();
    for (
      let at = this.#from.get(path) ?? null;
      at !== null && !seen.has(at.file);
      at = this.#from.get(at.file) ?? null
    ) {
      seen.add(at.file);
      chain.unshift(at);
    }
    return chain;
  }
}
