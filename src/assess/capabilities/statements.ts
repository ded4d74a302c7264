/** Statements and declarations: which values they hand to what. */

import ts from '../compiler.cjs';
import { assignTo } from './assign-to.js';
import { bind, namedValue } from './bindings.js';
import { elementsOf } from './elements.js';
import { exportName } from './exports.js';
import { returnFrom } from './functions.js';
import { walkExport, walkExportAssignment, walkImport, walkImportEquals } from './module-statements.js';
import { readName, storeName } from './names.js';
import { putOutOfSight } from './out-of-sight.js';
import { declaredNames } from './scopes.js';
import { isDefault, isExported } from './syntax.js';
import { NodeUseSite } from './use-log.js';
import { NOTHING, UNKNOWN } from './values.js';
import type { Walk } from './walk.js';

/** Looks through a statement, a declaration, or what else is no expression. */
export function walkStatement(walk: Walk, node: ts.Node): void {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
  if (ts.isExpression(node) && !ts.isBindingElement(node)) {
    walk.value(node);
    return;
  }
  if (ts.isVariableDeclaration(node)) walkVariable(walk, node);
  else if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) walkDeclaration(walk, node);
  else if (ts.isImportDeclaration(node)) walkImport(walk, node);
  else if (ts.isImportEqualsDeclaration(node)) walkImportEquals(walk, node);
  else if (ts.isExportDeclaration(node)) walkExport(walk, node);
  else if (ts.isExportAssignment(node)) walkExportAssignment(walk, node);
  else if (ts.isReturnStatement(node)) walkReturn(walk, node);
  else if (ts.isForOfStatement(node) || ts.isForInStatement(node)) walkForEach(walk, node);
  else if (ts.isThrowStatement(node)) putOutOfSight(walk, walk.value(node.expression), node);
  else if (ts.isWithStatement(node)) walkWith(walk, node);
  else ts.forEachChild(node, (child) => walkStatement(walk, child));
}

function walkVariable(walk: Walk, node: ts.VariableDeclaration): void {
  // Whatever was thrown is out of sight.
  const none = ts.isCatchClause(node.parent) ? UNKNOWN : NOTHING;
  const value = node.initializer === undefined ? none : namedValue(walk, node.initializer, node.name);
  bind(walk, node.name, value);
  const statement = node.parent.parent;
  if (!ts.isVariableStatement(statement) || !isExported(statement)) return;
  for (const name of declaredNames(node.name)) exportName(walk, name.text, readName(walk, name), node);
}

function walkDeclaration(walk: Walk, node: ts.FunctionDeclaration | ts.ClassDeclaration): void {
  const value = walk.callable(node, node.name?.text ?? null);
  if (node.name !== undefined) storeName(walk, node.name, value);
  if (isExported(node)) exportName(walk, isDefault(node) ? 'default' : (node.name?.text ?? 'default'), value, node);
}

function walkReturn(walk: Walk, node: ts.ReturnStatement): void {
  const value = node.expression === undefined ? NOTHING : walk.value(node.expression);
  let at: ts.Node = node.parent;
  while (!ts.isFunctionLike(at) && !ts.isSourceFile(at)) at = at.parent;
  if (!ts.isSourceFile(at)) returnFrom(walk, at, value);
}

function walkForEach(walk: Walk, node: ts.ForOfStatement | ts.ForInStatement): void {
  const list = walk.value(node.expression);
  const each = ts.isForInStatement(node) ? UNKNOWN : elementsOf(walk, list, node.expression);
  if (ts.isVariableDeclarationList(node.initializer)) {
    for (const { name } of node.initializer.declarations) bind(walk, name, each);
  } else assignTo(walk, node.initializer, each);
  walkStatement(walk, node.statement);
}

function walkWith(walk: Walk, node: ts.WithStatement): void {
  putOutOfSight(walk, walk.value(node.expression), node);
  walk.analysis.uses.undetermined(['code'], new NodeUseSite(node, 'with'));
  walkStatement(walk, node.statement);
}
