/**
 * What an argument leaves for a type parameter to be inferred from: of `value: T | 'auto'` the checker takes off `'auto'`, where an argument is just
 * that (checker.ts, inferFromTypes, which infers between identical alternatives first).
 */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { mentionsIn } from './mentions.js';
import { isReceived, type Role } from './roles.js';
import { argumentPath } from './signature-parameters.js';
import { isGeneric, NOTHING, nameOf, partsOf } from './type-kinds.js';
import type { Place } from './type-places.js';

/** True where the rest of a call hangs on what a type parameter stands for: another argument, the result, or what is constructed. */
function isUsedElsewhere(c: Comparison, { declaration }: ts.Signature, parameter: ts.Type): boolean {
  if (declaration?.kind === ts.SyntaxKind.Constructor) return true;
  const types = (declaration?.parameters ?? []).map((node) => (ts.isParameter(node) ? node.type : undefined));
  return (mentionsIn(c.checker, [...types, declaration?.type]).get(parameter.symbol) ?? 0) > 1;
}

/** True for `() => T`, of which the checker infers what `T` is, so that nothing of an argument that fits is left. */
function isInferredFrom(c: Comparison, part: ts.Type, parameter: ts.Type): boolean {
  if (isGeneric(c, part)) return true;
  // What has a name says in its arguments whether it names the parameter.
  if (nameOf(part) !== undefined) return false;
  return mentionsIn(c.checker, part.symbol?.declarations ?? []).has(parameter.symbol);
}

/** The type parameter that stands for itself among the alternatives of a parameter, where there is one. */
function remainderOf(own: readonly ts.Type[], type: ts.Type): ts.Type | undefined {
  const [only, ...more] = type.isUnion() ? type.types.filter((part) => own.includes(part)) : [];
  return more.length === 0 ? only : undefined;
}

/** The checker takes a literal for what it is one of. */
function isBaseOf(base: ts.Type, literal: ts.Type): boolean {
  if (base.flags & ts.TypeFlags.String) return literal.isStringLiteral();
  return (base.flags & ts.TypeFlags.Number) !== 0 && literal.isNumberLiteral();
}

function areNamesakes(one: ts.Type, other: ts.Type): boolean {
  const name = nameOf(one)?.name;
  return name !== undefined && name === nameOf(other)?.name;
}

/** An alternative beside a type parameter that is not there any more, or not as it was; one that has a name is known by that. */
function lostBeside(c: Comparison, from: ts.Type, to: ts.Type, parameter: ts.Type): ts.Type | undefined {
  const left = partsOf(to);
  if (!left.some((part) => c.arePaired(parameter, part))) return undefined;
  const isKept = (part: ts.Type): boolean =>
    left.some((one) => c.same(part, one) || isBaseOf(one, part) || areNamesakes(part, one));
  return partsOf(from).find((part) => !(part.flags & NOTHING) && !isInferredFrom(c, part, parameter) && !isKept(part));
}

/** Lists in lists that are looked into: `type Nested = Nested[]` has no end. */
const MAX_LISTS = 4;

/** What two lists hold: `...rest: (T | string)[]`. */
function heldBy(c: Comparison, from: ts.Type, to: ts.Type, lists = 0): [ts.Type, ts.Type] {
  if (lists === MAX_LISTS || !c.checker.isArrayType(from) || !c.checker.isArrayType(to)) return [from, to];
  const [held, holds] = [from, to].map((list) => c.checker.getTypeArguments(list as ts.TypeReference)[0]);
  return held === undefined || holds === undefined ? [from, to] : heldBy(c, held, holds, lists + 1);
}

/** Tells of arguments of which more is left for a type parameter now, so that it stands for something else in the rest of the call. */
export function compareRemainders(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role, place: Place): void {
  const own = a.typeParameters ?? [];
  if (own.length === 0 || !isReceived(role)) return;
  const bs = b.getParameters();
  for (const [index, symbol] of a.getParameters().entries()) {
    const other = bs[index];
    if (other === undefined) continue;
    // Of what may be left out as well, so that the type parameter is one of the alternatives still.
    const [from, to] = heldBy(c, c.checker.getTypeOfSymbol(symbol), c.checker.getTypeOfSymbol(other));
    const parameter = remainderOf(own, from);
    if (parameter === undefined) continue;
    const lost = lostBeside(c, from, to, parameter);
    if (lost === undefined || !isUsedElsewhere(c, a, parameter)) continue;
    const message = `${parameter.symbol.name} is inferred from ${c.show(lost)} as well now, which stood beside it`;
    c.breaking('param-widened', argumentPath(place, symbol.name), message, c.show(from), c.show(to));
  }
}
