/** Functions and classes: what is in them, what they are called with, and what they return. */

import ts from '../compiler.cjs';
import { bind } from './bindings.js';
import { call } from './call-thing.js';
import { copiesMembers } from './copying-functions.js';
import { readName, storeName } from './names.js';
import { keep, putOutOfSight } from './out-of-sight.js';
import { functionId, putInside } from './own-things.js';
import { propertyName, propertyNames } from './property-names.js';
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
  // Without a constructor of its own a class is constructed as what it extends.
  const base = ts.isClassLike(node) && !node.members.some(ts.isConstructorDeclaration) ? baseOf(node) : null;
  walk.analysis.functions.set(id, {
    bind: (args, self) => {
      bindArguments(walk, id, parameters, args, self);
      if (base === null) return;
      const made = call(walk.analysis, walk.value(base), args, {
        self: null,
        from: walk.path,
        spot: new NodeUseSite(base),
      });
      walk.analysis.cells.add(`r:${id}`, made);
    },
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
    const put = ts.isSetAccessorDeclaration(node) ? walk.analysis.kept.getAll(propertyNames(walk, node.name)) : NOTHING;
    bind(walk, parameter.name, union(other, put, isOpen ? UNKNOWN : NOTHING));
    walkDecorators(walk, parameter);
    // `constructor(private it = …)` puts it into the instance, too.
    if (ts.isParameterPropertyDeclaration(parameter, node) && ts.isIdentifier(parameter.name))
      keepInClass(walk, node.parent, parameter.name.text, readName(walk, parameter.name), parameter);
  }
  const { body } = node;
  if (body === undefined) return;
  if (ts.isBlock(body)) walk.statement(body);
  else returnFrom(walk, node, walk.value(body));
}

function walkDecorators(walk: Walk, node: ts.Node): void {
  const decorators = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  for (const { expression } of decorators) putOutOfSight(walk, walk.value(expression), expression);
}

function walkClass(walk: Walk, node: ts.ClassLikeDeclaration): void {
  walkDecorators(walk, node);
  const base = baseOf(node);
  if (base !== null) walkBase(walk, node, base);
  for (const member of node.members) walkClassMember(walk, node, member);
}

/** What a class extends; null for one that extends nothing. */
function baseOf(node: ts.ClassLikeDeclaration): ts.Expression | null {
  const extended = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  return extended?.types[0]?.expression ?? null;
}

/** A class has what it extends: as its own static members, and in each instance, where it cannot be followed. */
function walkBase(walk: Walk, node: ts.ClassLikeDeclaration, base: ts.Expression): void {
  const { analysis } = walk;
  const spot = new NodeUseSite(base);
  const value = walk.value(base);
  if (value.has('Function')) analysis.uses.present(['code'], spot);
  if (['constructor', 'keyed-constructor', 'keyed'].some((thing) => value.has(thing)))
    analysis.uses.undetermined(['code'], spot);
  analysis.cells.add(`spread:${functionId(walk, node)}`, value);
  putOutOfSight(walk, new Set([...value].filter((thing) => !thing.startsWith('fn:'))), base);
}

function walkClassMember(walk: Walk, node: ts.ClassLikeDeclaration, member: ts.ClassElement): void {
  const { cells } = walk.analysis;
  walkDecorators(walk, member);
  if (ts.isClassStaticBlockDeclaration(member)) walk.statement(member.body);
  else if (ts.isPropertyDeclaration(member)) {
    // The name is computed though nothing is put there.
    const name = propertyName(walk, member.name);
    if (member.initializer !== undefined) keepInClass(walk, node, name, walk.value(member.initializer), member);
  } else if (ts.isMethodDeclaration(member) || ts.isAccessor(member)) {
    const value = walk.callable(member, null);
    if (ts.isAccessor(member)) cells.add(`accessors:${functionId(walk, node)}`, value);
    keepInClass(walk, node, propertyName(walk, member.name), value, member);
  } else if (ts.isConstructorDeclaration(member)) {
    const id = functionId(walk, member);
    if (cells.get(`open:${functionId(walk, node)}`).size > 0) cells.add(`open:${id}`, UNKNOWN);
    walkBody(walk, member, id);
  }
}

function keepInClass(walk: Walk, node: ts.Node, name: string | null, value: Value, member: ts.Node): void {
  putInside(walk, functionId(walk, node), name, value);
  keep(walk, name, value, member);
}

function bindArguments(
  walk: Walk,
  id: Thing,
  parameters: readonly ts.ParameterDeclaration[],
  args: readonly Value[],
  self: Value | null,
): void {
  // Where some are bound already, those of a call stand behind them, or are the bound ones.
  const offsets = [
    0,
    ...[...walk.analysis.cells.get(`bound:${id}`)].map((thing) => Number(thing.slice('bound:'.length))),
  ];
  parameters.forEach((parameter, at) => {
    if (parameter.dotDotDotToken === undefined) {
      const given = offsets.map((offset) => args[at - offset] ?? NOTHING);
      bind(walk, parameter.name, union(...given));
    } else {
      const rest = union(...args.slice(Math.max(0, at - Math.max(...offsets))));
      putOutOfSight(walk, rest, parameter);
      bind(walk, parameter.name, UNKNOWN);
    }
  });
  walk.analysis.cells.add(`args:${id}`, union(...args));
  if (self !== null) walk.analysis.cells.add(`this:${id}`, self);
}

/** Lets a function return a value. */
export function returnFrom(walk: Walk, node: ts.Node, value: Value): void {
  walk.analysis.cells.add(`r:${functionId(walk, ts.isConstructorDeclaration(node) ? node.parent : node)}`, value);
  // What a getter gives is read as a member.
  if (ts.isGetAccessorDeclaration(node)) keep(walk, nameOf(node.name), value, node);
}
