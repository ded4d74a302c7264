/** Members that are read. */

import ts from '../compiler.cjs';
import { constantValue } from './constant-values.js';
import { fold, shortText } from './constants.js';
import { isSymbol, withoutParentheses } from './syntax.js';
import { NodeUseSite } from './use-log.js';
import { ANY_NUMBER, isNumber, onlyStrings, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** `a.b` and `a[b]` */
export function memberValue(walk: Walk, node: ts.PropertyAccessExpression | ts.ElementAccessExpression): Value {
  const self = walk.value(node.expression);
  if (ts.isPropertyAccessExpression(node)) {
    if (ts.isMetaProperty(node.expression) && node.expression.keywordToken === ts.SyntaxKind.ImportKeyword)
      return constantValue(walk, node) ?? UNKNOWN;
    return walk.analysis.members.of(self, [node.name.text], new NodeUseSite(node));
  }
  const constant = constantValue(walk, node);
  const key = walk.value(node.argumentExpression);
  if (constant !== null) return constant;
  return keyedMember(walk, self, key, node);
}

function keyedMember(walk: Walk, self: Value, key: Value, node: ts.ElementAccessExpression): Value {
  const argument = withoutParentheses(node.argumentExpression);
  if (isSymbolKey(walk, argument)) return symbolMember(walk, self, argument, node);
  if (isNumber(key)) return numberedMember(walk, self, node);
  return walk.analysis.members.of(self, onlyStrings(key), new NodeUseSite(node));
}

/** Under `Symbol.for(…)` the hosts keep what they share with themselves on the global object; all else under a symbol is the module's own. */
function symbolMember(walk: Walk, self: Value, key: ts.Expression, node: ts.ElementAccessExpression): Value {
  const hosts = new Set([...self].filter((thing) => thing === 'global' || thing === 'maybe-global'));
  if (hosts.size === 0 || !ts.isCallExpression(key) || !/\.for$/.test(shortText(key.expression))) return UNKNOWN;
  const names = key.arguments[0] === undefined ? null : onlyStrings(walk.value(key.arguments[0]));
  return walk.analysis.members.of(hosts, names?.map((name) => `@@${name}`) ?? null, new NodeUseSite(node));
}

/** True for `Symbol.iterator` and its like where `Symbol` is the global. */
export function isSymbolKey({ scopes, analysis }: Walk, node: ts.Expression): boolean {
  return isSymbol(node) && scopes.resolve(node, 'Symbol') === null && analysis.cells.get('p:Symbol').size === 0;
}

/** An element by its number, which is the name of nothing that gives anything. */
function numberedMember(walk: Walk, self: Value, node: ts.ElementAccessExpression): Value {
  const at = fold(node.argumentExpression, walk.lookup);
  const own = new Set([...self].filter((thing) => thing.startsWith('obj:')));
  const modules = new Set([...self].filter((thing) => thing === 'foreign-module'));
  const { cells } = walk.analysis;
  const kept = union(UNKNOWN, modules, cells.get(`p:${ANY_NUMBER}`));
  if (typeof at === 'number') return union(kept, walk.analysis.members.of(own, [String(at)], new NodeUseSite(node)));
  return union(kept, ...[...own].map((thing) => cells.get(`in:${thing}`)));
}
