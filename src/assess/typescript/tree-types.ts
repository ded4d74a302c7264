/** Types that contain themselves, as schemas and syntax trees do: who builds one also walks it. */

import ts from '../compiler.cjs';
import { isOfLibrary, resolved } from './symbols.js';

/** True where values of the type hold further values of it; what only a function of theirs takes or gives does not count. */
export function isTree(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  const seen = new Set<ts.Symbol>();
  const queue = [symbol];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const held of heldBy(checker, at)) {
      if (held === symbol) return true;
      if (seen.has(held) || isOfLibrary(held)) continue;
      seen.add(held);
      queue.push(held);
    }
  }
  return false;
}

/** The declarations that the values of an interface or an alias are made of. */
function heldBy(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol[] {
  const held: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && !ts.isIndexSignatureDeclaration(node)) return;
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
    const named = name === undefined ? undefined : checker.getSymbolAtLocation(name);
    if (named !== undefined) held.push(resolved(checker, named));
    ts.forEachChild(node, visit);
  };
  for (const node of symbol.declarations ?? []) {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) ts.forEachChild(node, visit);
  }
  return held;
}
