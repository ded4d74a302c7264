/** Types that are put together from a package's, which is not in the module, and from the module's own. */

import ts from '../compiler.cjs';
import { compareTypes } from './compare-types.js';
import type { Comparison, Place } from './comparison.js';
import type { Role } from './roles.js';
import { foreignName, isErrorType, isUnresolved, resolved } from './symbols.js';

/** What a class or interface extends that is not in the module, as it is written. */
export function foreignBases(c: Comparison, declarations: readonly ts.Node[]): ts.ExpressionWithTypeArguments[] {
  return declarations
    .filter((node) => ts.isClassLike(node) || ts.isInterfaceDeclaration(node))
    .flatMap((node) => node.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => [...types])
    .filter((node) => isErrorType(c.checker.getTypeAtLocation(node)));
}

/** The module's own parts of a type, and the parts that come from elsewhere. */
interface Parts {
  readonly own: ts.Type[];
  readonly foreign: ts.Node[];
}

function partsOf(c: Comparison, node: ts.Node): Parts | null {
  if (ts.isInterfaceDeclaration(node)) {
    return { own: [c.checker.getTypeAtLocation(node)], foreign: foreignBases(c, [node]) };
  }
  const written = ts.isTypeAliasDeclaration(node) ? node.type : node;
  if (!ts.isTypeNode(written)) return null;
  const parts: Parts = { own: [], foreign: [] };
  const collect = (type: ts.TypeNode): void => {
    if (ts.isParenthesizedTypeNode(type)) collect(type.type);
    else if (ts.isIntersectionTypeNode(type)) type.types.forEach(collect);
    else {
      const computed = c.checker.getTypeFromTypeNode(type);
      if (isErrorType(computed)) parts.foreign.push(type);
      else parts.own.push(computed);
    }
  };
  collect(written);
  return parts;
}

/** True where each foreign part of the one is a part of the other. */
function areSame(c: Comparison, as: readonly ts.Node[], bs: readonly ts.Node[]): boolean {
  const left = new Set(bs);
  return (
    as.length === bs.length &&
    as.every((a) => {
      const found = [...left].find((b) => c.identity.equalNodes(a, b).equal);
      return found !== undefined && left.delete(found);
    })
  );
}

/** Compares the module's own parts of two types, where the foreign ones are what they were. True where that is all. */
export function compareForeignParts(c: Comparison, role: Role, place: Place): boolean {
  const [from, to] = (place.nodes ?? []).map((node) => (node === undefined ? null : partsOf(c, node)));
  if (!from || !to || from.foreign.length === 0 || !areSame(c, from.foreign, to.foreign)) return false;
  if (from.own.length !== to.own.length) return false;
  from.own.forEach((a, index) => {
    const b = to.own[index] as ts.Type;
    for (const type of [a, b]) c.basesCompared.add(type);
    compareTypes(c, a, b, role, { path: place.path, kind: place.kind });
  });
  return true;
}

const MAX_NAMED = 3;

/** The packages that the nodes name, in words: `comes from a and b`. */
export function originOf(c: Comparison, nodes: readonly (ts.Node | undefined)[]): string | null {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      if (!/^[./#]/.test(node.argument.literal.text)) names.add(node.argument.literal.text);
    } else if (ts.isIdentifier(node)) {
      const symbol = c.checker.getSymbolAtLocation(node);
      const named =
        symbol !== undefined && isUnresolved(resolved(c.checker, symbol)) ? foreignName(c.checker, symbol) : null;
      if (named !== null) names.add(named.specifier);
    }
    ts.forEachChild(node, visit);
  };
  for (const node of nodes) if (node !== undefined) visit(node);
  const listed = [...names].sort();
  if (listed.length === 0) return null;
  return listed.length <= MAX_NAMED ? listed.join(', ') : `${listed.slice(0, MAX_NAMED).join(', ')} and others`;
}
