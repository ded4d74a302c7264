/** Where values go that are not followed by the name of a declaration. */

import type ts from '../compiler.cjs';
import { NodeUseSite } from './use-log.js';
import type { Value } from './values.js';
import type { Walk } from './walk.js';

/** A value goes where it cannot be followed. */
export function putOutOfSight(walk: Walk, value: Value, node: ts.Node): void {
  walk.analysis.escaped.add(value, new NodeUseSite(node));
}

/** Puts a value under a name of some object; null for a name that is not known. */
export function keep(walk: Walk, name: string | null, value: Value, node: ts.Node): void {
  if (name === null) putOutOfSight(walk, value, node);
  else walk.analysis.kept.put(name, value, new NodeUseSite(node));
}
