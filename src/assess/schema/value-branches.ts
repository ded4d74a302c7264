/** The values that schemas list, and null, true and false, which are listed always: each is asked for by itself. */

import type { Json } from '../module/manifest.js';
import { type Branch, unionOfTexts, type ValueBranch } from './branches.js';
import { kindOf } from './keywords.js';
import { canonicalText, type Node } from './schema-document.js';

/** Null, true and false, which are no kind beside themselves. */
export function isOfSmallKind(value: Json): boolean {
  return value === null || typeof value === 'boolean';
}

/** The text of a value that is in doubt: what all of its node means. */
export function meaningOf(node: Node): string {
  const meanings = node.map(({ document, schema }) => `${document.dialect} ${document.meaningOf(schema)}`);
  return `value of ${meanings.sort().join(' & ')}`;
}

/** The values among branches, those of one value together. */
export function valuesIn(branches: readonly Branch[]): Map<string, [ValueBranch, ...ValueBranch[]]> {
  const values = new Map<string, [ValueBranch, ...ValueBranch[]]>();
  for (const branch of branches) {
    if (branch.kind !== 'value') continue;
    const text = canonicalText(branch.value);
    const known = values.get(text);
    if (known === undefined) values.set(text, [branch]);
    else known.push(branch);
  }
  return values;
}

/** The values that a branch of each side may hold; that they do is asked later, of the schemas themselves. */
export function metValues(left: readonly Branch[], right: readonly Branch[]): ValueBranch[] {
  const [ours, theirs] = [valuesIn(left), valuesIn(right)];
  const met: ValueBranch[] = [];
  for (const [text, values] of ours) {
    for (const a of values)
      for (const b of theirs.get(text) ?? []) met.push({ ...a, texts: unionOfTexts(a.texts, b.texts) });
  }
  const kept = (values: typeof ours, others: readonly Branch[]) => {
    const kinds = new Set(others.map((branch) => branch.kind));
    const fits = (value: Json) => !isOfSmallKind(value) && kinds.has(kindOf(value) as Branch['kind']);
    for (const same of values.values()) met.push(...same.filter((branch) => fits(branch.value)));
  };
  kept(ours, right);
  kept(theirs, left);
  return met;
}
