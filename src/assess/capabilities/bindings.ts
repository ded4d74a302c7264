/** Declared names, and the patterns that they stand in. */

import ts from '../compiler.cjs';
import { restOf } from './elements.js';
import { storeName } from './names.js';
import { propertyNames } from './property-names.js';
import { isCallable, withoutParentheses } from './syntax.js';
import { NodeUseSite } from './use-log.js';
import { NOTHING, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** Lets the names of a pattern be what a value gives them. */
export function bind(walk: Walk, name: ts.BindingName, value: Value): void {
  if (ts.isIdentifier(name)) {
    storeName(walk, name, value);
    return;
  }
  name.elements.forEach((element, at) => {
    if (ts.isOmittedExpression(element)) return;
    const names = ts.isObjectBindingPattern(name) ? namesTaken(walk, element) : [String(at)];
    const rest = (): Value => (ts.isArrayBindingPattern(name) ? restOf(walk, value, element) : value);
    const isRest = element.dotDotDotToken !== undefined;
    const own = isRest ? rest() : walk.analysis.members.of(value, names, new NodeUseSite(element));
    const other = element.initializer === undefined ? NOTHING : namedValue(walk, element.initializer, element.name);
    bind(walk, element.name, union(own, other));
  });
}

/** The names of the members that an element of `{ … }` takes. */
function namesTaken(walk: Walk, { propertyName, name }: ts.BindingElement): readonly string[] | null {
  if (propertyName !== undefined) return propertyNames(walk, propertyName);
  return ts.isIdentifier(name) ? [name.text] : null;
}

/** A value that gets a name with its declaration. */
export function namedValue(walk: Walk, node: ts.Expression, name: ts.BindingName): Value {
  const inner = withoutParentheses(node);
  if (ts.isIdentifier(name) && isCallable(inner)) walk.callable(inner, name.text);
  return walk.value(node);
}
