/** Types that depend on type parameters and cannot be computed yet: conditional, indexed, mapped, template types. */

import ts from '../compiler.cjs';
import { compareKeyed } from './compare-keyed.js';
import { compareLeaves } from './compare-leaves.js';
import type { Comparison } from './comparison.js';
import { type Role, UNUSED } from './roles.js';
import { isDeferred, isGeneric } from './type-kinds.js';
import { changedType, OPEN, type Place } from './type-places.js';

/** The node that a deferred type was written as. */
function nodeOf(type: ts.Type): ts.Node | undefined {
  if (type.flags & ts.TypeFlags.Conditional) return (type as ts.ConditionalType).root.node;
  return (type as { declaration?: ts.Node }).declaration;
}

/** True where both are one kind of deferred type, and their parts tell all there is to tell. */
function compareParts(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  if (a.flags & b.flags & ts.TypeFlags.Index) {
    return c.same((a as ts.IndexType).type, (b as ts.IndexType).type);
  }
  if (a.flags & b.flags & ts.TypeFlags.IndexedAccess) {
    const [from, to] = [a as ts.IndexedAccessType, b as ts.IndexedAccessType];
    if (!c.same(from.indexType, to.indexType)) return false;
    if (c.same(from.objectType, to.objectType)) return true;
    if (isGeneric(c, from.objectType) || isGeneric(c, to.objectType)) return false;
    // Both read `Events[K]`, and what is under each key is what callers get.
    compareKeyed(c, from.objectType, to.objectType, { ...UNUSED, values: role }, place.path);
    return true;
  }
  if (a.flags & b.flags & ts.TypeFlags.Conditional) {
    const [from, to] = [a as ts.ConditionalType, b as ts.ConditionalType];
    if (!c.same(from.checkType, to.checkType) || !c.same(from.extendsType, to.extendsType)) return false;
    return compareBranches(c, from, to, role, place);
  }
  if (a.flags & b.flags & ts.TypeFlags.TemplateLiteral) {
    const [from, to] = [a as ts.TemplateLiteralType, b as ts.TemplateLiteralType];
    return (
      from.texts.join('\0') === to.texts.join('\0') &&
      from.types.every((type, index) => to.types[index] !== undefined && c.same(type, to.types[index]))
    );
  }
  if (a.flags & b.flags & ts.TypeFlags.StringMapping) {
    const [from, to] = [a as ts.StringMappingType, b as ts.StringMappingType];
    return from.symbol === to.symbol && c.same(from.type, to.type);
  }
  return false;
}

function compareBranches(
  c: Comparison,
  from: ts.ConditionalType,
  to: ts.ConditionalType,
  role: Role,
  place: Place,
): boolean {
  const [a, b] = [from.root, to.root];
  // Only as declared do the branches as written mean what the type means.
  const declared = [from, to].every((type) => (type as { mapper?: unknown }).mapper === undefined);
  const branches = (node: ts.ConditionalTypeNode): ts.TypeNode[] => [node.trueType, node.falseType];
  if (!declared) {
    const equal = branches(a.node).every((node, index) => {
      const found = c.identity.equalNodes(node, branches(b.node)[index] as ts.TypeNode);
      return found.equal;
    });
    return equal && c.identity.equalNodes(a.node, b.node).equal;
  }
  for (const [index, node] of branches(a.node).entries()) {
    const other = branches(b.node)[index] as ts.TypeNode;
    const [before, after] = [node, other].map((branch) => c.checker.getTypeFromTypeNode(branch));
    if (before !== undefined && after !== undefined) c.compareTypes(before, after, role, place);
  }
  return true;
}

/** An intersection with a part that cannot be computed: its members are not all of it. */
function isOpenIntersection(c: Comparison, type: ts.Type): boolean {
  return (
    type.isIntersection() &&
    type.types.some((part) => (part.flags & ts.TypeFlags.TypeParameter) !== 0 || isDeferred(c, part))
  );
}

/** Compares such intersections part by part. True where at least one of the two is one. */
export function compareIntersections(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  if (!isOpenIntersection(c, a) && !isOpenIntersection(c, b)) return false;
  const [as, bs] = [a, b].map((type) => (type.isIntersection() ? type.types : [type]));
  if (as === undefined || bs === undefined || as.length !== bs.length) {
    c.undecided(place, 'is put together otherwise now', c.show(a), c.show(b), OPEN);
  } else
    as.forEach((part, index) => {
      c.compareTypes(part, bs[index] as ts.Type, role, place);
    });
  return true;
}

/** What a type is beneath `NoInfer`, which holds it back from inference and is nothing else. */
function inferredFrom(type: ts.Type): ts.Type | null {
  return type.flags & ts.TypeFlags.Substitution ? (type as ts.SubstitutionType).baseType : null;
}

/** True where one of the two is held back from inference and the rest has been compared. */
export function compareNoInfer(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  const [from, to] = [inferredFrom(a), inferredFrom(b)];
  if (from === null && to === null) return false;
  if (from === null) {
    c.breaking(
      'param-narrowed',
      place.path,
      'no longer widens what is inferred from the other arguments',
      c.show(a),
      c.show(b),
    );
  } else if (to === null) {
    c.minor(
      'param-widened',
      place.path,
      'may widen what is inferred from the other arguments now',
      c.show(a),
      c.show(b),
    );
  }
  c.compareTypes(from ?? a, to ?? b, role, place);
  return true;
}

/** Compares types of which at least one cannot be computed. */
export function compareDeferred(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  if (compareParts(c, a, b, role, place)) return;
  const [from, to] = [nodeOf(a), nodeOf(b)];
  if (from !== undefined && to !== undefined) {
    // Of what cannot be computed, how it is written is all there is to compare.
    const { alike } = c.identity.equalNodes(from, to);
    if (alike && sameFilling(c, a, b)) return;
  }
  if (c.texts.readAlike(a, b)) return;
  if (!isGeneric(c, a) && !isGeneric(c, b)) {
    compareLeaves(c, a, b, role, place);
    return;
  }
  const [constraintA, constraintB] = [a, b].map(
    (type) => c.ask(() => c.checker.getBaseConstraintOfType(type)) ?? undefined,
  );
  const decided =
    constraintA !== undefined &&
    constraintB !== undefined &&
    !isDeferred(c, constraintA) &&
    !isDeferred(c, constraintB);
  if (decided) {
    const found = c.trial(() => c.compareTypes(constraintA, constraintB, role, place));
    if (found.some(({ level }) => level === 'BREAKING')) {
      c.accept(found);
      return;
    }
  }
  const [before, after] = [c.show(a), c.show(b)];
  c.undecided(place, changedType(before, after), before, after, OPEN);
}

/** True where type arguments that both are filled in with are the same. */
function sameFilling(c: Comparison, a: ts.Type, b: ts.Type): boolean {
  const [as, bs] = [a.aliasTypeArguments ?? [], b.aliasTypeArguments ?? []];
  return as.length === bs.length && as.every((type, index) => c.same(type, bs[index] as ts.Type));
}
