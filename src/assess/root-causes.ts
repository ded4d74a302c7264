/** Findings by what caused them: one change of a declaration is met by every road that leads to it. */

import type { Finding } from '../model/assessment.js';

/** One change, where it is the least far from an export, and how often it was met. */
export interface RootCause {
  readonly finding: Finding;
  /** The same change at other paths, shortest first; none where there is one path. */
  readonly elsewhere: readonly Finding[];
}

/** `./server: Box#get(options).limit` is made of the entry, the export, and what lies within. */
const PATH = /^(\.\/\S*: )?([^.#(<[]*)(.*)$/s;

/** The export that a path begins at, with its entry. */
export function declarationOf(path: string): string {
  const [, entry = '', name = ''] = PATH.exec(path) ?? [];
  return `${entry}${name}`;
}

/**
 * The last name on a path, with what follows it: `limit` of `open(options).limit`, `open(options)` of `./server: open(options)`. The
 * path of an export is its own.
 */
function lastNameOf(path: string): string {
  const [, , name = '', within = ''] = PATH.exec(path) ?? [];
  if (within === '') return path;
  const last = Math.max(within.lastIndexOf('.'), within.lastIndexOf('#'));
  return last === -1 ? `${name}${within}` : within.slice(last + 1);
}

function causeOf({ level, code, path, before, after, message }: Finding): string {
  return JSON.stringify([level, code, lastNameOf(path), before, after, message]);
}

function lengthOf(finding: Finding | undefined): number {
  return finding?.path.length ?? 0;
}

function byLength(a: Finding, b: Finding): number {
  return lengthOf(a) - lengthOf(b);
}

/**
 * Each cause once, those of one declaration together. Declarations come in the order of their shortest path, and within one the shortest
 * path first; what is as long keeps its order.
 */
export function rootCausesOf(findings: readonly Finding[]): RootCause[] {
  const causes = new Map<string, Finding[]>();
  for (const finding of findings) {
    const cause = causeOf(finding);
    const known = causes.get(cause);
    if (known === undefined) causes.set(cause, [finding]);
    else known.push(finding);
  }
  const nearest = [...causes.values()].map((met) => met.sort(byLength)).sort(([a], [b]) => lengthOf(a) - lengthOf(b));
  const declarations = new Map<string, RootCause[]>();
  for (const [finding, ...elsewhere] of nearest) {
    if (finding === undefined) continue;
    const name = declarationOf(finding.path);
    const known = declarations.get(name);
    if (known === undefined) declarations.set(name, [{ finding, elsewhere }]);
    else known.push({ finding, elsewhere });
  }
  return [...declarations.values()].flat();
}
