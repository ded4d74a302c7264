/** What callers may make of a type: extend it by an interface or a class, implement it, hand it on as a record. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isDeferred } from './type-kinds.js';

/** True where an interface may extend it and a class implement it: its members are known (checker.ts, isValidBaseType). */
function isExtendable(c: Comparison, type: ts.Type): boolean {
  if (type.isIntersection()) return type.types.every((part) => isExtendable(c, part));
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const bound = c.checker.getBaseConstraintOfType(type);
    return bound !== undefined && isExtendable(c, bound);
  }
  const extendable = ts.TypeFlags.Object | ts.TypeFlags.NonPrimitive | ts.TypeFlags.Any;
  return (type.flags & extendable) !== 0 && !isDeferred(c, type);
}

/**
 * True for a type that is written out, and not declared as an interface or a class: it fits where any key is asked for,
 * if its members do (checker.ts, isObjectTypeWithInferableIndex).
 */
function isWrittenOut(c: Comparison, type: ts.Type): boolean {
  if (type.isIntersection()) return type.types.every((part) => isWrittenOut(c, part));
  const written = ts.SymbolFlags.TypeLiteral | ts.SymbolFlags.ObjectLiteral;
  if (!(type.flags & ts.TypeFlags.Object) || !(((type.symbol as ts.Symbol | undefined)?.flags ?? 0) & written))
    return false;
  const kinds = [ts.SignatureKind.Call, ts.SignatureKind.Construct];
  return kinds.every((kind) => c.checker.getSignaturesOfType(type, kind).length === 0);
}

/** True where a record took the earlier type, and does not take the later one. */
export function fitsNoRecord(c: Comparison, a: ts.Type, b: ts.Type): boolean {
  if (!isWrittenOut(c, a) || isWrittenOut(c, b)) return false;
  const declared = ts.SymbolFlags.Interface | ts.SymbolFlags.Class;
  const parts = b.isIntersection() ? b.types : [b];
  return (
    parts.some((part) => ((part.symbol as ts.Symbol | undefined)?.flags ?? 0) & declared) &&
    !c.checker.getIndexInfosOfType(b).some(({ keyType }) => keyType.flags & ts.TypeFlags.String)
  );
}

export const NO_RECORD = 'an interface now, was written out: it no longer fits where any key is asked for';

/** True for an interface or an alias: what a class can be made is told by its constructors. */
function isMerelyType({ flags }: ts.Symbol): boolean {
  return (flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) !== 0 && !(flags & ts.SymbolFlags.Class);
}

/** Compares what callers may make of an exported type by its name, whether they receive its values or not. */
export function compareExtension(c: Comparison, before: ts.Symbol, after: ts.Symbol, path: string): void {
  if (!isMerelyType(before) || !isMerelyType(after)) return;
  const [a, b] = [before, after].map((symbol) => c.checker.getDeclaredTypeOfSymbol(symbol));
  if (a === undefined || b === undefined) return;
  if (isExtendable(c, a) && !isExtendable(c, b)) {
    const message = `cannot be extended or implemented any more: it is ${c.show(b)} now`;
    c.breaking('type-changed', path, message, c.show(a), c.show(b));
  }
  if (fitsNoRecord(c, a, b)) c.breaking('type-changed', path, NO_RECORD, c.show(a), c.show(b));
}

/** Nobody but who adds members to an interface sees that it is a type of another kind now. */
export function noteMerging(c: Comparison, before: ts.Symbol, after: ts.Symbol, path: string): void {
  if (!(before.flags & ts.SymbolFlags.Interface) || !(after.flags & ts.SymbolFlags.TypeAlias)) return;
  c.notes.push(`${path} is no interface any more: declarations of callers that add to it do not compile`);
}

/** With how many type arguments a class may extend what is constructed so (checker.ts, resolveBaseTypesOfClass). */
function extendableWith(c: Comparison, type: ts.Type): Set<number> {
  const signatures = c.checker.getSignaturesOfType(type, ts.SignatureKind.Construct);
  const isClass = ((type.symbol as ts.Symbol | undefined)?.flags ?? 0) & ts.SymbolFlags.Class;
  const most = Math.max(-1, ...signatures.map(({ typeParameters = [] }) => typeParameters.length));
  const counts = new Set<number>();
  for (let count = 0; count <= most; count += 1) {
    const [first, ...others] = signatures.filter((signature) => takes(signature, count));
    if (first === undefined) continue;
    const common = others.every((other) => isSameResult(c, first, other));
    if (isClass || (common && isExtendable(c, first.getReturnType()))) counts.add(count);
  }
  return counts;
}

function takes({ typeParameters = [] }: ts.Signature, count: number): boolean {
  return typeParameters.length >= count && typeParameters.slice(count).every((type) => type.getDefault() !== undefined);
}

function isSameResult(c: Comparison, one: ts.Signature, other: ts.Signature): boolean {
  c.pairTypeParameters(one.typeParameters ?? [], other.typeParameters ?? []);
  return c.same(one.getReturnType(), other.getReturnType());
}

/** Whether a class may still extend what callers can construct. */
export function compareConstructed(c: Comparison, a: ts.Type, b: ts.Type, path: string): void {
  const after = extendableWith(c, b);
  if ([...extendableWith(c, a)].every((count) => after.has(count))) return;
  const message = 'no class can extend it any more: its constructors have no common result with known members';
  c.breaking('type-changed', path, message, null, null);
}
