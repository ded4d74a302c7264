/** What a type is written as where it has a name of its own. */

import ts from '../compiler.cjs';
import { resolved } from './symbols.js';

/** A chain of names is no longer than this; one that leads in a circle is an error of the compiler's. */
const MAX_NAMES = 20;

function aliasOf(checker: ts.TypeChecker, name: ts.EntityName): ts.TypeAliasDeclaration | undefined {
  const symbol = checker.getSymbolAtLocation(name);
  return symbol === undefined ? undefined : resolved(checker, symbol).declarations?.find(ts.isTypeAliasDeclaration);
}

/** The same type as its aliases write it, for as long as they take no type arguments: `type More = any[]` for `More`. */
export function aliasedType(checker: ts.TypeChecker, node: ts.TypeNode): ts.TypeNode {
  let written = node;
  for (let names = 0; names < MAX_NAMES; names += 1) {
    if (ts.isParenthesizedTypeNode(written)) written = written.type;
    else if (ts.isTypeReferenceNode(written) && written.typeArguments === undefined) {
      const alias = aliasOf(checker, written.typeName);
      if (alias === undefined || alias.typeParameters !== undefined) return written;
      written = alias.type;
    } else return written;
  }
  return written;
}
