/** The things that stand for functions and literals of a file, and what they keep. */

import type ts from '../compiler.cjs';
import { powersOf } from './powerful-things.js';
import { holderOf, type Thing, type Value } from './values.js';
import type { Walk } from './walk.js';

/** A function or class. */
export function functionId({ path }: Walk, node: ts.Node): Thing {
  return `fn:${path}:${node.pos}:${node.kind}`;
}

/** An object or a list that is written out. */
export function literalId({ path }: Walk, node: ts.Node): Thing {
  return `obj:${path}:${node.pos}`;
}

/** Puts a value into a literal, a function or an instance, where there is a name for others to read it by; into nothing else. */
export function putInside(walk: Walk, thing: Thing, name: string | null, value: Value): void {
  const holder = holderOf(thing);
  if (holder === null || name?.startsWith('#') === true) return;
  // Of a literal somebody may ask for its elements; of the others, for what they lead to.
  const held = holder.startsWith('obj:') ? value : new Set([...value].filter(leadsOn));
  walk.analysis.cells.add(`in:${holder}`, held);
}

/** True for a thing by which something else is reached. */
function leadsOn(thing: Thing): boolean {
  return powersOf(thing) !== null || holderOf(thing) !== null || thing.startsWith('file:');
}
