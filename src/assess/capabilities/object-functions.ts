/** What the functions of `Object` and `Reflect` do with their arguments. */

import ts from '../compiler.cjs';
import { putMember } from './assign-to.js';
import { anyOf, argumentsOf, type Call } from './call-arguments.js';
import { elementsOf } from './elements.js';
import { exportAll } from './exports.js';
import { storeName } from './names.js';
import { putOutOfSight } from './out-of-sight.js';
import { NodeUseSite, type UseSite } from './use-log.js';
import { holderOf, NOTHING, one, onlyStrings, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** Functions of Object that look at an object, and hand nothing of it on. */
const LOOKS = /^(?:keys|getOwnPropertyNames|getOwnPropertySymbols|hasOwn|is|isFrozen|isSealed|isExtensible)$/;
/** Functions of Object whose result has what their arguments have. */
const SAME = /^(?:assign|freeze|seal|create|preventExtensions|setPrototypeOf)$/;

/** What a call of the function with this name gives. */
export function objectFunctionValue(walk: Walk, node: Call, name: string): Value {
  const { analysis, path } = walk;
  const spot = new NodeUseSite(node);
  const args = argumentsOf(walk, node);
  const [first = NOTHING, second = NOTHING, third = NOTHING] = args;
  if (LOOKS.test(name)) return UNKNOWN;
  if (SAME.test(name)) return copyInto(walk, node, args);
  // Names and values within lists, and descriptors within an object.
  if (name === 'fromEntries') putOutOfSight(walk, elementsOf(walk, elementsOf(walk, first, node), node), node);
  if (name === 'defineProperties') putOutOfSight(walk, elementsOf(walk, second, node), node);
  if (name === 'get') {
    receiveAs(walk, first, third, node);
    return analysis.member(first, onlyStrings(second), spot);
  }
  if (name === 'set') {
    receiveAs(walk, first, args[3] ?? NOTHING, node);
    putMember(walk, first, onlyStrings(second), third, node);
  }
  if (/^getOwnPropertyDescriptors?$/.test(name)) keepAccessors(walk, first, spot);
  if (name === 'getOwnPropertyDescriptor') return describeMember(walk, first, second, spot);
  if (name === 'getPrototypeOf') return prototypeOf(walk, first, spot);
  if (name === 'defineProperty') return defineMember(walk, node, first, onlyStrings(second), third);
  // Which descriptor has which name is not asked.
  if (name === 'defineProperties') return defineMember(walk, node, first, null, second);
  if (name === 'apply' || name === 'construct') {
    const list = name === 'apply' ? third : second;
    return analysis.call(first, anyOf(elementsOf(walk, list, node)), one('global'), path, spot);
  }
  // One of the descriptors of a function is that of its constructor, which makes functions of texts.
  if (
    name === 'getOwnPropertyDescriptors' &&
    [...first].some((thing) => thing.startsWith('fn:') || thing.startsWith('Function'))
  )
    analysis.undetermined(['code'], spot);
  for (const value of args) putOutOfSight(walk, value, node);
  return UNKNOWN;
}

/** What an object inherits from; of a stream of the process that leads to its class. */
function prototypeOf({ analysis }: Walk, self: Value, spot: UseSite): Value {
  if ([...self].some((thing) => thing.startsWith('fn:'))) return one('Function.prototype');
  const classes = self.has('stream') ? analysis.member(one('stream'), ['__proto__'], spot) : NOTHING;
  return union(UNKNOWN, self, classes, one('prototype'));
}

/** `Object.assign(to, …)` and its like: what is returned, and the first argument, have what the others have. */
function copyInto(walk: Walk, node: Call, args: readonly Value[]): Value {
  const [to = NOTHING, ...others] = args;
  walk.analysis.receiveFrom(to, union(...others), true);
  const target = node.arguments?.[0];
  if (to.has(`file:${walk.path}`)) exportAll(walk, union(...others), node);
  else if (target !== undefined && ts.isIdentifier(target)) {
    storeName(walk, target, union(...args));
    // `super` leads to it as well.
    for (const thing of to)
      if (/^(?:fn|obj):/.test(thing)) walk.analysis.cells.add(`spread:${thing}`, union(...others));
  } else if (to.size > 0 && [...to].every((thing) => thing.startsWith('obj:'))) {
    for (const thing of to) walk.analysis.cells.add(`spread:${thing}`, union(...others));
  } else putOutOfSight(walk, union(...others), node);
  // What is made of a prototype is none.
  return union(new Set([...union(...args)].filter((thing) => thing !== 'prototype')), UNKNOWN);
}

/** A descriptor gives the member under names of its own. */
function describeMember({ analysis }: Walk, self: Value, key: Value, spot: UseSite): Value {
  const value = analysis.member(self, onlyStrings(key), spot);
  for (const name of ['value', 'get']) analysis.keep(name, value, spot);
  return UNKNOWN;
}

/** A setter that is written out in a descriptor gets what is put under its name. */
function defineSetter(
  { analysis, path }: Walk,
  names: readonly string[] | null,
  descriptor: Value,
  spot: UseSite,
): void {
  const written = new Set([...descriptor].filter((thing) => thing.startsWith('obj:')));
  const setters = new Set([...analysis.member(written, ['set'], spot)].filter((thing) => thing.startsWith('fn:')));
  if (setters.size > 0) analysis.call(setters, [analysis.putUnder(names)], null, path, spot);
}

/** Descriptors have the getters and setters of what they describe. */
function keepAccessors({ analysis }: Walk, self: Value, spot: UseSite): void {
  for (const name of ['get', 'set']) analysis.keep(name, analysis.accessorsOf(self), spot);
}

/** `Reflect.get(self, name, receiver)`: the receiver is `this` in a getter, or a setter. */
function receiveAs(walk: Walk, self: Value, receiver: Value, node: ts.Node): void {
  walk.analysis.receiveAll(walk.analysis.accessorsOf(self), receiver);
  if ([...self].some((thing) => holderOf(thing) === null)) putOutOfSight(walk, receiver, node);
}

/** `Object.defineProperty(exports, 'name', { get() { … } })`; null for names that are not known. */
function defineMember(
  walk: Walk,
  node: ts.Node,
  self: Value,
  names: readonly string[] | null,
  descriptor: Value,
): Value {
  const { analysis } = walk;
  const spot = new NodeUseSite(node);
  const returned = analysis.resultsOf(analysis.member(descriptor, ['get'], spot));
  const value = union(returned, analysis.member(descriptor, ['value'], spot));
  putMember(walk, self, names, value, node);
  defineSetter(walk, names, descriptor, spot);
  analysis.receiveFrom(self, descriptor, true);
  // A descriptor that is not written out here may have been taken from somewhere.
  analysis.receiveFrom(self, analysis.member(descriptor, ['get', 'set'], spot), false);
  return self;
}
