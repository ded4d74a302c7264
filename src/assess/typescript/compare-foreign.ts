/** Types that are put together from a package's, which is not in the module, and from the module's own. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import type { Role } from './roles.js';
import { foreignName, isErrorType, isUnresolved, resolved } from './symbols.js';
import type { Place } from './type-places.js';

/** What a class or interface extends that is not in the module, as it is written. */
export function foreignBases(c: Comparison, declarations: readonly ts.Node[]): ts.ExpressionWithTypeArguments[] {
  return declarations
    .filter((node) => ts.isClassLike(node) || ts.isInterfaceDeclaration(node))
    .flatMap((node) => node.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => [...types])
    .filter((node) => isErrorType(c.checker.getTypeAtLocation(node)));
}

/** How the parts of a type are put together; `null` where there is only one. */
type Shape = 'union' | 'intersection' | null;

/** The module's own parts of a type, and the parts that come from elsewhere. */
interface Parts {
  readonly shape: Shape;
  readonly own: ts.Type[];
  readonly foreign: ts.Node[];
}

function withoutParentheses(node: ts.TypeNode): ts.TypeNode {
  return ts.isParenthesizedTypeNode(node) ? withoutParentheses(node.type) : node;
}

function partsOf(c: Comparison, node: ts.Node): Parts | null {
  if (ts.isInterfaceDeclaration(node)) {
    const foreign = foreignBases(c, [node]);
    return { shape: 'intersection', own: [c.checker.getTypeAtLocation(node)], foreign };
  }
  const written = ts.isTypeAliasDeclaration(node) ? node.type : node;
  if (!ts.isTypeNode(written)) return null;
  const whole = withoutParentheses(written);
  const [shape, nodes]: [Shape, readonly ts.TypeNode[]] = ts.isUnionTypeNode(whole)
    ? ['union', whole.types]
    : ts.isIntersectionTypeNode(whole)
      ? ['intersection', whole.types]
      : [null, [whole]];
  const parts: Parts = { shape, own: [], foreign: [] };
  for (const part of nodes) {
    const computed = c.checker.getTypeFromTypeNode(part);
    if (isErrorType(computed)) parts.foreign.push(part);
    else parts.own.push(computed);
  }
  return shape === 'union' ? { ...parts, own: [unionOf(c, parts.own)] } : parts;
}

/** The checker makes unions, and does not say so in its types. */
function unionOf(c: Comparison, types: readonly ts.Type[]): ts.Type {
  return (c.checker as unknown as { getUnionType(types: readonly ts.Type[]): ts.Type }).getUnionType(types);
}

/** The parts as they are where the other type is a union: what is alone is an alternative. */
function asUnion(c: Comparison, parts: Parts): Parts {
  return parts.shape === null ? { ...parts, shape: 'union', own: [unionOf(c, parts.own)] } : parts;
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
  const [before, after] = (place.nodes ?? []).map((node) => (node === undefined ? null : partsOf(c, node)));
  if (!before || !after || before.foreign.length === 0 || !areSame(c, before.foreign, after.foreign)) return false;
  const isUnion = before.shape === 'union' || after.shape === 'union';
  const [from, to] = isUnion ? [asUnion(c, before), asUnion(c, after)] : [before, after];
  if (from.own.length !== to.own.length || (isUnion && from.shape !== to.shape)) return false;
  from.own.forEach((a, index) => {
    const b = to.own[index] as ts.Type;
    for (const type of [a, b]) c.basesCompared.add(type);
    c.compareTypes(a, b, role, { path: place.path, kind: place.kind });
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

/** How what two references hold is written, where they are written as references to these declarations. */
export function heldNodes(
  c: Comparison,
  nodes: Place['nodes'],
  symbols: readonly ts.Symbol[],
  index: number,
): Place['nodes'] {
  return nodes?.map((node, side) => {
    if (node === undefined) return undefined;
    if (ts.isArrayTypeNode(node)) return symbols[side]?.name === 'Array' ? node.elementType : undefined;
    if (!ts.isTypeReferenceNode(node)) return undefined;
    const named = c.checker.getSymbolAtLocation(node.typeName);
    const isReference = named !== undefined && resolved(c.checker, named) === symbols[side];
    return isReference ? node.typeArguments?.[index] : undefined;
  });
}

/** How the alternatives of a type are written: the first node of each. */
function nodesByType(c: Comparison, node: ts.Node | undefined): ReadonlyMap<ts.Type, ts.Node> {
  const written = new Map<ts.Type, ts.Node>();
  if (node === undefined || !ts.isTypeNode(node)) return written;
  for (const part of ts.isUnionTypeNode(node) ? node.types : [node]) {
    const type = c.checker.getTypeFromTypeNode(part);
    if (!written.has(type)) written.set(type, part);
  }
  return written;
}

/** How an alternative of each of two types is written: looked up, because unions have thousands of them. */
export function alternativeNodes(
  c: Comparison,
  nodes: Place['nodes'],
): (types: readonly [ts.Type, ts.Type]) => Place['nodes'] {
  if (nodes === undefined) return () => undefined;
  const [before, after] = nodes.map((node) => nodesByType(c, node));
  return ([a, b]) => [before?.get(a), after?.get(b)];
}
