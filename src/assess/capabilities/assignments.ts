/** `left = right` and its like: what is assigned, and what the expression gives. */

import ts from '../compiler.cjs';
import { assignTo } from './assign-to.js';
import { namedValue } from './bindings.js';
import { exportAll } from './exports.js';
import { storeName } from './names.js';
import { sumValue } from './operators.js';
import { putOutOfSight } from './out-of-sight.js';
import { withoutParentheses } from './syntax.js';
import { NodeUseSite } from './use-log.js';
import { isNumber, NUMBER, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

const { SyntaxKind } = ts;

/** True where an operator assigns. */
export function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
}

/** What an assignment gives, once it is done. */
export function assignmentValue(walk: Walk, node: ts.BinaryExpression): Value {
  const { left, right } = node;
  const { kind } = node.operatorToken;
  if (kind === SyntaxKind.EqualsToken) {
    const copied = copyMember(walk, left, right);
    if (copied !== null) return copied;
    const value = ts.isIdentifier(left) ? namedValue(walk, right, left) : walk.value(right);
    assignTo(walk, left, value);
    return value;
  }
  const value = walk.value(right);
  const before = walk.value(left);
  if (kind === SyntaxKind.PlusEqualsToken) {
    const sum = isNumber(value) && isNumber(before) ? NUMBER : sumValue(walk, node, before, value);
    assignTo(walk, left, before.size === 0 ? UNKNOWN : sum);
    return sum;
  }
  const isLogical = kind >= SyntaxKind.BarBarEqualsToken && kind <= SyntaxKind.QuestionQuestionEqualsToken;
  assignTo(walk, left, isLogical ? value : NUMBER);
  return isLogical ? union(value, before) : NUMBER;
}

/** `to[key] = from[key]` makes of one what the other is; null for every other assignment. */
function copyMember(walk: Walk, left: ts.Expression, right: ts.Expression): Value | null {
  const from = withoutParentheses(right);
  if (!ts.isElementAccessExpression(left) || !ts.isElementAccessExpression(from)) return null;
  const [key, same] = [left.argumentExpression, from.argumentExpression];
  if (!ts.isIdentifier(key) || !ts.isIdentifier(same) || key.text !== same.text) return null;
  const value = walk.value(from.expression);
  const target = walk.value(left.expression);
  walk.analysis.kept.putUnnamed(target, union(UNKNOWN, value), new NodeUseSite(left));
  if (target.has(`file:${walk.path}`)) exportAll(walk, value, left);
  else if (ts.isIdentifier(left.expression)) storeName(walk, left.expression, value);
  else putOutOfSight(walk, value, left);
  walk.value(key);
  return UNKNOWN;
}
