/** Calls of methods that are known by their name and by what they are called on. */

import ts from '../compiler.cjs';
import { accessorsOf, defineAccessors } from './accessors.js';
import { putMember } from './assign-to.js';
import { anyOf, argumentsOf, type Call } from './call-arguments.js';
import { call, give } from './call-thing.js';
import { constantValue } from './constant-values.js';
import { elementsOf } from './elements.js';
import { receiveFrom, resultsOf } from './function-receivers.js';
import { openFunctions } from './kept-values.js';
import { noteMade } from './made-functions.js';
import { objectFunctionValue } from './object-functions.js';
import { putOutOfSight } from './out-of-sight.js';
import { callWith } from './receivers.js';
import { withoutParentheses } from './syntax.js';
import { NodeUseSite } from './use-log.js';
import { NOTHING, NUMBER, one, onlyStrings, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** Methods of lists that hand each element to a function. */
const EACH = /^(?:forEach|map|flatMap|filter|find|findLast|some|every|findIndex)$/;
/** Methods of lists that give elements, or a list of them. */
const ELEMENTS =
  /^(?:pop|shift|at|slice|concat|reverse|values|filter|find|flat|entries|sort|splice|fill|copyWithin|with|to(?:Sorted|Reversed|Spliced)|valueOf)$/;
/** Methods whose function gets what it gave before, and then an element. */
const FOLDS = /^reduce(?:Right)?$/;
/** Methods that give what they are called on: of every object, and of one with events (nodejs.org/api/events.html). */
const SELF =
  /^(?:valueOf|on|once|off|addListener|removeListener|removeAllListeners|prependListener|prependOnceListener|setMaxListeners)$/;

/** What such a call gives; null for every other call. */
export function methodCallValue(walk: Walk, node: Call, callee: ts.PropertyAccessExpression): Value | null {
  const self = walk.value(callee.expression);
  const name = callee.name.text;
  if ((self.has('Object') || self.has('Reflect')) && name !== 'constructor')
    return objectFunctionValue(walk, node, name);
  if (/^__define[GS]etter__$/.test(name)) return definedAccessor(walk, node, self, name === '__defineSetter__');
  if (/^__lookup[GS]etter__$/.test(name)) return lookedUp(walk, node, self);
  if (name === 'call' || name === 'apply' || name === 'bind') return indirectCallValue(walk, node, callee, name, self);
  if (name === 'then' || name === 'catch' || name === 'finally') return settledValue(walk, node, self);
  const lists = new Set([...self].filter((thing) => thing.startsWith('obj:')));
  if (lists.size > 0 && FOLDS.test(name)) return foldedValue(walk, node, lists);
  if (lists.size === 0 || !(EACH.test(name) || ELEMENTS.test(name))) return null;
  return constantValue(walk, node) ?? listMethodValue(walk, node, name, lists);
}

/** `self.__defineGetter__('name', function () { … })`, and the same of a setter. */
function definedAccessor(walk: Walk, node: Call, self: Value, isSetter: boolean): Value {
  const { analysis } = walk;
  const [key = NOTHING, accessor = NOTHING] = argumentsOf(walk, node);
  const names = onlyStrings(key);
  putMember(walk, self, names, resultsOf(analysis.cells, accessor), node);
  if (isSetter)
    call(analysis, accessor, [analysis.kept.getAll(names)], {
      self: null,
      from: walk.path,
      spot: new NodeUseSite(node),
    });
  receiveFrom(analysis.cells, self, accessor, false);
  defineAccessors(analysis.cells, self, accessor);
  putOutOfSight(walk, accessor, node);
  return NOTHING;
}

/** `self.__lookupGetter__('name')`, and the same of a setter. */
function lookedUp(walk: Walk, node: Call, self: Value): Value {
  argumentsOf(walk, node);
  walk.value(node.expression);
  return union(UNKNOWN, accessorsOf(walk.analysis.cells, self));
}

function listMethodValue(walk: Walk, node: Call, name: string, lists: Value): Value {
  const { analysis, path } = walk;
  const spot = new NodeUseSite(node);
  const elements = elementsOf(walk, lists, node);
  const args = argumentsOf(walk, node);
  const each = EACH.test(name) ? args.slice(0, 1) : [];
  for (const value of each) noteMade(walk, node, value, [elements]);
  const found = each.map((value) =>
    call(analysis, value, [elements, NUMBER, UNKNOWN], { self: args[1] ?? one('global'), from: path, spot }),
  );
  for (const value of args.slice(each.length)) {
    // Whoever sorts compares elements.
    const compare = ownFunctions(value);
    if (compare.size > 0) call(analysis, compare, [elements, elements], { self: one('global'), from: path, spot });
    putOutOfSight(walk, value, node);
  }
  if (name !== 'forEach') give(analysis, found, spot);
  if (name === 'entries') putOutOfSight(walk, elements, node);
  return ELEMENTS.test(name) ? union(UNKNOWN, lists, elements) : UNKNOWN;
}

/** The functions and classes of the module among what a value may be. */
export function ownFunctions(value: Value): Value {
  return new Set([...value].filter((thing) => thing.startsWith('fn:')));
}

/** `list.reduce((before, element) => …, first)` */
function foldedValue(walk: Walk, node: Call, lists: Value): Value {
  const { analysis, path } = walk;
  const [fold = NOTHING, first = NOTHING] = argumentsOf(walk, node);
  const elements = union(elementsOf(walk, lists, node), first);
  const before = union(elements, resultsOf(analysis.cells, fold));
  const found = call(analysis, fold, [before, elements, NUMBER, lists], {
    self: one('global'),
    from: path,
    spot: new NodeUseSite(node),
  });
  return union(UNKNOWN, elements, found);
}

/** What a call of a method gives of what it is called on. */
export function selfValue(walk: Walk, callee: ts.Expression): Value {
  if (!ts.isPropertyAccessExpression(callee) || !SELF.test(callee.name.text)) return NOTHING;
  return new Set([...walk.value(callee.expression)].filter((thing) => thing !== 'number'));
}

/** `import('fs').then((fs) => …)`: a promise of the module's own is taken for what it promises. */
function settledValue(walk: Walk, node: Call, self: Value): Value {
  const { analysis, path } = walk;
  const args = argumentsOf(walk, node);
  const found = args.map((value) =>
    call(analysis, value, [self], { self: one('global'), from: path, spot: new NodeUseSite(node) }),
  );
  for (const value of args) openFunctions(analysis.cells, value);
  return union(UNKNOWN, self, ...found);
}

/** `f.call(self, …)`, `f.apply(self, […])`, `f.bind(self, …)` */
function indirectCallValue(
  walk: Walk,
  node: Call,
  callee: ts.PropertyAccessExpression,
  how: 'call' | 'apply' | 'bind',
  target: Value,
): Value {
  const [self = UNKNOWN, ...given] = argumentsOf(walk, node);
  const method = withoutParentheses(callee.expression);
  const owner = ts.isPropertyAccessExpression(method) ? walk.value(method.expression) : NOTHING;
  const args = how === 'apply' ? given.flatMap((list) => anyOf(elementsOf(walk, list, node))) : given;
  // What is bound to nothing but its `this` is what it was.
  const functions = new Set(
    [...target].filter((thing) => how !== 'bind' || args.length > 0 || thing.startsWith('fn:')),
  );
  const called = callWith(walk, node, functions, { self, given: node.arguments?.[0], owner }, args);
  if (how !== 'bind') return called;
  const own = ownFunctions(target);
  // Later calls of it begin behind the arguments that it has.
  for (const thing of own) walk.analysis.cells.add(`bound:${thing}`, one(`bound:${args.length}`));
  return own.size > 0 || args.length === 0 ? union(target, called) : union(UNKNOWN, called);
}
