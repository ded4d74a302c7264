/** The names that members are written under. */

import ts from '../compiler.cjs';
import { nameOf } from './syntax.js';
import { onlyStrings } from './values.js';
import type { Walk } from './walk.js';

/** The names that may be meant; null where they are not known. */
export function propertyNames(walk: Walk, name: ts.PropertyName): readonly string[] | null {
  return ts.isComputedPropertyName(name) ? onlyStrings(walk.value(name.expression)) : [nameOf(name)];
}

/** The name where it can be but one; null otherwise. */
export function propertyName(walk: Walk, name: ts.PropertyName): string | null {
  const [text, ...more] = propertyNames(walk, name) ?? [];
  return more.length === 0 ? (text ?? null) : null;
}
