/** Operators with one operand or two, but for assignments. */

import ts from '../compiler.cjs';
import { assignTo } from './assign-to.js';
import { constantValue } from './constant-values.js';
import { putOutOfSight } from './out-of-sight.js';
import { powersOf } from './powerful-things.js';
import { withoutParentheses } from './syntax.js';
import { holderOf, isNumber, NOTHING, NUMBER, onlyStrings, stringValue, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

const { SyntaxKind } = ts;

/** More strings than this are made by nobody who names something. */
const MAX_SUMS = 32;

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.EqualsEqualsToken,
  SyntaxKind.EqualsEqualsEqualsToken,
  SyntaxKind.ExclamationEqualsToken,
  SyntaxKind.ExclamationEqualsEqualsToken,
  SyntaxKind.InstanceOfKeyword,
  SyntaxKind.InKeyword,
  SyntaxKind.LessThanToken,
  SyntaxKind.GreaterThanToken,
  SyntaxKind.LessThanEqualsToken,
  SyntaxKind.GreaterThanEqualsToken,
]);

const EITHER: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.BarBarToken,
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.QuestionQuestionToken,
]);

/** What an operator gives that stands between two expressions. */
export function binaryValue(walk: Walk, node: ts.BinaryExpression): Value {
  const { kind } = node.operatorToken;
  if (EITHER.has(kind)) return union(walk.value(node.left), walk.value(node.right));
  if (kind === SyntaxKind.InstanceOfKeyword) askInstance(walk, node);
  const left = operandValue(walk, node.left, kind);
  const right = operandValue(walk, node.right, kind);
  if (kind === SyntaxKind.CommaToken) return right;
  if (COMPARISONS.has(kind)) return UNKNOWN;
  if (kind !== SyntaxKind.PlusToken) return NUMBER;
  if (isNumber(left) && isNumber(right)) return NUMBER;
  return sumValue(walk, node, left, right);
}

/** A class or an object of the module may have a function of its own that is asked, by `Symbol.hasInstance`. */
function askInstance(walk: Walk, { left, right }: ts.BinaryExpression): void {
  if (![...walk.value(right)].some((thing) => holderOf(thing) !== null)) return;
  putOutOfSight(walk, new Set([...walk.value(left)].filter((thing) => powersOf(thing) !== null)), left);
}

/** A name that is only compared is not used. */
function operandValue(walk: Walk, node: ts.Expression, kind: ts.SyntaxKind): Value {
  return COMPARISONS.has(kind) && ts.isIdentifier(node) ? UNKNOWN : walk.value(node);
}

/** `left + right`: every string that it may be. */
export function sumValue(walk: Walk, node: ts.BinaryExpression, left: Value, right: Value): Value {
  const [before, after] = [onlyStrings(left), onlyStrings(right)];
  if (before === null || after === null) return constantValue(walk, node) ?? UNKNOWN;
  if (before.length * after.length > MAX_SUMS) return UNKNOWN;
  return union(...before.flatMap((a) => after.map((b) => stringValue(a + b))));
}

/** What an operator with one operand gives; null for every other expression. */
export function unaryValue(walk: Walk, node: ts.Expression): Value | null {
  if (ts.isTypeOfExpression(node)) {
    // Whether a name is there is asked before it is used.
    const asked = withoutParentheses(node.expression);
    if (ts.isPropertyAccessExpression(asked)) walk.value(asked.expression);
    else if (!ts.isIdentifier(asked)) walk.value(asked);
    return UNKNOWN;
  }
  if (ts.isDeleteExpression(node)) {
    const target = withoutParentheses(node.expression);
    if (ts.isElementAccessExpression(target)) {
      walk.value(target.expression);
      walk.value(target.argumentExpression);
    } else if (ts.isPropertyAccessExpression(target)) walk.value(target.expression);
    return UNKNOWN;
  }
  if (ts.isVoidExpression(node)) {
    walk.value(node.expression);
    return NOTHING;
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    walk.value(node.operand);
    const counts = [SyntaxKind.PlusPlusToken, SyntaxKind.MinusMinusToken].includes(node.operator);
    if (counts) assignTo(walk, node.operand, NUMBER);
    return node.operator === SyntaxKind.ExclamationToken ? UNKNOWN : NUMBER;
  }
  return null;
}
