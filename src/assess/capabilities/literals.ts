/** Objects and lists that are written out. */

import ts from '../compiler.cjs';
import { elementsOf } from './elements.js';
import { readName } from './names.js';
import { keep } from './out-of-sight.js';
import { functionId, literalId, putInside } from './own-things.js';
import { propertyName } from './property-names.js';
import { one, type Value } from './values.js';
import type { Walk } from './walk.js';

/** `{ … }` */
export function objectValue(walk: Walk, node: ts.ObjectLiteralExpression): Value {
  const thing = literalId(walk, node);
  const { cells } = walk.analysis;
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      cells.add(`spread:${thing}`, walk.value(property.expression));
      continue;
    }
    const name = property.name === undefined ? null : propertyName(walk, property.name);
    const value = propertyValue(walk, property);
    if (name === '__proto__') cells.add(`spread:${thing}`, value);
    putInside(walk, thing, name, value);
    keep(walk, name, value, property);
  }
  return one(thing);
}

function propertyValue(walk: Walk, property: Exclude<ts.ObjectLiteralElementLike, ts.SpreadAssignment>): Value {
  if (ts.isPropertyAssignment(property)) return walk.value(property.initializer);
  if (ts.isShorthandPropertyAssignment(property)) return readName(walk, property.name);
  const value = walk.callable(property, null);
  if (!ts.isAccessor(property)) return value;
  const { cells } = walk.analysis;
  cells.add(`accessors:${literalId(walk, property.parent)}`, value);
  if (ts.isSetAccessorDeclaration(property)) return value;
  return cells.get(`r:${functionId(walk, property)}`);
}

/** `[ … ]` */
export function arrayValue(walk: Walk, node: ts.ArrayLiteralExpression): Value {
  const thing = literalId(walk, node);
  node.elements.forEach((element, at) => {
    if (ts.isOmittedExpression(element)) return;
    const value = ts.isSpreadElement(element)
      ? elementsOf(walk, walk.value(element.expression), element)
      : walk.value(element);
    putInside(walk, thing, String(at), value);
    keep(walk, String(at), value, element);
  });
  return one(thing);
}
