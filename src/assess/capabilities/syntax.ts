/** Questions to the syntax of JavaScript that have nothing to do with what is reached. */

import ts from '../compiler.cjs';
import { shortText } from './constants.js';

const { SyntaxKind } = ts;

/** An expression without what only groups it or gives it a type. */
export function withoutParentheses(node: ts.Expression): ts.Expression {
  let at = node;
  while (ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isNonNullExpression(at)) at = at.expression;
  return at;
}

/** True for a function or class that is written where a value stands. */
export function isCallable(node: ts.Node): node is ts.FunctionExpression | ts.ArrowFunction | ts.ClassExpression {
  return ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isClassExpression(node);
}

/** True for values that give nothing. */
export function isConstantKind(node: ts.Node): boolean {
  return (
    ts.isRegularExpressionLiteral(node) ||
    ts.isBigIntLiteral(node) ||
    ts.isOmittedExpression(node) ||
    ts.isMetaProperty(node) ||
    [SyntaxKind.TrueKeyword, SyntaxKind.FalseKeyword, SyntaxKind.NullKeyword, SyntaxKind.SuperKeyword].includes(
      node.kind,
    )
  );
}

/** `Symbol.iterator` and its like name nothing that gives anything. */
export function isSymbol(node: ts.Node): boolean {
  const at = ts.isCallExpression(node) ? node.expression : node;
  return /^Symbol(?:\.\w+)?$/.test(shortText(at));
}

/** The name of a member that is written out; '' for one that is computed. */
export function nameOf(name: ts.PropertyName | ts.ModuleExportName): string {
  return ts.isComputedPropertyName(name) ? '' : name.text;
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

/** True for a declaration that is exported. */
export function isExported(node: ts.Node): boolean {
  return hasModifier(node, SyntaxKind.ExportKeyword);
}

/** True for the default export. */
export function isDefault(node: ts.Node): boolean {
  return hasModifier(node, SyntaxKind.DefaultKeyword);
}

/** True for what belongs to a class itself. */
export function isStatic(node: ts.Node): boolean {
  return (
    ts.isClassStaticBlockDeclaration(node) ||
    (ts.isClassLike(node.parent) && hasModifier(node, SyntaxKind.StaticKeyword))
  );
}

/** True where a body begins with `use strict`. */
export function hasUseStrict(body: ts.SourceFile | ts.Block): boolean {
  for (const statement of body.statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression)) return false;
    if (statement.expression.text === 'use strict') return true;
  }
  return false;
}
