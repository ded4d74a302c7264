/** What the functions of `Object` and `Reflect` do with their arguments. */

import ts from '../compiler.cjs';
import { accessorsOf, defineAccessors, leadsElsewhere } from './accessors.js';
import { putMember } from './assign-to.js';
import { anyOf, argumentsOf, type Call } from './call-arguments.js';
import { call } from './call-thing.js';
import { elementsOf } from './elements.js';
import { exportAll } from './exports.js';
import { receiveAll, receiveFrom, resultsOf } from './function-receivers.js';
import { noteMade } from './made-functions.js';
import { storeName } from './names.js';
import { putOutOfSight } from './out-of-sight.js';
import { callWith, instancesOf } from './receivers.js';
import { NodeUseSite, type UseSite } from './use-log.js';
import { holderOf, NOTHING, one, onlyStrings, type Thing, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** Functions of Object that look at an object, and hand nothing of it on. */
const LOOKS = /^(?:keys|getOwnPropertyNames|getOwnPropertySymbols|hasOwn|is|isFrozen|isSealed|isExtensible)$/;
/** Functions of Object whose result has what their arguments have. */
const SAME = /^(?:assign|freeze|seal|create|preventExtensions|setPrototypeOf)$/;

/** What a call of the function with this name gives. */
export function objectFunctionValue(walk: Walk, node: Call, name: string): Value {
  const { analysis } = walk;
  const spot = new NodeUseSite(node);
  const args = argumentsOf(walk, node);
  const [first = NOTHING, second = NOTHING, third = NOTHING] = args;
  if (LOOKS.test(name)) return UNKNOWN;
  if (name === 'create') inheritFrom(walk, node, first, second);
  if (SAME.test(name)) return copyInto(walk, node, name, args);
  // Names and values within lists, and descriptors within an object.
  if (name === 'fromEntries') putOutOfSight(walk, elementsOf(walk, elementsOf(walk, first, node), node), node);
  if (name === 'defineProperties') putOutOfSight(walk, elementsOf(walk, second, node), node);
  if (name === 'get') {
    receiveAs(walk, first, third, node);
    return analysis.members.of(first, onlyStrings(second), spot);
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
  if (name === 'apply') {
    const receiver = { self: second, given: node.arguments?.[1], owner: NOTHING };
    return callWith(walk, node, first, receiver, anyOf(elementsOf(walk, third, node)));
  }
  if (name === 'construct') return constructed(walk, node, args);
  // One of the descriptors of a function is that of its constructor, which makes functions of texts.
  if (
    name === 'getOwnPropertyDescriptors' &&
    [...first].some((thing) => thing.startsWith('fn:') || thing.startsWith('Function'))
  )
    analysis.uses.undetermined(['code'], spot);
  for (const value of args) putOutOfSight(walk, value, node);
  return UNKNOWN;
}

/** `Reflect.construct(made, list, target)`: what is made inherits from the target, which `new.target` is. */
function constructed(
  walk: Walk,
  node: Call,
  [made = NOTHING, list = NOTHING, target = NOTHING]: readonly Value[],
): Value {
  const isFound = (thing: Thing): boolean => holderOf(thing) !== null || /(?:^|-)constructor$/.test(thing);
  putOutOfSight(walk, new Set([...target].filter((thing) => !isFound(thing))), node);
  const args = anyOf(elementsOf(walk, list, node));
  noteMade(walk, node, made, args);
  const given = call(walk.analysis, made, args, { self: null, from: walk.path, spot: new NodeUseSite(node) });
  return union(UNKNOWN, given, instancesOf(made), instancesOf(target));
}

/** What an object inherits from; of a stream of the process that leads to its class. */
function prototypeOf({ analysis }: Walk, self: Value, spot: UseSite): Value {
  if ([...self].some((thing) => thing.startsWith('fn:'))) return one('Function.prototype');
  const classes = self.has('stream') ? analysis.members.of(one('stream'), ['__proto__'], spot) : NOTHING;
  return union(UNKNOWN, self, classes, one('prototype'));
}

/** `Object.assign(to, …)` and its like: what is returned, and the first argument, have what the others have. */
function copyInto(walk: Walk, node: Call, name: string, args: readonly Value[]): Value {
  const [to = NOTHING, ...others] = args;
  if (name !== 'create') receiveFrom(walk.analysis.cells, to, union(...others), true);
  // Which names the others have is not asked.
  if (name === 'assign' || name === 'setPrototypeOf')
    walk.analysis.kept.putUnnamed(to, union(...others), new NodeUseSite(node));
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
  const heirOf = (thing: Thing): Thing =>
    thing === 'Function.prototype' && name === 'create' ? 'function-heir' : thing;
  const made = [...union(...args)].filter((thing) => thing !== 'prototype').map(heirOf);
  return union(new Set(made), UNKNOWN);
}

/** `Object.create(above, descriptors)`: in what the descriptors have, `this` is an heir of what is above. */
function inheritFrom(walk: Walk, node: Call, above: Value, descriptors: Value): void {
  const { analysis } = walk;
  if (descriptors.size === 0) return;
  receiveAll(analysis.cells, descriptors, new Set([...above].filter((thing) => leadsElsewhere(analysis.cells, thing))));
  putOutOfSight(walk, descriptors, node);
}

/** A descriptor gives the member under names of its own. */
function describeMember({ analysis }: Walk, self: Value, key: Value, spot: UseSite): Value {
  const value = analysis.members.of(self, onlyStrings(key), spot);
  for (const name of ['value', 'get']) analysis.kept.put(name, value, spot);
  return UNKNOWN;
}

function writtenOut(descriptor: Value): Value {
  return new Set([...descriptor].filter((thing) => thing.startsWith('obj:')));
}

/** A setter that is written out in a descriptor gets what is put under its name. */
function defineSetter(
  { analysis, path }: Walk,
  names: readonly string[] | null,
  descriptor: Value,
  spot: UseSite,
): void {
  const setters = new Set(
    [...analysis.members.of(writtenOut(descriptor), ['set'], spot)].filter((thing) => thing.startsWith('fn:')),
  );
  if (setters.size > 0) call(analysis, setters, [analysis.kept.getAll(names)], { self: null, from: path, spot });
}

/** Descriptors have the getters and setters of what they describe. */
function keepAccessors({ analysis }: Walk, self: Value, spot: UseSite): void {
  for (const name of ['get', 'set']) analysis.kept.put(name, accessorsOf(analysis.cells, self), spot);
}

/** `Reflect.get(self, name, receiver)`: the receiver is `this` in a getter, or a setter. */
function receiveAs(walk: Walk, self: Value, receiver: Value, node: ts.Node): void {
  receiveAll(walk.analysis.cells, accessorsOf(walk.analysis.cells, self), receiver);
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
  const returned = resultsOf(analysis.cells, analysis.members.of(descriptor, ['get'], spot));
  const value = union(returned, analysis.members.of(descriptor, ['value'], spot));
  putMember(walk, self, names, value, node);
  defineSetter(walk, names, descriptor, spot);
  receiveFrom(analysis.cells, self, descriptor, true);
  defineAccessors(analysis.cells, self, analysis.members.of(writtenOut(descriptor), ['get', 'set'], spot));
  // A descriptor that is not written out here may have been taken from somewhere.
  receiveFrom(analysis.cells, self, analysis.members.of(descriptor, ['get', 'set'], spot), false);
  return self;
}
