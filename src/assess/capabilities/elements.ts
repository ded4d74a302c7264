/** What lists have in them. */

import type ts from '../compiler.cjs';
import { keep, putOutOfSight } from './out-of-sight.js';
import { ANY_NUMBER, NOTHING, UNKNOWN, union, type Value } from './values.js';
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
