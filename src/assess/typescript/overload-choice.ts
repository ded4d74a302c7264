/** Which overload a call takes: the first that its arguments fit. */

import type { CompatibilityLevel } from '../../model/report.js';
import ts from '../compiler.cjs';
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

/** An overload that takes calls which took another one, how it came to, and what it gives them held against what that gave. */
interface Taker {
  readonly signature: ts.Signature;
  readonly how: 'new' | 'takes more' | 'moved';
  readonly level: 'BREAKING' | 'UNKNOWN';
}

export function isParallel(c: Comparison, a: ts.Signature, b: ts.Signature): boolean {
  const [from, to] = [a.declaration, b.declaration];
  return from !== undefined && to !== undefined && from.kind === to.kind && c.identity.equalNodes(from, to).parallel;
}

/** An overload that is tried before the one that serves earlier calls, takes some of them, and answers with something else; the worst. */
export function takerOf(c: Comparison, { as, bs, served }: MatchedOverloads): Taker | null {
  let doubtful: Taker | null = null;
  for (const [j, from] of as.entries()) {
    const now = served[j]?.to ?? 0;
    for (const [x, signature] of bs.slice(0, now).entries()) {
      const i = served.findIndex((match) => match?.to === x);
      const how = i === -1 ? 'new' : i < j ? 'takes more' : 'moved';
      const server = bs[now] as ts.Signature;
      const before = as[i];
      const takes =
        how === 'takes more' && before !== undefined
          ? takesMore(c, before, signature, from)
          : mayTake(c, shapeOf(c, signature), shapeOf(c, server));
      if (!takes) continue;
      // What became of its own answer is told of itself.
      const level = answerOf(c, from, before ?? signature);
      if (level === 'BREAKING') return { signature, how, level };
      if (level === 'UNKNOWN') doubtful ??= { signature, how, level };
    }
  }
  return doubtful;
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
  const name = nameOf(one);
  if (name !== undefined && name === nameOf(other) && (isGeneric(c, one) || isGeneric(c, other))) return true;
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
