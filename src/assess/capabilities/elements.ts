/** What lists, objects that are written out, functions and instances have in them. */

import type ts from '../compiler.cjs';
import { keep, putOutOfSight } from './out-of-sight.js';
import { powersOf } from './powerful-things.js';
import { ANY_NUMBER, holderOf, NOTHING, type Thing, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** What a list has in it. */
export function elementsOf(walk: Walk, list: Value, node: ts.Node): Value {
  const { cells } = walk.analysis;
  const inside = [...list].filter((thing) => thing.startsWith('obj:')).map((thing) => cells.get(`in:${thing}`));
  const others = new Set([...list].filter((thing) => !thing.startsWith('obj:')));
  if (others.size > 0) putOutOfSight(walk, others, node);
  const unknown = union(UNKNOWN, cells.get(`p:${ANY_NUMBER}`));
  return union(...inside, others.size > 0 || list.size === 0 ? unknown : NOTHING);
}

/** `...rest` of a list, whose elements have other numbers there. */
export function restOf(walk: Walk, list: Value, node: ts.Node): Value {
  keep(walk, ANY_NUMBER, elementsOf(walk, list, node), node);
  return list;
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
