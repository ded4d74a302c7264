/** What calls do, and what they give. */

import ts from '../compiler.cjs';
import { leadsElsewhere } from './accessors.js';
import { argumentsOf, type Call } from './call-arguments.js';
import { call } from './call-thing.js';
import { constantValue } from './constant-values.js';
import { elementsOf } from './elements.js';
import { exportAll } from './exports.js';
import { receiveAll } from './function-receivers.js';
import { load } from './load-module.js';
import { noteMade } from './made-functions.js';
import { isSymbolKey } from './members.js';
import { methodCallValue, ownFunctions, selfValue } from './method-calls.js';
import { putOutOfSight } from './out-of-sight.js';
import { instancesOf } from './receivers.js';
import { withoutParentheses } from './syntax.js';
import { thisValue } from './this-value.js';
import { NodeUseSite } from './use-log.js';
import { isNumber, NOTHING, one, onlyStrings, stringValue, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

const { SyntaxKind } = ts;

/** `f(…)` and `new F(…)` */
export function callValue(walk: Walk, node: Call): Value {
  const callee = withoutParentheses(node.expression);
  const spot = new NodeUseSite(node);
  if (callee.kind === SyntaxKind.ImportKeyword) {
    const [specifier = NOTHING] = argumentsOf(walk, node);
    return load(walk.analysis, specifier, walk.path, spot);
  }
  if (callee.kind === SyntaxKind.SuperKeyword) {
    const args = argumentsOf(walk, node);
    call(walk.analysis, walk.value(callee), args, { self: null, from: walk.path, spot });
    for (const value of args) putOutOfSight(walk, value, node);
    return UNKNOWN;
  }
  if (ts.isPropertyAccessExpression(callee)) {
    const special = methodCallValue(walk, node, callee);
    if (special !== null) return special;
  }
  const target = walk.value(callee);
  if (isTwiceComputed(walk, callee)) walk.analysis.uses.undetermined(['code'], spot);
  const args = argumentsOf(walk, node);
  noteMade(walk, node, target, args, isComputed(walk, callee));
  noteMadeOfEach(walk, node, callee, args);
  const constant = constantValue(walk, node);
  if (constant !== null) return constant;
  const self = ts.isNewExpression(node) ? null : receiverOf(walk, callee, target);
  const result = call(walk.analysis, target, args, { self, from: walk.path, spot });
  afterCall(walk, node, target, args);
  if (ts.isPropertyAccessExpression(callee)) receiveEvents(walk, callee, args);
  return ts.isNewExpression(node)
    ? union(UNKNOWN, result, instancesOf(target))
    : union(result, selfValue(walk, callee));
}

/** `process.on('exit', function () { … })`: in what is called with an event, `this` is the object that has the event. */
function receiveEvents(walk: Walk, callee: ts.PropertyAccessExpression, args: readonly Value[]): void {
  if (!/^(?:on|once|addListener|prepend(?:Once)?Listener)$/.test(callee.name.text)) return;
  const { analysis } = walk;
  const self = new Set([...walk.value(callee.expression)].filter((thing) => leadsElsewhere(analysis.cells, thing)));
  for (const value of args) receiveAll(analysis.cells, ownFunctions(value), self);
}

/** `this` in what is called: the object whose member it is, where that gives something which the function does not lead to by itself. */
function receiverOf(walk: Walk, callee: ts.Expression, target: Value): Value | null {
  // Called by itself, a function of sloppy code has the global object for `this`.
  if (!ts.isPropertyAccessExpression(callee) && !ts.isElementAccessExpression(callee)) return one('global');
  if (![...target].some((thing) => thing.startsWith('fn:'))) return null;
  if (callee.expression.kind === SyntaxKind.SuperKeyword) return thisValue(walk, callee);
  const isElement = ts.isElementAccessExpression(callee) && isNumber(walk.value(callee.argumentExpression));
  const { analysis } = walk;
  const self = [...walk.value(callee.expression)].filter(
    (thing) => leadsElsewhere(analysis.cells, thing) || (isElement && thing.startsWith('obj:')),
  );
  return self.length === 0 ? null : new Set(self);
}

/** `x[a]` where a may be any name. */
function isComputed(walk: Walk, node: ts.Expression): node is ts.ElementAccessExpression {
  if (!ts.isElementAccessExpression(node) || isSymbolKey(walk, node.argumentExpression)) return false;
  const key = walk.value(node.argumentExpression);
  return onlyStrings(key) === null && !isNumber(key);
}

/** `x[a][b](…)` is Function where the names are `at` and `constructor`: code that hides what it does looks like this. */
function isTwiceComputed(walk: Walk, callee: ts.Expression): boolean {
  return isComputed(walk, callee) && isComputed(walk, withoutParentheses(callee.expression));
}

/** `Array.from(list, made)` */
function noteMadeOfEach(
  walk: Walk,
  node: Call,
  callee: ts.Expression,
  [list = NOTHING, made = NOTHING]: readonly Value[],
): void {
  if (!made.has('keyed') || !ts.isPropertyAccessExpression(callee) || callee.name.text !== 'from') return;
  noteMade(walk, node, made, [elementsOf(walk, list, node)]);
}

/** What some functions do beside what they give. */
function afterCall(walk: Walk, node: Call, target: Value, args: readonly Value[]): void {
  const { analysis, path } = walk;
  if (target.has('Worker') && /\beval\s*:\s*(?!false\b)/.test(node.getText(walk.file)))
    analysis.uses.present(['code'], new NodeUseSite(node));
  const copies = [...target].some((thing) => thing === 'helpers' || analysis.functions.get(thing)?.copies === true);
  if (copies && args.some((arg) => arg.has(`file:${path}`))) {
    const others = args.map((arg) => new Set([...arg].filter((thing) => thing !== `file:${path}`)));
    exportAll(walk, union(...others), node);
  }
}

/** A function with a template for its arguments. */
export function taggedTemplateValue(walk: Walk, node: ts.TaggedTemplateExpression): Value {
  const args = ts.isTemplateExpression(node.template)
    ? node.template.templateSpans.map(({ expression }) => walk.value(expression))
    : [];
  const target = walk.value(node.tag);
  const { template } = node;
  const text = ts.isTemplateExpression(template) ? template.head.text : template.text;
  noteMade(walk, node, target, [stringValue(text)]);
  return call(walk.analysis, target, [UNKNOWN, ...args], {
    self: one('global'),
    from: walk.path,
    spot: new NodeUseSite(node),
  });
}
