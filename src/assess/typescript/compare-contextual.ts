/** Functions that callers write in place, without types: what they take is known from where they stand. */

import ts from '../compiler.cjs';
import { codeOf } from './compare-leaves.js';
import type { Comparison } from './comparison.js';
import { isSupplied, type Role } from './roles.js';
import { arityOf, type Parameter, parameterAt, parametersOf } from './signature-parameters.js';
import { isOfLibrary } from './symbols.js';
import { boundOf, isDeferred, mayBeEmpty, partsOf } from './type-kinds.js';
import type { Place } from './type-places.js';

/** Callbacks that take more arguments are looked at with so many. */
const MAX_ARGUMENTS = 4;

/** What a type says of a function of so many parameters that is written in its place: nothing, one thing, or several that differ. */
type Context = 'none' | 'one' | 'several';

/** A way to call a type. */
interface Way {
  readonly signature: ts.Signature;
  readonly parameters: readonly Parameter[];
}

/** The ways to call a type that hand over so many arguments; null where one part of it has several. */
function waysToCall(c: Comparison, type: ts.Type, count: number): readonly Way[] | null {
  const ways: Way[] = [];
  for (const part of partsOf(type)) {
    const found = c.checker
      .getSignaturesOfType(part, ts.SignatureKind.Call)
      .map((signature) => ({ signature, parameters: parametersOf(c, signature) }))
      .filter(({ parameters }) => arityOf(parameters).most >= count);
    if (found.length > 1) return null;
    ways.push(...found);
  }
  return ways;
}

/** As the checker asks it: the same number of parameters, required, optional and rest alike, of the same types (checker.ts, getContextualSignature). */
function areIdentical(c: Comparison, { parameters: as }: Way, { parameters: bs }: Way): boolean {
  return (
    as.length === bs.length &&
    as.every((a, index) => {
      const b = bs[index] as Parameter;
      if (a.optional !== b.optional || a.rest !== b.rest) return false;
      return c.assignable(a.type, b.type) && c.assignable(b.type, a.type);
    })
  );
}

function contextOf(c: Comparison, type: ts.Type, count: number): Context {
  const ways = waysToCall(c, type, count);
  // The parameters of overloads are joined.
  if (ways === null) return 'one';
  const [first, ...more] = ways;
  if (first === undefined) return 'none';
  return more.every((way) => areIdentical(c, first, way)) ? 'one' : 'several';
}

/** Why the parameters of a function that is written in place are implicitly `any` now; null where they are not. */
function lostContext(c: Comparison, a: ts.Type, b: ts.Type): Exclude<Context, 'one'> | null {
  for (let count = 1; count <= MAX_ARGUMENTS && contextOf(c, a, count) === 'one'; count += 1) {
    const context = contextOf(c, b, count);
    // That fewer arguments are passed is told of them.
    if (context === 'several' || (context === 'none' && contextOf(c, b, 0) === 'none')) return context;
  }
  return null;
}

/** True where an overload is tried with a function of which it is not known yet what it takes (checker.ts, isSignatureApplicable). */
export function takesFunctions(c: Comparison, type: ts.Type): boolean {
  const open = ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive;
  const isAnyFunction = ({ symbol }: ts.Type): boolean => symbol?.name === 'Function' && isOfLibrary(symbol);
  const isCalled = (part: ts.Type): boolean =>
    c.checker.getSignaturesOfType(part, ts.SignatureKind.Call).length > 0 || isAnyFunction(part) || mayBeEmpty(c, part);
  return partsOf(boundOf(c, type)).some((part) => (part.flags & open) !== 0 || isCalled(part));
}

/**
 * True where a function that is written in place for `a` does not do for `b`, once it has its parameters from there: the first overload that is
 * tried with it says what they are, also to those that are tried after it.
 */
export function getsOtherParameters(c: Comparison, a: ts.Type, b: ts.Type): boolean {
  if (!takesFunctions(c, b)) return false;
  for (let count = 1; count <= MAX_ARGUMENTS && contextOf(c, a, count) === 'one'; count += 1) {
    const [was] = waysToCall(c, a, count) ?? [];
    const ways = waysToCall(c, b, count);
    if (was === undefined || ways === null) return false;
    const [is] = ways;
    if (is === undefined || contextOf(c, b, count) === 'several') return true;
    // What their own type parameters stand for is not known before the function is.
    if (was.signature.typeParameters !== undefined || is.signature.typeParameters !== undefined) return false;
    if (isHandedOtherwise(c, was, is, count)) return true;
  }
  return false;
}

/** True where a function that takes what `was` hands over does not do for what `is` hands over. */
function isHandedOtherwise(c: Comparison, was: Way, is: Way, count: number): boolean {
  let less = false;
  for (let index = 0; index < count; index += 1) {
    const [before, after] = [was, is].map(({ parameters }) => parameterAt(c, parameters, index));
    if (before == null || after == null) continue;
    const mayBeMissing = ({ optional, rest }: Parameter): boolean => optional && !rest;
    if ((mayBeMissing(after) && !mayBeMissing(before)) || !c.assignable(after.type, before.type)) return true;
    less ||= (mayBeMissing(before) && !mayBeMissing(after)) || !c.assignable(before.type, after.type);
  }
  return less && !c.assignable(was.signature.getReturnType(), is.signature.getReturnType());
}

/** Tells where callers that pass a function written in place have to say now what it takes. True where they do. */
export function compareContextual(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  if (!isSupplied(role) || a.flags & ts.TypeFlags.TypeParameter || b.flags & ts.TypeFlags.Any) return false;
  if (partsOf(b).some((part) => isDeferred(c, part))) return false;
  // What a type parameter stands for is not known before the function is.
  const asked = boundOf(c, b);
  const lost = lostContext(c, a, asked);
  // Where the functions themselves do not fit, that is told.
  if (lost === null || !c.assignable(a, asked)) return false;
  const why = lost === 'none' ? 'no longer asks for a function' : 'asks for functions that take different arguments';
  const message = `${why}: one that is written in place has to name the types of its parameters`;
  c.breaking(codeOf(place, 'widened'), place.path, message, c.show(a), c.show(b));
  return true;
}
