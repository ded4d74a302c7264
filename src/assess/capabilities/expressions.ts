/** What each kind of expression may stand for. */

import ts from '../compiler.cjs';
import { assignmentValue, isAssignment } from './assignments.js';
import { callValue, taggedTemplateValue } from './call-effects.js';
import { give } from './call-thing.js';
import { constantValue } from './constant-values.js';
import { arrayValue, objectValue } from './literals.js';
import { memberValue } from './members.js';
import { readName } from './names.js';
import { binaryValue, unaryValue } from './operators.js';
import { putOutOfSight } from './out-of-sight.js';
import { isCallable, isConstantKind } from './syntax.js';
import { newTarget, superValue, thisValue } from './this-value.js';
import { NodeUseSite } from './use-log.js';
import { NUMBER, stringValue, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** What an expression may stand for. */
export function evaluate(walk: Walk, node: ts.Expression): Value {
  if (ts.isIdentifier(node)) return readName(walk, node);
  if (ts.isStringLiteralLike(node)) return stringValue(node.text);
  if (ts.isNumericLiteral(node)) return NUMBER;
  if (isCallable(node)) return walk.callable(node, null);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return memberValue(walk, node);
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return callValue(walk, node);
  if (ts.isBinaryExpression(node)) return isAssignment(node) ? assignmentValue(walk, node) : binaryValue(walk, node);
  if (ts.isConditionalExpression(node)) {
    walk.value(node.condition);
    return union(walk.value(node.whenTrue), walk.value(node.whenFalse));
  }
  if (ts.isObjectLiteralExpression(node)) return objectValue(walk, node);
  if (ts.isArrayLiteralExpression(node)) return arrayValue(walk, node);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return thisValue(walk, node);
  if (node.kind === ts.SyntaxKind.SuperKeyword) return superValue(walk, node);
  if (ts.isMetaProperty(node)) return newTarget(walk, node);
  return wrappedValue(walk, node);
}

/** Expressions that have one other inside. */
function wrappedValue(walk: Walk, node: ts.Expression): Value {
  if (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isAwaitExpression(node)
  )
    return walk.value(node.expression);
  const operated = unaryValue(walk, node);
  if (operated !== null) return operated;
  if (ts.isTemplateExpression(node)) {
    for (const { expression } of node.templateSpans) walk.value(expression);
    return constantValue(walk, node) ?? UNKNOWN;
  }
  if (ts.isTaggedTemplateExpression(node)) return taggedTemplateValue(walk, node);
  if (ts.isYieldExpression(node)) {
    if (node.expression !== undefined) give(walk.analysis, [walk.value(node.expression)], new NodeUseSite(node));
    return UNKNOWN;
  }
  if (isConstantKind(node)) return UNKNOWN;
  // Whatever else there is: what is inside goes where it cannot be followed.
  ts.forEachChild(node, (child) => {
    if (ts.isExpression(child)) putOutOfSight(walk, walk.value(child), child);
    else walk.statement(child);
  });
  return UNKNOWN;
}
