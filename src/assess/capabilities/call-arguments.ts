/** What calls are given. */

import ts from '../compiler.cjs';
import { elementsOf } from './elements.js';
import { union, type Value } from './values.js';
import type { Walk } from './walk.js';

export type Call = ts.CallExpression | ts.NewExpression;

/** Arguments that a list of unknown length may stand for. */
const MAX_SPREAD = 16;

/** The arguments of a call, each where it stands; with a spread among them each may stand anywhere. */
export function argumentsOf(walk: Walk, node: Call): Value[] {
  const given: readonly ts.Expression[] = node.arguments ?? [];
  const values = given.map((argument) =>
    ts.isSpreadElement(argument) ? elementsOf(walk, walk.value(argument.expression), argument) : walk.value(argument),
  );
  return given.some(ts.isSpreadElement) ? anyOf(union(...values)) : values;
}

/** Arguments of which each may be what the list has. */
export function anyOf(value: Value): Value[] {
  return Array.from({ length: MAX_SPREAD }, () => value);
}
