/** Functions and classes: what is in them, what they are called with, and what they return. */

import ts from '../compiler.cjs';
import { bind } from './bindings.js';
import { copiesMembers } from './copying-functions.js';
import { storeName } from './names.js';
import { keep, putOutOfSight } from './out-of-sight.js';
import { functionId } from './own-things.js';
import { propertyName } from './property-names.js';
import { nameOf } from './syntax.js';
import { NodeUseSite } from './use-log.js';
import { NOTHING, one, type Thing, UNKNOWN, union, type Value } from './values.js';
import type { Callable, Walk } from './walk.js';

/** Makes a function or class known to its callers, and looks through its body. */
export function walkCallable(walk: Walk, node: Callable, name: string | null): void {
  const id = functionId(walk, node);
  const parameters = ts.isClassLike(node)
    ? (node.members.find(ts.isConstructorDeclaration)?.parameters ?? [])
    : node.parameters;
  walk.analysis.functions.set(id, {
    bind: (args, self) => bindArguments(walk, id, parameters, args, self),
    copies: copiesMembers(node, node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : name),
  });
  if (ts.isClassLike(node)) walkClass(walk, node);
  else walkBody(walk, node, id);
  const own = node.name;
  if ((ts.isFunctionExpression(node) || ts.isClassExpression(node)) && own !== undefined && ts.isIdentifier(own))
    storeName(walk, own, one(id));
}

function walkBody(walk: Walk, node: ts.FunctionLikeDeclaration, id: Thing): void {
  const isOpen = walk.analysis.cells.get(`open:${id}`).size > 0;
  for (const parameter of node.parameters) {
    const other = parameter.initializer === undefined ? NOTHING : walk.value(parameter.initializer);
    bind(walk, parameter.name, union(other, isOpen ? UNKNOWN : NOTHING));
  }
  const { body } = node;
  if (body === undefined) return;
  if (ts.isBlock(body)) walk.statement(body);
  else returnFrom(walk, node, walk.value(body));
}

function walkClass(walk: Walk, node: ts.ClassLikeDeclaration): void {
  for (const { expression } of (node.heritageClauses ?? []).flatMap(({ types }) => types)) {
    if (walk.value(expression).has('Function')) walk.analysis.uses.present(['code'], new NodeUseSite(expression));
  }
  for (const member of node.members) walkClassMember(walk, node, member);
}

function walkClassMember(walk: Walk, node: ts.ClassLikeDeclaration, member: ts.ClassElement): void {
  const { cells } = walk.analysis;
  if (ts.isClassStaticBlockDeclaration(member)) walk.statement(member.body);
  else if (ts.isPropertyDeclaration(member)) {
    if (member.initializer === undefined) return;
    const value = walk.value(member.initializer);
    keep(walk, propertyName(walk, member.name), value, member);
  } else if (ts.isMethodDeclaration(member) || ts.isAccessor(member)) {
    const value = walk.callable(member, null);
    keep(walk, propertyName(walk, member.name), value, member);
  } else if (ts.isConstructorDeclaration(member)) {
    const id = functionId(walk, member);
    if (cells.get(`open:${functionId(walk, node)}`).size > 0) cells.add(`open:${id}`, UNKNOWN);
    walkBody(walk, member, id);
  }
}

function bindArguments(
  walk: Walk,
  id: Thing,
  parameters: readonly ts.ParameterDeclaration[],
  args: readonly Value[],
  self: Value | null,
): void {
  parameters.forEach((parameter, at) => {
    if (parameter.dotDotDotToken === undefined) bind(walk, parameter.name, args[at] ?? NOTHING);
    else {
      const rest = union(...args.slice(at));
      putOutOfSight(walk, rest, parameter);
      bind(walk, parameter.name, UNKNOWN);
    }
  });
  walk.analysis.cells.add(`args:${id}`, union(...args));
  if (self !== null) walk.analysis.cells.add(`this:${id}`, self);
}

/** Lets a function return a value. */
export function returnFrom(walk: Walk, node: ts.Node, value: Value): void {
  walk.analysis.cells.add(`r:${functionId(walk, node)}`, value);
  // What a getter gives is read as a member.
  if (ts.isGetAccessorDeclaration(node)) keep(walk, nameOf(node.name), value, node);
}
