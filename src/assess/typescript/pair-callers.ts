/** Callers that stand beside each version, and what their imports lead to. */

import type { Side } from './pair-files.js';

/** By what callers write in an import, the file of each version that it leads to. */
export type Specifiers = Readonly<Record<Side, ReadonlyMap<string, string>>>;

/** The name of a caller in the program. */
export function callerName(side: Side, index: number): string {
  return `/callers/${side}/${index}.ts`;
}

export class PairCallers {
  private readonly callers = new Map<string, { readonly side: Side; readonly text: string }>();
  private specifiers: Specifiers = { from: new Map(), to: new Map() };

  /** Puts callers beside both versions; returns the names of all. */
  add(texts: readonly string[], specifiers: Specifiers): readonly string[] {
    this.specifiers = specifiers;
    for (const side of ['from', 'to'] as const) {
      for (const [index, text] of texts.entries()) this.callers.set(callerName(side, index), { side, text });
    }
    return [...this.callers.keys()];
  }

  /** The text of a caller; undefined where the name is of none. */
  read(name: string): string | undefined {
    return this.callers.get(name)?.text;
  }

  /** The version that a caller stands beside; undefined where the name is of none. */
  sideOf(name: string): Side | undefined {
    return this.callers.get(name)?.side;
  }

  /** The path that an import of a caller leads to. */
  resolve(specifier: string, side: Side): string | undefined {
    return this.specifiers[side].get(specifier);
  }
}
