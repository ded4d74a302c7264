/** References to what is in a package that is not there, however they are spelled. */

import ts from '../compiler.cjs';
import { foreignName, isUnresolved, resolved } from './symbols.js';

interface ForeignReference {
  /** The package and what is named in it: `dep:Socket.Options`. */
  readonly name: string;
  readonly args: readonly ts.TypeNode[];
}

/** `a.b.c` as its names, the first apart; null for anything else. */
function dotted(node: ts.Node): { readonly first: ts.Identifier; readonly rest: readonly string[] } | null {
  if (ts.isIdentifier(node)) return { first: node, rest: [] };
  const [left, right] = ts.isQualifiedName(node)
    ? [node.left, node.right]
    : ts.isPropertyAccessExpression(node)
      ? [node.expression, node.name]
      : [undefined, undefined];
  const inner = left === undefined ? null : dotted(left);
  return inner === null || right === undefined ? null : { first: inner.first, rest: [...inner.rest, right.text] };
}

/** What a name or a type stands for in a package that is not there; null where it is something else. */
export function foreignReference(checker: ts.TypeChecker, node: ts.Node): ForeignReference | null {
  if (ts.isTypeReferenceNode(node)) return filledIn(foreignReference(checker, node.typeName), node.typeArguments);
  if (ts.isExpressionWithTypeArguments(node)) {
    return filledIn(foreignReference(checker, node.expression), node.typeArguments);
  }
  if (ts.isImportTypeNode(node)) return ofImportType(checker, node);
  const names = dotted(node);
  const symbol = names === null ? undefined : checker.getSymbolAtLocation(names.first);
  if (names === null || symbol === undefined || !isUnresolved(resolved(checker, symbol))) return null;
  const named = foreignName(checker, symbol);
  if (named === null || /^[./#]/.test(named.specifier)) return null;
  const path = named.name === '*' ? names.rest : [named.name, ...names.rest];
  return { name: `${named.specifier}:${path.join('.')}`, args: [] };
}

function filledIn(
  reference: ForeignReference | null,
  args: readonly ts.TypeNode[] | undefined,
): ForeignReference | null {
  return reference === null ? null : { ...reference, args: args ?? [] };
}

function ofImportType(checker: ts.TypeChecker, node: ts.ImportTypeNode): ForeignReference | null {
  const { argument, qualifier } = node;
  if (node.isTypeOf || qualifier === undefined) return null;
  if (!ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return null;
  const symbol = checker.getSymbolAtLocation(qualifier);
  if (/^[./#]/.test(argument.literal.text) || (symbol !== undefined && !isUnresolved(symbol))) return null;
  const names = dotted(qualifier);
  if (names === null) return null;
  const path = [names.first.text, ...names.rest].join('.');
  return { name: `${argument.literal.text}:${path}`, args: node.typeArguments ?? [] };
}
