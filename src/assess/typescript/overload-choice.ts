/** Which overload a call takes: the first that its arguments fit. */

import type { CompatibilityLevel } from '../../model/report.js';
import ts from '../compiler.cjs';
import { getsOtherParameters, takesFunctions } from './compare-contextual.js';
import type { Comparison } from './comparison.js';
import { RECEIVED } from './roles.js';
import { arityOf, type Parameter, parameterAt, parametersOf } from './signature-parameters.js';
import { boundOf, isGeneric, mayBeEmpty, NOTHING, nameOf, partsOf } from './type-kinds.js';

/** Where in the later list of overloads the one stands that serves the calls of an earlier one. */
export interface Match {
  readonly to: number;
}

/** The overloads before and after in the order in which calls try them, and which serves the calls of each earlier one. */
interface MatchedOverloads {
  readonly as: readonly ts.Signature[];
  readonly bs: readonly ts.Signature[];
  /** As long as `as`; null where nothing serves its calls. */
  readonly served: readonly (Match | null)[];
}

/** An overload that takes calls which took another one, or functions written in them, how it came to, and what it gives held against what that gave. */
export interface Taker {
  readonly signature: ts.Signature;
  readonly how: 'new' | 'takes more' | 'moved' | 'written';
  readonly level: 'BREAKING' | 'UNKNOWN';
}

export function isParallel(c: Comparison, a: ts.Signature, b: ts.Signature): boolean {
  const [from, to] = [a.declaration, b.declaration];
  return from !== undefined && to !== undefined && from.kind === to.kind && c.identity.equalNodes(from, to).parallel;
}

/** An overload that is tried before the one that serves earlier calls, and takes some of them or says what is in them; the worst. */
export function takerOf(c: Comparison, overloads: MatchedOverloads): Taker | null {
  const { as, bs, served } = overloads;
  let doubtful: Taker | null = null;
  for (const j of as.keys()) {
    for (const x of bs.slice(0, served[j]?.to ?? 0).keys()) {
      const taker = callTaker(c, overloads, j, x) ?? parameterSayer(c, overloads, j, x);
      if (taker?.level === 'BREAKING') return taker;
      doubtful ??= taker;
    }
  }
  return doubtful;
}

/** How a later overload came to stand before the one that serves the calls of an earlier one. */
function cameBefore({ served }: MatchedOverloads, j: number, x: number): 'new' | 'takes more' | 'moved' {
  const i = served.findIndex((match) => match?.to === x);
  if (i === -1) return 'new';
  return i < j ? 'takes more' : 'moved';
}

/** A later overload, where it takes calls of an earlier one and answers them with something else; null where it does not. */
function callTaker(c: Comparison, overloads: MatchedOverloads, j: number, x: number): Taker | null {
  const { as, bs, served } = overloads;
  const [from, signature, server] = [as[j], bs[x], bs[served[j]?.to ?? 0]] as [
    ts.Signature,
    ts.Signature,
    ts.Signature,
  ];
  const how = cameBefore(overloads, j, x);
  const before = as[served.findIndex((match) => match?.to === x)];
  const takes =
    how === 'takes more' && before !== undefined
      ? takesMore(c, before, signature, from)
      : mayTake(c, shapeOf(c, signature), shapeOf(c, server));
  if (!takes) return null;
  // What became of its own answer is told of itself.
  const level = answerOf(c, from, before ?? signature);
  return level === 'BREAKING' || level === 'UNKNOWN' ? { signature, how, level } : null;
}

/** A later overload, where functions written in calls of an earlier one get their parameters from it and from none before; null where they do not. */
function parameterSayer(c: Comparison, overloads: MatchedOverloads, j: number, x: number): Taker | null {
  const { as, bs } = overloads;
  const [from, signature] = [as[j], bs[x]] as [ts.Signature, ts.Signature];
  if (!saysParameters(c, signature, from)) return null;
  if (as.slice(0, j).some((one) => saysParameters(c, one, from))) return null;
  return { signature, how: 'written', level: 'BREAKING' };
}

/** What it means for callers that one overload answers in the place of another. */
function answerOf(c: Comparison, from: ts.Signature, to: ts.Signature): CompatibilityLevel {
  const [before, after] = [from.getReturnType(), to.getReturnType()];
  const [as, bs] = [from.typeParameters ?? [], to.typeParameters ?? []];
  // The checker may take all the work for two versions of a large class.
  const fits = c.ask(() => c.assignable(after, before));
  if (fits) return 'COMPATIBLE';
  if (fits !== null && (as.length === 0 || bs.length === 0)) return 'BREAKING';
  // The checker does not know that the type parameters of the one stand for the other's.
  c.pairTypeParameters(as, bs);
  return c.rank(() => c.compareTypes(before, after, RECEIVED, { path: '', kind: 'return' }));
}

/** What a call has to look like. */
interface Shape {
  readonly parameters: readonly Parameter[];
  readonly least: number;
  readonly most: number;
  readonly generic: boolean;
}

function shapeOf(c: Comparison, signature: ts.Signature): Shape {
  const parameters = parametersOf(c, signature);
  return { parameters, ...arityOf(parameters), generic: signature.typeParameters !== undefined };
}

/** What is taken at a place, alternative by alternative; where something can be given, that nothing is given does not count. */
function takenAt(c: Comparison, { parameters }: Shape, index: number): readonly ts.Type[] {
  const parameter = parameterAt(c, parameters, index);
  if (parameter === null) return [];
  const parts = partsOf(parameter.type).flatMap((part) => partsOf(boundOf(c, part)));
  const given = parts.filter(({ flags }) => !(flags & NOTHING));
  return given.length > 0 ? given : parts;
}

function meet(c: Comparison, ones: readonly ts.Type[], others: readonly ts.Type[], generic: boolean): boolean {
  return ones.some((one) => others.some((other) => mayBeOne(c, one, other, generic)));
}

/** True where one value may fit both. */
function mayBeOne(c: Comparison, one: ts.Type, other: ts.Type, generic: boolean): boolean {
  if (c.assignable(one, other) || c.assignable(other, one)) return true;
  // Neither fits the other where they have no member in common, and `{}` fits both.
  if (mayBeEmpty(c, one) && mayBeEmpty(c, other)) return true;
  return generic && areAlike(c, one, other);
}

function meetAt(c: Comparison, a: Shape, b: Shape, index: number): boolean {
  return meet(c, takenAt(c, a, index), takenAt(c, b, index), a.generic || b.generic);
}

/** True where one call could mean both. */
function mayTake(c: Comparison, a: Shape, b: Shape): boolean {
  const count = Math.max(a.least, b.least);
  if (count > Math.min(a.most, b.most)) return false;
  return indices(count).every((index) => meetAt(c, a, b, index));
}

/** True where a call of another overload has functions written in it that get other parameters once this one is tried first. */
function saysParameters(c: Comparison, first: ts.Signature, other: ts.Signature): boolean {
  const [a, b] = [shapeOf(c, first), shapeOf(c, other)];
  // What a type parameter stands for hangs on the function.
  if (b.generic) return false;
  return indices(b.parameters.length).some((at) => {
    const count = Math.max(at + 1, a.least, b.least);
    if (count > Math.min(a.most, b.most)) return false;
    const [own, given] = [a, b].map(({ parameters }) => parameterAt(c, parameters, at));
    if (own == null || given == null || hangsOnFunction(c, own.type)) return false;
    if (!getsOtherParameters(c, given.type, boundOf(c, own.type))) return false;
    const isTried = (index: number): boolean =>
      index === at || meetAt(c, a, b, index) || areFunctionsAt(c, a, b, index);
    return indices(count).every(isTried);
  });
}

/** True for `(item: T) => void`, of a `T` that the call infers; a `T` by itself says no more of a function than its bound. */
function hangsOnFunction(c: Comparison, type: ts.Type): boolean {
  return isGeneric(c, type) && !(type.flags & ts.TypeFlags.TypeParameter);
}

function areFunctionsAt(c: Comparison, a: Shape, b: Shape, index: number): boolean {
  return [a, b].every((shape) => takenAt(c, shape, index).some((part) => takesFunctions(c, part)));
}

/** True where an overload that was tried before takes calls of another one that it did not take. */
function takesMore(c: Comparison, before: ts.Signature, after: ts.Signature, other: ts.Signature): boolean {
  if (isParallel(c, before, after)) return false;
  const [was, is, served] = [before, after, other].map((signature) => shapeOf(c, signature)) as [Shape, Shape, Shape];
  const first = Math.max(is.least, served.least);
  const longest = 1 + Math.max(...[was, is, served].map(({ parameters }) => parameters.length));
  const last = Math.min(is.most, served.most, longest);
  for (let count = first; count <= last; count += 1) {
    if (!indices(count).every((index) => meetAt(c, is, served, index))) return false;
    if (count < was.least || count > was.most) return true;
    const isNew = (index: number): boolean => {
      const known = takenAt(c, was, index);
      const fits = (type: ts.Type): boolean => known.some((one) => c.assignable(type, one) || c.same(type, one));
      const added = takenAt(c, is, index).filter((part) => !fits(part));
      const left = takenAt(c, served, index).filter((part) => !fits(part));
      return meet(c, added, left, is.generic || served.generic);
    };
    // The checker does not know which type parameters stand for which; a type parameter that is new takes all that its bound does.
    if (was.generic) continue;
    if (indices(count).some(isNew)) return true;
  }
  return false;
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** True for one declaration that a type parameter fills in, or two functions: what callers pass may make them one. */
function areAlike(c: Comparison, one: ts.Type, other: ts.Type): boolean {
  // By what it is, and not by the alias that it is written as.
  const isNamed = nameOf(one) !== undefined && nameOf(other) !== undefined;
  if (isNamed && one.symbol === other.symbol && (isGeneric(c, one) || isGeneric(c, other))) return true;
  return [one, other].every((type) => c.checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0);
}

/** Overloads with a literal in a parameter are tried before the others (checker.ts, reorderCandidates). */
function triedFirst(signature: ts.Signature): boolean {
  const parameters = signature.declaration?.parameters ?? [];
  return parameters.some((node) => ts.isParameter(node) && node.type !== undefined && ts.isLiteralTypeNode(node.type));
}

/** The order in which overloads are tried. */
export function asTried(signatures: readonly ts.Signature[]): ts.Signature[] {
  return [...signatures.filter(triedFirst), ...signatures.filter((signature) => !triedFirst(signature))];
}
