/** One signature against another: type parameters, `this`, parameters, the result. */

import type { Finding } from '../../model/assessment.js';
import ts from '../compiler.cjs';
import { aliasedType } from './aliased-type.js';
import { codeOf } from './compare-leaves.js';
import { compareMadeGeneric } from './compare-made-generic.js';
import { compareRemainders } from './compare-remainders.js';
import { compareTies } from './compare-ties.js';
import { compareTypeParameterLists } from './compare-type-parameters.js';
import type { Comparison } from './comparison.js';
import { inferredByOneArgument, standsForAnything } from './inferred-arguments.js';
import { BOTH, flipped, isReceived, isSupplied, RECEIVED, type Role } from './roles.js';
import { argumentPath, isMethod, type Parameter, parameterAt, parametersOf } from './signature-parameters.js';
import { typeNode } from './symbols.js';
import { isWrittenAlike, nameOf, returnsThis, withoutUndefined } from './type-kinds.js';
import { compareInference, letUntoldDefaultsStand } from './type-parameter-defaults.js';
import type { Place } from './type-places.js';

/** True for JavaScript of which nobody wrote down what it takes. */
function isUntyped({ declaration }: ts.Signature): boolean {
  if (declaration === undefined || !(declaration.flags & ts.NodeFlags.JavaScriptFile)) return false;
  return declaration.parameters.some(
    (node) => ts.isParameter(node) && typeNode(node) === undefined && node.initializer === undefined,
  );
}

/** `...args: any[]`, by which any function fits where one is asked for. */
function takeAnything(c: Comparison, parameters: readonly Parameter[]): boolean {
  const [first, ...more] = parameters;
  if (first?.node === undefined || !first.rest || more.length > 0) return false;
  const list = aliasedType(c.checker, first.node);
  return ts.isArrayTypeNode(list) && aliasedType(c.checker, list.elementType).kind === ts.SyntaxKind.AnyKeyword;
}

function compareParameter(
  c: Comparison,
  from: Parameter,
  to: Parameter,
  role: Role,
  place: Place,
  inferred: readonly ts.Type[],
): void {
  const path = argumentPath(place, from.name);
  if (from.optional !== to.optional) {
    const [before, after] = [c.show(from.type), c.show(to.type)];
    if (to.optional) {
      const breaks = isSupplied(role);
      const message = breaks ? 'may be missing now: callbacks count on it' : 'optional now, was required';
      (breaks ? c.breaking : c.minor).call(c, 'param-optional', path, message, before, after);
    } else {
      const breaks = isReceived(role);
      const message = breaks ? 'required now, was optional' : 'always passed now';
      (breaks ? c.breaking : c.minor).call(c, 'param-required', path, message, before, after);
    }
  }
  // Of what cannot be computed it is still known that it is what it was.
  if (isWrittenAlike(c, from.node, to.node)) return;
  // The arguments of a rest parameter have to agree on what its list holds.
  if (!to.rest && !isSupplied(role) && standsForAnything(c, from.type, to.type, inferred)) return;
  c.compareTypes(from.type, to.type, flipped(role), { path, kind: 'param', nodes: [from.node, to.node] });
}

function reportAdded(c: Comparison, to: Parameter, role: Role, place: Place): void {
  const path = argumentPath(place, to.name);
  const required = !to.optional && !(to.type.flags & ts.TypeFlags.Void);
  if (isReceived(role) && required) {
    c.breaking('param-added', path, 'new and required: callers do not pass it', null, c.show(to.type));
  } else {
    const message = isReceived(role) ? 'optional parameter added' : 'one more argument is passed';
    c.minor('param-added', path, message, null, c.show(to.type));
  }
}

function reportRemoved(c: Comparison, from: Parameter, role: Role, place: Place): void {
  const path = argumentPath(place, from.name);
  if (isReceived(role)) {
    c.breaking(
      'param-removed',
      path,
      'parameter removed: callers that pass it do not compile',
      c.show(from.type),
      null,
    );
  } else {
    const message = from.optional ? 'callbacks that have it do not compile' : 'callbacks count on it';
    c.breaking('param-removed', path, `no longer passed: ${message}`, c.show(from.type), null);
  }
}

/** That a parameter may be left out is told by itself, unless `undefined` stood for it. */
function withUndefined(c: Comparison, from: Parameter, to: Parameter): [Parameter, Parameter] {
  const undefinedType = c.checker.getUndefinedType();
  const takes = ({ type, optional }: Parameter): boolean => !optional && c.assignable(undefinedType, type);
  if (to.optional && takes(from)) return [{ ...from, type: withoutUndefined(c, from.type) }, to];
  if (from.optional && takes(to)) return [from, { ...to, type: withoutUndefined(c, to.type) }];
  return [from, to];
}

function compareParameters(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role, place: Place): void {
  const [as, bs] = [parametersOf(c, a), parametersOf(c, b)];
  if (isSupplied(role) && takeAnything(c, bs) && !takeAnything(c, as)) {
    c.minor('param-widened', place.path, 'may have any parameters now', null, null);
    return;
  }
  const inferred = inferredByOneArgument(c, a, b);
  const fixed = (list: readonly Parameter[]): number => list.filter((parameter) => !parameter.rest).length;
  for (let index = 0; index < Math.max(fixed(as), fixed(bs)); index += 1) {
    const [from, to] = [parameterAt(c, as, index), parameterAt(c, bs, index)];
    if (from !== null && to !== null) compareParameter(c, ...withUndefined(c, from, to), role, place, inferred);
    else if (from !== null) reportRemoved(c, from, role, place);
    else if (to !== null) reportAdded(c, to, role, place);
  }
  const [restA, restB] = [as, bs].map((list) => list.find((parameter) => parameter.rest));
  if (restA !== undefined && restB !== undefined) compareParameter(c, restA, restB, role, place, inferred);
  else if (restA !== undefined) reportRemoved(c, restA, role, place);
  else if (restB !== undefined) reportAdded(c, restB, role, place);
}

/** `this`, where a function asks for one. */
function compareThis(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role, place: Place): void {
  const thisOf = (signature: ts.Signature): ts.Type | null => {
    const { thisParameter } = signature as { readonly thisParameter?: ts.Symbol };
    return thisParameter === undefined ? null : c.checker.getTypeOfSymbol(thisParameter);
  };
  const [from, to] = [thisOf(a), thisOf(b)];
  const at: Place = { path: argumentPath(place, 'this'), kind: 'param' };
  if (from !== null && to !== null) c.compareTypes(from, to, flipped(role), at);
  else if (to !== null && isReceived(role)) {
    if (!(to.flags & (ts.TypeFlags.Void | ts.TypeFlags.Unknown | ts.TypeFlags.Any))) {
      c.breaking('param-required', at.path, `has to be called on ${c.show(to)} now`, null, c.show(to));
    }
  } else if (from !== null) c.minor('param-widened', at.path, 'may be called on anything now', c.show(from), null);
}

function isPromise(c: Comparison, type: ts.Type): boolean {
  return type.flags & ts.TypeFlags.Object ? c.checker.getPropertyOfType(type, 'then') !== undefined : false;
}

/** True for types known by one name, of which what changed is told where they are declared. */
function isOneDeclaration(a: ts.Type, b: ts.Type): boolean {
  const name = nameOf(a)?.name;
  return name !== undefined && name === nameOf(b)?.name;
}

function comparePredicates(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role, place: Place): boolean {
  const [from, to] = [a, b].map((signature) => c.checker.getTypePredicateOfSignature(signature));
  if (from === undefined && to === undefined) return false;
  const show = (predicate: ts.TypePredicate | undefined): string | null =>
    predicate?.type === undefined ? null : c.show(predicate.type);
  if (from === undefined) {
    c.minor(
      'predicate-changed',
      place.path,
      `narrows its argument to ${show(to) ?? 'what is true'} now`,
      null,
      show(to),
    );
    return false;
  }
  const asserts = (kind: ts.TypePredicateKind): boolean =>
    kind === ts.TypePredicateKind.AssertsIdentifier || kind === ts.TypePredicateKind.AssertsThis;
  if (to === undefined) {
    const lost = asserts(from.kind) ? 'asserts' : 'narrows';
    c.breaking(
      'predicate-changed',
      place.path,
      `no longer ${lost} that its argument is ${show(from) ?? 'true'}`,
      show(from),
      null,
    );
    return true;
  }
  const named = from.type !== undefined && to.type !== undefined && isOneDeclaration(from.type, to.type);
  if (named && from.type !== undefined && to.type !== undefined) {
    c.compareTypes(from.type, to.type, role, { path: `${place.path}()`, kind: 'return' });
  }
  const sameType =
    named || from.type === to.type || (from.type !== undefined && to.type !== undefined && c.same(from.type, to.type));
  if (from.kind !== to.kind || from.parameterIndex !== to.parameterIndex || !sameType) {
    c.breaking(
      'predicate-changed',
      place.path,
      `narrows to ${show(to) ?? 'true'} now, to ${show(from) ?? 'true'} before`,
      show(from),
      show(to),
    );
  }
  return true;
}

function compareThisReturned(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role, path: string): void {
  if (a.declaration === undefined || b.declaration === undefined || returnsThis(a) === returnsThis(b)) return;
  const [from, to] = [a, b].map((signature) => (returnsThis(signature) ? 'this' : c.show(signature.getReturnType())));
  if (from === undefined || to === undefined) return;
  if (returnsThis(b))
    c.minor('return-narrowed', path, `returns this now, returned ${from}: subclasses get themselves`, from, to);
  else if (isReceived(role)) {
    c.breaking('return-widened', path, `returns ${to} now, returned this: subclasses get the base class`, from, to);
  }
}

function compareReturns(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role, place: Place): void {
  if (comparePredicates(c, a, b, role, place)) return;
  const [from, to] = [a.getReturnType(), b.getReturnType()];
  const path = place.path.startsWith('new ')
    ? place.path.slice(4)
    : place.path.endsWith(')')
      ? place.path
      : `${place.path}()`;
  const nodes = [a.declaration?.type as ts.TypeNode | undefined, b.declaration?.type as ts.TypeNode | undefined];
  const at: Place = { path, kind: 'return', nodes };
  compareThisReturned(c, a, b, role, path);
  if (isWrittenAlike(c, nodes[0], nodes[1])) return;
  if (
    isReceived(role) &&
    isPromise(c, to) &&
    !isPromise(c, from) &&
    !(from.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) &&
    !from.isUnion()
  ) {
    c.breaking(
      'became-async',
      path,
      `returns ${c.show(to)} now, returned ${c.show(from)} at once`,
      c.show(from),
      c.show(to),
    );
    return;
  }
  const [fromVoid, toVoid] = [from, to].map((type) => (type.flags & ts.TypeFlags.Void) !== 0);
  if (fromVoid && !toVoid && !isSupplied(role) && !(to.flags & ts.TypeFlags.Any)) {
    c.minor('return-narrowed', path, `returns ${c.show(to)} now, returned nothing`, 'void', c.show(to));
    return;
  }
  if (toVoid && !fromVoid && !isReceived(role)) {
    c.minor('return-widened', path, 'what it returns is ignored now', c.show(from), 'void');
    return;
  }
  c.compareTypes(from, to, role, at);
}

function isInstantiated(signature: ts.Signature): boolean {
  return (signature as { readonly target?: unknown }).target !== undefined;
}

/** The types that have the two signatures and nothing else: what the checker can be asked about. */
export interface SignatureOwners {
  readonly before: ts.Type;
  readonly after: ts.Type;
}

/**
 * A method may be implemented by one that takes less: the compiler holds the parameters of methods against each other both
 * ways. What it is handed then matters where some exported value asks for implementations, and is called on them.
 */
function roleOfArguments(c: Comparison, a: ts.Signature, b: ts.Signature, role: Role): Role {
  if (role !== BOTH || !isMethod(a) || !isMethod(b)) return role;
  const owner = a.declaration?.parent;
  const name =
    owner !== undefined && (ts.isClassLike(owner) || ts.isInterfaceDeclaration(owner)) ? owner.name : undefined;
  const symbol = name === undefined ? undefined : c.checker.getSymbolAtLocation(name);
  return symbol !== undefined && c.positions.isHandedOut(symbol) ? RECEIVED : role;
}

/** True for a signature that is the same, or that names declarations which changed: that is told there. */
function isToldElsewhere(c: Comparison, a: ts.Signature, b: ts.Signature): boolean {
  if (a === b) return true;
  const [from, to] = [a.declaration, b.declaration];
  if (from === undefined || to === undefined || from.kind !== to.kind) return false;
  const { equal, outer, parallel } = c.identity.equalNodes(from, to);
  const declared = !isInstantiated(a) && !isInstantiated(b);
  return (equal && (!outer || declared)) || (parallel && declared && !c.isQuiet);
}

/** Compares two signatures of functions, methods or constructors. `owners`: where each is the only one of its type. */
export function compareSignature(
  c: Comparison,
  a: ts.Signature,
  b: ts.Signature,
  { role, place, owners }: { readonly role: Role; readonly place: Place; readonly owners: SignatureOwners | null },
): void {
  if (isToldElsewhere(c, a, b)) return;
  if (isUntyped(a) || isUntyped(b)) {
    c.unknown('untyped', place.path, 'says nothing of its types, and its code changed', null, null);
    return;
  }
  const [as, bs] = [a.typeParameters ?? [], b.typeParameters ?? []];
  const found = c.trial(() => {
    compareTypeParameterLists(c, as, bs, role, place, true);
    letUntoldDefaultsStand(c, a, b);
    compareInference(c, a, b, place);
    compareTies(c, a, b, role, place);
    compareRemainders(c, a, b, role, place);
    compareThis(c, a, b, role, place);
    compareParameters(c, a, b, roleOfArguments(c, a, b, role), place);
    compareReturns(c, a, b, role, place);
  });
  const undecided = found.filter((finding) => c.doubtOf(finding) !== undefined);
  const generic = as.length > 0 || bs.length > 0;
  const breaks = found.some(({ level }) => level === 'BREAKING');
  if (!breaks && isSupplied(role)) compareMadeGeneric(c, a, b, { path: place.path, whose: 'callers that supply it' });
  if (undecided.length === 0 || breaks || !generic || owners === null) {
    c.accept(found);
    return;
  }
  c.accept(found.filter((finding) => !undecided.includes(finding)));
  for (const finding of undecided) c.add(decided(c, finding, owners, role));
}

/**
 * What the types of a generic function's parts do not tell, the function as a whole may: the checker lets the type
 * parameters of the one stand for the other's. Its no is believed where the other direction is a yes, since then it has
 * found what stands for what.
 */
function decided(c: Comparison, finding: Finding, { before, after }: SignatureOwners, role: Role): Finding {
  const newFitsOld = c.ask(() => c.assignable(after, before));
  const oldFitsNew = c.ask(() => c.assignable(before, after));
  if (newFitsOld === null || oldFitsNew === null) return finding;
  const fits = (!isReceived(role) || newFitsOld) && (!isSupplied(role) || oldFitsNew);
  const doubt = c.doubtOf(finding);
  if (doubt === undefined || (!fits && !newFitsOld && !oldFitsNew)) return finding;
  const code = codeOf(doubt.place, newFitsOld && oldFitsNew ? 'changed' : newFitsOld ? 'narrowed' : 'widened');
  return { ...finding, code, level: fits ? 'MINOR_CHANGE' : 'BREAKING', message: doubt.change };
}
