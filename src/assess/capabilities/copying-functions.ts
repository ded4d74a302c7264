/** Which functions of compilers' output only copy members: `__importStar`, `_interopRequireWildcard` and their like. */

import ts from '../compiler.cjs';
import { descendants } from '../names/syntax-walk.js';
import { declaredNames } from './scopes.js';

const NAMES =
  /^_{1,2}(?:importStar|importDefault|toESM|toCommonJS|reExport|exportStar|export_star|copyProps|createBinding|setModuleDefault|export|interop\w+|getRequireWildcardCache|interop_require_\w+|assign|extends|objectSpread\w*|rest)\d*(?:\$\d+)?$/;

const ASSIGNMENTS = [ts.SyntaxKind.FirstAssignment, ts.SyntaxKind.LastAssignment] as const;

/** The name at which a chain of members begins; null for any other expression. */
function rootOf(node: ts.Node): string | null {
  let at = node;
  while (
    ts.isPropertyAccessExpression(at) ||
    ts.isElementAccessExpression(at) ||
    ts.isCallExpression(at) ||
    ts.isParenthesizedExpression(at) ||
    ts.isNonNullExpression(at)
  )
    at = at.expression;
  if (at.kind === ts.SyntaxKind.ThisKeyword) return 'this';
  return ts.isIdentifier(at) ? at.text : null;
}

/** The names that are declared inside, with the value that each begins with. */
function localsOf(root: ts.Node): Map<string, ts.Expression | null> {
  const locals = new Map<string, ts.Expression | null>();
  for (const node of descendants(root)) {
    if (!ts.isVariableDeclaration(node) && !ts.isParameter(node)) continue;
    for (const { text } of declaredNames(node.name)) locals.set(text, node.initializer ?? null);
  }
  return locals;
}

/** Calls that hand nothing to anybody: of Object's functions, of other helpers, of a cache that a helper made. */
function isInertCall(
  node: ts.CallExpression | ts.NewExpression,
  locals: ReadonlyMap<string, ts.Expression | null>,
): boolean {
  const { expression: callee } = node;
  const root = rootOf(callee);
  if (root === null) return ts.isFunctionLike(callee) || ts.isParenthesizedExpression(callee);
  if (!locals.has(root)) return /^(?:Object|WeakMap|Reflect|_\w+|ownKeys|hasOwnProperty)$/.test(root);
  const from = locals.get(root) ?? null;
  const isCache = from !== null && (ts.isCallExpression(from) || ts.isNewExpression(from));
  return isCache && ts.isPropertyAccessExpression(callee) && /^(?:get|set|has)$/.test(callee.name.text);
}

/** True where a function has the name of a compiler's helper, and does nothing with what it gets but copy it. */
export function copiesMembers(node: ts.Node, name: string | null): boolean {
  if (name === null || !NAMES.test(name) || !ts.isFunctionLike(node)) return false;
  const locals = localsOf(node);
  for (const inner of descendants(node)) {
    if (ts.isTaggedTemplateExpression(inner) || ts.isYieldExpression(inner)) return false;
    if ((ts.isCallExpression(inner) || ts.isNewExpression(inner)) && !isInertCall(inner, locals)) return false;
    if (!ts.isBinaryExpression(inner)) continue;
    const { kind } = inner.operatorToken;
    const isAssignment = kind >= ASSIGNMENTS[0] && kind <= ASSIGNMENTS[1];
    const root = isAssignment ? rootOf(inner.left) : null;
    if (isAssignment && (root === null || !locals.has(root)) && root !== name) return false;
  }
  return true;
}
