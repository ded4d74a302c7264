/** Arguments that have to go together now: a new type parameter stands where each of them could be anything. */

import ts from '../compiler.cjs';
import { aliasedType } from './aliased-type.js';
import type { Comparison } from './comparison.js';
import { isReceived, type Role } from './roles.js';
import type { Place } from './type-places.js';

const ANYTHING: ReadonlySet<ts.SyntaxKind> = new Set([ts.SyntaxKind.AnyKeyword, ts.SyntaxKind.UnknownKeyword]);

/** Lists in lists that are looked into: `type Nested = Nested[]` has no end. */
const MAX_LISTS = 4;

/** True where anything was taken, however many of it: `any`, `unknown[]`, `readonly any[]`. */
function isAnything(checker: ts.TypeChecker, node: ts.Node, lists = 0): boolean {
  const written = ts.isTypeNode(node) ? aliasedType(checker, node) : node;
  if (ts.isArrayTypeNode(written)) return lists < MAX_LISTS && isAnything(checker, written.elementType, lists + 1);
  if (ts.isTypeOperatorNode(written)) return isAnything(checker, written.type, lists);
  return ANYTHING.has(written.kind);
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    if (!ts.isIdentifier(child)) children.push(child);
  });
  return children;
}

/**
 * Calls back with each name of a type in `to` that stands where `from` takes anything; both are written alike around it.
 *
 * @param within the types in `from` around this one: a type that names itself is looked into once
 */
function visitNames(
  checker: ts.TypeChecker,
  from: ts.Node,
  to: ts.Node,
  named: (name: ts.EntityName) => void,
  within: readonly ts.Node[] = [],
): void {
  if (ts.isTypeReferenceNode(to) && to.typeArguments === undefined && isAnything(checker, from)) {
    named(to.typeName);
    return;
  }
  const [one, other] = [from, to].map((node) => (ts.isTypeNode(node) ? aliasedType(checker, node) : node));
  if (one === undefined || other === undefined || one.kind !== other.kind || within.includes(one)) return;
  const [as, bs] = [childrenOf(one), childrenOf(other)];
  if (as.length !== bs.length) return;
  for (const [index, child] of as.entries()) visitNames(checker, child, bs[index] as ts.Node, named, [...within, one]);
}

function writtenParameters({ declaration }: ts.Signature): ts.ParameterDeclaration[] {
  return (declaration?.parameters ?? []).filter((node) => ts.isParameter(node));
}

/** Tells of arguments that callers could choose each by itself, and that have to agree on a type now. */
export function compareTies(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role, place: Place): void {
  const added = (b.typeParameters ?? []).slice(a.typeParameters?.length ?? 0);
  if (added.length === 0 || !isReceived(role)) return;
  const [as, bs] = [writtenParameters(a), writtenParameters(b)];
  if (as.length !== bs.length) return;
  const places = new Map<ts.Symbol, number>();
  for (const [index, node] of as.entries()) {
    visitNames(c.checker, node, bs[index] as ts.Node, (name) => {
      const symbol = c.checker.getSymbolAtLocation(name);
      if (symbol !== undefined) places.set(symbol, (places.get(symbol) ?? 0) + 1);
    });
  }
  for (const { symbol } of added) {
    if ((places.get(symbol) ?? 0) < 2) continue;
    const path = `${place.path.replace(/\(\)$/, '')}<${symbol.name}>`;
    const message = 'what is passed has to agree on it now, and could be anything';
    c.breaking('param-narrowed', path, message, null, symbol.name);
  }
}
