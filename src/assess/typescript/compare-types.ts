/** Two types in a role: what changed for callers, and where. The road that every comparison takes. */

import ts from '../compiler.cjs';
import { compareContextual } from './compare-contextual.js';
import { compareDeferred, compareIntersections, compareNoInfer } from './compare-deferred.js';
import { compareEnums } from './compare-enums.js';
import { compareForeignParts, originOf } from './compare-foreign.js';
import { compareLeaves, compareWhole } from './compare-leaves.js';
import { compareNominal } from './compare-nominal.js';
import { compareObjects } from './compare-objects.js';
import { compareReferences } from './compare-references.js';
import { compareUnions } from './compare-unions.js';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, RECEIVED, type Role } from './roles.js';
import { isErrorType } from './symbols.js';
import { isDeferred, isGeneric, isNominal, isThis, isWrittenAlike, nameOf } from './type-kinds.js';
import { withDefaults } from './type-parameter-defaults.js';
import { bare, changedType, type Place } from './type-places.js';

function isAny(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Any) !== 0;
}

/** `boolean` is a union to the checker, and one type to everybody else. */
function isUnion(type: ts.Type): type is ts.UnionType {
  return type.isUnion() && (type.flags & (ts.TypeFlags.Boolean | ts.TypeFlags.EnumLiteral)) === 0;
}

function isStructured(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection | ts.TypeFlags.NonPrimitive)) !== 0;
}

function compareAny(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  if (!isAny(a) && !isAny(b)) return false;
  if (isErrorType(a) || isErrorType(b)) {
    // The checker makes one type of a name that it cannot resolve, in whichever version.
    if (a === b && c.foreign.isOneThing(a)) return true;
    if (isWrittenAlike(c, place.nodes?.[0], place.nodes?.[1]) || compareForeignParts(c, role, place)) return true;
    const origin = originOf(c, place.nodes ?? []);
    const message =
      origin === null
        ? 'has a type that cannot be computed: it comes from elsewhere, or TypeScript gives up on it'
        : `has a type from ${origin}, which is not in the module`;
    c.unknown('unresolved-import', place.path, message, c.show(a), c.show(b));
  } else if (isAny(a) && isAny(b)) {
    return true;
  } else if (isAny(b)) {
    c.unknown('any-introduced', place.path, `is any now, was ${c.show(a)}`, c.show(a), 'any');
  } else if (b.flags & ts.TypeFlags.Unknown && place.kind === 'param') {
    c.minor('param-widened', place.path, 'is unknown now, was any', 'any', 'unknown');
  } else {
    c.breaking('any-removed', place.path, `was any, accepts and is only ${c.show(b)} now`, 'any', c.show(b));
  }
  return true;
}

function compareTypeParameters(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  const [isA, isB] = [a, b].map((type) => (type.flags & ts.TypeFlags.TypeParameter) !== 0);
  if (!isA && !isB) return false;
  if (isA && isB) {
    if (isThis(a) && isThis(b)) return true;
    if (isLocal(a) && isLocal(b) && a.symbol.name === b.symbol.name) return true;
    if (!isSupplied(role) && isBoundBy(c, b, a)) {
      const [before, after] = [c.show(a), c.show(b)];
      c.minor('type-narrowed', place.path, `is ${after} now, which is ${before} or less`, before, after);
      return true;
    }
    c.breaking('type-changed', place.path, changedType(c.show(a), c.show(b)), c.show(a), c.show(b));
    return true;
  }
  // On one side only: whatever the type parameter may stand for has to do.
  const unknownType = c.checker.getUnknownType();
  const bound = (type: ts.Type): ts.Type => c.checker.getBaseConstraintOfType(type) ?? unknownType;
  if (!isA) {
    compareTypes(c, a, bound(b), role, place);
  } else if (isReceived(role)) {
    c.breaking(
      'type-changed',
      place.path,
      `is ${c.show(b)} now, followed the caller's ${c.show(a)}`,
      c.show(a),
      c.show(b),
    );
  } else {
    compareTypes(c, bound(a), b, role, place);
  }
  return true;
}

/** True where a type parameter stands for nothing but what the other one stood for. */
function isBoundBy(c: Comparison, type: ts.Type, other: ts.Type): boolean {
  const seen = new Set<ts.Type>();
  for (let bound = boundOf(c, type); bound !== undefined && !seen.has(bound); bound = boundOf(c, bound)) {
    if (c.arePaired(other, bound)) return true;
    seen.add(bound);
  }
  return false;
}

/** What a type parameter extends, as it is written: the checker goes on to what that extends in turn. */
function boundOf(c: Comparison, type: ts.Type): ts.Type | undefined {
  const node = type.symbol?.declarations?.find(ts.isTypeParameterDeclaration)?.constraint;
  return node === undefined ? undefined : c.checker.getTypeFromTypeNode(node);
}

/** A type parameter of a conditional or mapped type, which nobody fills in. */
function isLocal(type: ts.Type): boolean {
  return (
    type.symbol?.declarations?.some(({ parent }) => ts.isInferTypeNode(parent) || ts.isMappedTypeNode(parent)) === true
  );
}

/**
 * What is exported by a name is told by that name, wherever it was met; not what only has another type than that now, nor what a declaration that
 * stayed makes of other arguments.
 */
function placeOf(c: Comparison, a: ts.Type, b: ts.Type, at: Place): Place {
  const [name, is] = [nameOf(a), nameOf(b)];
  const path = name === undefined || name.name !== is?.name ? undefined : c.exportNames.get(name);
  if (name === undefined || is === undefined || path === undefined) return at;
  return isFilled(a) && c.identity.equal(name, is) ? at : { ...at, path };
}

/** True for a generic declaration with arguments, and not as it is declared. */
function isFilled(type: ts.Type): boolean {
  if (type.aliasSymbol !== undefined) return type.aliasTypeArguments !== undefined;
  const { target } = type as ts.TypeReference;
  return target !== undefined && target !== type && (target.typeParameters?.length ?? 0) > 0;
}

/**
 * Callers get instances of a class from the library alone, so they never owe it a member, where nothing but its
 * instances fits: one without a private member takes anything of its shape, as an interface does. It need not be
 * exported: what callers cannot name they cannot make either.
 */
function roleOfInstances(c: Comparison, a: ts.Type, role: Role): Role {
  const symbol = a.symbol as ts.Symbol | undefined;
  if (symbol === undefined || !(symbol.flags & ts.SymbolFlags.Class)) return role;
  return isNominal(c, a) ? RECEIVED : role;
}

/** Finds what changed from `a` to `b`, in the role that callers give them at `place`. */
export function compareTypes(c: Comparison, a: ts.Type, given: ts.Type, asked: Role, at: Place): void {
  const b = withDefaults(c, given);
  if (a === b && !isErrorType(a)) return;
  const name = nameOf(a);
  const place = placeOf(c, a, b, b === given ? at : bare(at));
  if (name !== undefined) c.meet(name, asked);
  const role = roleOfInstances(c, a, asked);
  if (c.arePaired(a, b) || compareNominal(c, a, b, asked, bare(place))) return;
  // What is said of them hangs on how each is written, so that nothing is remembered of the two.
  if (isErrorType(a) || isErrorType(b)) {
    compareAny(c, a, b, role, place);
    return;
  }
  const work = (): void => compareVisited(c, a, b, { asked, role }, place, at.path);
  const met = { ...place, path: at.path, own: place.path };
  c.visit(a, b, role, met, { work, giveUp: () => compareTooDeep(c, a, b, role, place) });
}

/** How callers meet two types, and how they meet what these hold: instances that they never make are theirs to fill in. */
interface Roles {
  readonly asked: Role;
  readonly role: Role;
}

/** `met`: the path at which the two were met, where they are told at their own name. */
function compareVisited(c: Comparison, a: ts.Type, b: ts.Type, { asked, role }: Roles, at: Place, met: string): void {
  if (compareAny(c, a, b, role, at)) return;
  if (compareReferences(c, a, b, asked, at, met)) return;
  if (compareContextual(c, a, b, role, at)) return;
  if (isUnion(a) || isUnion(b)) {
    compareUnions(c, a, b, role, at);
    return;
  }
  const place = bare(at);
  if (compareNoInfer(c, a, b, role, place)) return;
  if (compareTypeParameters(c, a, b, role, place)) return;
  if (compareEnums(c, a, b, role, place)) return;
  if (compareIntersections(c, a, b, role, place)) return;
  if (isDeferred(c, a) || isDeferred(c, b)) compareDeferred(c, a, b, role, place);
  else if (isStructured(a) && isStructured(b)) compareObjects(c, a, b, role, place);
  else compareLeaves(c, a, b, role, place);
}

/** Types inside themselves, further in than anybody follows: what the checker finds, and where it finds nothing, a doubt. */
function compareTooDeep(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  // How they read says nothing: TypeScript prints `any` for what is that deep.
  const found = isGeneric(c, a) || isGeneric(c, b) ? [] : c.trial(() => compareWhole(c, a, b, role, place));
  if (found.some(({ level }) => level === 'BREAKING')) c.accept(found);
  else c.undecided(place, 'changed too deep inside itself to be followed', c.show(a), c.show(b));
}
