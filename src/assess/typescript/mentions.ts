/** How often syntax names each symbol. */

import ts from '../compiler.cjs';

export function mentionsIn(
  checker: ts.TypeChecker,
  nodes: readonly (ts.Node | undefined)[],
): ReadonlyMap<ts.Symbol, number> {
  const mentions = new Map<ts.Symbol, number>();
  const visit = (node: ts.Node): void => {
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    if (symbol !== undefined) mentions.set(symbol, (mentions.get(symbol) ?? 0) + 1);
    ts.forEachChild(node, visit);
  };
  for (const node of nodes) if (node !== undefined) visit(node);
  return mentions;
}
