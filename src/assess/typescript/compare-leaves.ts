/** Types that have no parts to look into: the checker's word, in the directions that the role asks for. */

import semver from 'semver';
import type { FindingCode } from '../../model/finding-codes.js';
import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import { isGeneric } from './type-kinds.js';
import type { Place } from './type-places.js';

type Change = 'changed' | 'narrowed' | 'widened';

export function codeOf(place: Place, change: Change): FindingCode {
  if (place.kind === 'param') return change === 'widened' ? 'param-widened' : 'param-narrowed';
  if (place.kind === 'return') return change === 'narrowed' ? 'return-narrowed' : 'return-widened';
  if (place.kind === 'constraint') return 'type-param-constraint';
  if (place.kind === 'default') return 'type-param-default';
  return `type-${change}`;
}

/** What to say of a type that is not what it was. */
function messageOf(c: Comparison, a: ts.Type, b: ts.Type, place: Place, role: Role): string {
  const verb = place.kind === 'return' ? 'returns' : isSupplied(role) && !isReceived(role) ? 'takes' : 'is';
  const was = verb === 'is' ? 'was' : verb === 'takes' ? 'took' : 'returned';
  return `${verb} ${c.show(b)} now, ${was} ${c.show(a)}`;
}

/** Says that a type changed, in the words that fit where it stands. */
export function reportChange(
  c: Comparison,
  a: ts.Type,
  b: ts.Type,
  role: Role,
  place: Place,
  change: Change,
  breaks: boolean,
): void {
  const message = messageOf(c, a, b, place, role);
  (breaks ? c.breaking : c.minor).call(c, codeOf(place, change), place.path, message, c.show(a), c.show(b));
}

/** The version that a module says it is: a constant, and another one in every release. */
function isVersionNumber(a: ts.Type, b: ts.Type, place: Place): boolean {
  return (
    /version$/i.test(place.path) &&
    a.isStringLiteral() &&
    b.isStringLiteral() &&
    semver.valid(a.value) !== null &&
    semver.valid(b.value) !== null
  );
}

/** Holds types that have no parts against each other. */
export function compareLeaves(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  // Each version has symbols of its own; the one that is declared under the same name is what became of it.
  if (a.flags & b.flags & ts.TypeFlags.UniqueESSymbol && a.symbol.name === b.symbol.name) return;
  if (isVersionNumber(a, b, place)) return;
  compareWhole(c, a, b, role, place);
}

/** Holds two types against each other as a whole, in the directions that the role asks for. */
export function compareWhole(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  const newFitsOld = c.assignable(b, a);
  const oldFitsNew = c.assignable(a, b);
  const breaks = (isReceived(role) && !newFitsOld) || (isSupplied(role) && !oldFitsNew);
  if (!breaks && newFitsOld && oldFitsNew && isSameKind(a, b)) return;
  if (breaks && (isGeneric(c, a) || isGeneric(c, b))) {
    // The checker does not know that the type parameters of the one stand for the other's.
    if (!c.texts.readAlike(a, b)) c.undecided(place, messageOf(c, a, b, place, role), c.show(a), c.show(b));
    return;
  }
  const change = newFitsOld === oldFitsNew ? 'changed' : newFitsOld ? 'narrowed' : 'widened';
  reportChange(c, a, b, role, place, change, breaks);
}

/** Mutually assignable and yet not the same: `void` and `undefined`, a number and an enum of numbers. */
function isSameKind(a: ts.Type, b: ts.Type): boolean {
  const kinds =
    ts.TypeFlags.Void | ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Unknown | ts.TypeFlags.Never;
  const primitives = kinds | ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike;
  return (a.flags & primitives) === (b.flags & primitives);
}
