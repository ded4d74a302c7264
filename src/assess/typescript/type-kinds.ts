/** What a type is, beside what it holds: named, nominal, generic, deferred; and what it is without some of it. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isOptional, visibilityOf } from './symbols.js';

const DEFERRED =
  ts.TypeFlags.Conditional | ts.TypeFlags.IndexedAccess | ts.TypeFlags.Index | ts.TypeFlags.StringMapping;

function isMapped(type: ts.Type): boolean {
  return (
    (type.flags & ts.TypeFlags.Object) !== 0 && ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) !== 0
  );
}

/** The declaration that a type is known by, if it has a name. */
export function nameOf(type: ts.Type): ts.Symbol | undefined {
  if (type.aliasSymbol !== undefined) return type.aliasSymbol;
  const { symbol } = type;
  const named = ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.Enum | ts.SymbolFlags.EnumMember;
  return symbol !== undefined && symbol.flags & named ? symbol : undefined;
}

/** The alternatives of a union; any other type is its own. */
export function partsOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

/** `undefined`, `null` and `void`. */
export const NOTHING = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void;

/** True for the type `this` of a class or an interface. */
export function isThis(type: ts.Type): boolean {
  return (type as { isThisType?: boolean }).isThisType === true;
}

/** True where a type has members that no other type can have. */
export function isNominal(c: Comparison, type: ts.Type): boolean {
  return c.checker.getPropertiesOfType(type).some((symbol) => visibilityOf(symbol) !== 'public');
}

/** A result of the type `this`: the checker fills it in with the class at hand, and only the syntax still says so. */
export function returnsThis({ declaration }: ts.Signature): boolean {
  return declaration?.type?.kind === ts.SyntaxKind.ThisType;
}

/** True where two types are written the same, and their names stand for the same without their surroundings. */
export function isWrittenAlike(c: Comparison, from: ts.Node | undefined, to: ts.Node | undefined): boolean {
  if (from === undefined || to === undefined) return false;
  const { equal, outer } = c.identity.equalNodes(from, to);
  return equal && !outer;
}

/** A union without `undefined`; `null` stays. */
export function withoutUndefined(c: Comparison, type: ts.Type): ts.Type {
  if (!type.isUnion()) return type;
  const [only, ...more] = type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
  // Of a type parameter the checker would make `NonNullable<T>`.
  if (only !== undefined && more.length === 0) return only;
  if (!type.types.some((part) => part.flags & ts.TypeFlags.Null)) return c.checker.getNonNullableType(type);
  return type;
}

/** True where a type hangs on type parameters, so that the checker's word on it says little. */
export function isGeneric(c: Comparison, type: ts.Type, depth = 0): boolean {
  if (depth > 4) return false;
  if (type.flags & ts.TypeFlags.TemplateLiteral) {
    return (type as ts.TemplateLiteralType).types.some((part) => isGeneric(c, part, depth + 1));
  }
  if (type.flags & ts.TypeFlags.StringMapping) return isGeneric(c, (type as ts.StringMappingType).type, depth + 1);
  if (type.flags & ts.TypeFlags.Instantiable) return true;
  if (type.isUnionOrIntersection()) return type.types.some((part) => isGeneric(c, part, depth + 1));
  if (type.aliasTypeArguments?.some((part) => isGeneric(c, part, depth + 1))) return true;
  if (type.flags & ts.TypeFlags.Object && (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) {
    return c.checker.getTypeArguments(type as ts.TypeReference).some((part) => isGeneric(c, part, depth + 1));
  }
  return isGenericMapped(c, type);
}

/** A mapped type whose keys are not known. Where they are, its members are as well, and it is an object like any other. */
function isGenericMapped(c: Comparison, type: ts.Type): boolean {
  if (!isMapped(type)) return false;
  // The checker finds the constraint on its way to the members.
  c.checker.getPropertiesOfType(type);
  const { constraintType } = type as { constraintType?: ts.Type };
  return constraintType === undefined || isGeneric(c, constraintType);
}

/** True for a type that the checker computes only once its type parameters stand for something. */
export function isDeferred(c: Comparison, type: ts.Type): boolean {
  if (type.flags & ts.TypeFlags.TemplateLiteral) return isGeneric(c, type);
  return (type.flags & DEFERRED) !== 0 || isGenericMapped(c, type);
}

/** True where the type can neither be called nor constructed, and takes no other keys than its members'. */
function hasMembersOnly(c: Comparison, type: ts.Type): boolean {
  const kinds = [ts.SignatureKind.Call, ts.SignatureKind.Construct];
  return (
    kinds.every((kind) => c.checker.getSignaturesOfType(type, kind).length === 0) &&
    c.checker.getIndexInfosOfType(type).length === 0
  );
}

/** True for an object of which every member may be missing; one that has none is such an object. */
export function mayBeEmpty(c: Comparison, type: ts.Type): boolean {
  const isObject = (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
  return isObject && c.checker.getPropertiesOfType(type).every(isOptional) && hasMembersOnly(c, type);
}

/** What a type parameter may stand for, where it is optional as well (`T & {}`); any other type is what it is. */
export function boundOf(c: Comparison, type: ts.Type): ts.Type {
  if (type.isIntersection()) return c.checker.getBaseConstraintOfType(type) ?? type;
  if (!(type.flags & ts.TypeFlags.TypeParameter)) return type;
  return c.checker.getBaseConstraintOfType(type) ?? c.checker.getUnknownType();
}
