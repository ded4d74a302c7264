/** What becomes of a value that is assigned: to names, to members, to patterns of them. */

import ts from '../compiler.cjs';
import { restOf } from './elements.js';
import { exportName, exportNameOf } from './exports.js';
import { receiveFrom } from './function-receivers.js';
import { storeName } from './names.js';
import { keep, putOutOfSight } from './out-of-sight.js';
import { putInside } from './own-things.js';
import { propertyNames } from './property-names.js';
import { NodeUseSite } from './use-log.js';
import { ANY_NUMBER, instanceOf, isNumber, NOTHING, onlyStrings, type Thing, union, type Value } from './values.js';
import type { Walk } from './walk.js';

type Member = ts.PropertyAccessExpression | ts.ElementAccessExpression;

/** Puts a value where an expression says. */
export function assignTo(walk: Walk, target: ts.Node, value: Value): void {
  if (ts.isIdentifier(target)) storeName(walk, target, value);
  else if (ts.isParenthesizedExpression(target) || ts.isAsExpression(target) || ts.isNonNullExpression(target))
    assignTo(walk, target.expression, value);
  else if (ts.isPropertyAccessExpression(target)) assignMember(walk, target, [target.name.text], value);
  else if (ts.isElementAccessExpression(target)) {
    const key = walk.value(target.argumentExpression);
    assignMember(walk, target, isNumber(key) ? [ANY_NUMBER] : onlyStrings(key), value);
  } else if (ts.isObjectLiteralExpression(target)) {
    for (const property of target.properties) assignProperty(walk, property, value);
  } else if (ts.isArrayLiteralExpression(target)) {
    target.elements.forEach((element, at) => {
      if (ts.isSpreadElement(element)) assignTo(walk, element.expression, restOf(walk, value, element));
      else if (!ts.isOmittedExpression(element))
        assignTo(walk, element, walk.analysis.members.of(value, [String(at)], new NodeUseSite(element)));
    });
  } else if (ts.isBinaryExpression(target)) {
    assignTo(walk, target.left, union(value, walk.value(target.right)));
  }
}

/** One property of a pattern `{ … }`. */
function assignProperty(walk: Walk, property: ts.ObjectLiteralElementLike, value: Value): void {
  const member = (names: readonly string[] | null): Value =>
    walk.analysis.members.of(value, names, new NodeUseSite(property));
  if (ts.isShorthandPropertyAssignment(property)) {
    const { objectAssignmentInitializer: other } = property;
    assignTo(
      walk,
      property.name,
      union(member([property.name.text]), other === undefined ? NOTHING : walk.value(other)),
    );
  } else if (ts.isPropertyAssignment(property))
    assignTo(walk, property.initializer, member(propertyNames(walk, property.name)));
  else if (ts.isSpreadAssignment(property)) assignTo(walk, property.expression, value);
}

function assignMember(walk: Walk, target: Member, names: readonly string[] | null, value: Value): void {
  const self = walk.value(target.expression);
  putMember(walk, self, names, value, target);
  reachReplaced(walk, target, names, self);
}

/** Puts a value under a name of an object; null for names that are not known. */
export function putMember(walk: Walk, self: Value, names: readonly string[] | null, value: Value, node: ts.Node): void {
  if (names?.includes('__proto__') === true) putOutOfSight(walk, value, node);
  receiveFrom(walk.analysis.cells, self, value, false);
  if (names === null) walk.analysis.kept.putUnnamed(self, value, new NodeUseSite(node));
  for (const thing of self) {
    if (thing.startsWith('file:') && names !== null) {
      for (const name of names) exportNameOf(walk, thing.slice('file:'.length), name, value, node);
    } else if (thing === `module:${walk.path}` && names?.includes('exports') === true)
      exportName(walk, '=', value, node);
    else if (names === null) putOutOfSight(walk, value, node);
    else putNamed(walk, thing, names, value, node);
  }
  if (self.size === 0) for (const name of names ?? [null]) keep(walk, name, value, node);
}

/** Puts a value into something by names that are known. */
function putNamed(walk: Walk, thing: Thing, names: readonly string[], value: Value, node: ts.Node): void {
  // Whoever has an object that is not followed reads what is put into it.
  if (thing === 'unknown' || thing === 'computed') putOutOfSight(walk, value, node);
  // Instances have what the prototype of their function has.
  if (thing.startsWith('fn:') && names.includes('prototype'))
    walk.analysis.cells.add(`spread:${instanceOf(thing)}`, value);
  for (const name of names) {
    putInside(walk, thing, name, value);
    keep(walk, name, value, node);
  }
}

/** Taking the place of what gives something is to reach it. */
function reachReplaced(walk: Walk, target: Member, names: readonly string[] | null, self: Value): void {
  const replaced = [...self].filter(
    (thing) => !thing.startsWith('file:') && !thing.startsWith('module:') && thing !== 'Object',
  );
  const reached =
    names !== null ? replaced : replaced.filter((thing) => !/^(?:fn|obj):|^(?:computed|unknown)$/.test(thing));
  walk.analysis.members.of(new Set(reached), names, new NodeUseSite(target));
}
