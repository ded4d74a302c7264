/** Arguments of which a new type parameter is inferred, where anything was taken: whatever a call passes, it still may. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { mentionsIn } from './mentions.js';
import { isErrorType } from './symbols.js';

/**
 * The type parameters that are new, take anything, and are named in one argument alone. Of functions only: a class that overrides a method
 * with one that takes less fits `any`, and does not fit a type parameter.
 */
export function inferredByOneArgument(c: Comparison, a: ts.Signature, b: ts.Signature): readonly ts.Type[] {
  const added = (b.typeParameters ?? []).slice(a.typeParameters?.length ?? 0);
  const { declaration } = b;
  if (added.length === 0 || declaration === undefined || !ts.isFunctionDeclaration(declaration)) return [];
  const extended = (declaration.typeParameters ?? []).map(({ constraint }) => constraint);
  const mentions = mentionsIn(c.checker, [...declaration.parameters.map(({ type }) => type), ...extended]);
  return added.filter((type) => type.getConstraint() === undefined && mentions.get(type.symbol) === 1);
}

/** True where `to` is a type parameter that stands where anything was taken, by itself or as what a list holds. */
export function standsForAnything(c: Comparison, from: ts.Type, to: ts.Type, inferred: readonly ts.Type[]): boolean {
  if (from.flags & ts.TypeFlags.Any) return !isErrorType(from) && inferred.includes(to);
  if (!c.checker.isArrayType(from) || !c.checker.isArrayType(to)) return false;
  const [one, other] = [from, to].map((type) => type as ts.TypeReference);
  if (one === undefined || other === undefined || one.target.symbol !== other.target.symbol) return false;
  const [held, holds] = [one, other].map((list) => c.checker.getTypeArguments(list)[0]);
  return held !== undefined && holds !== undefined && standsForAnything(c, held, holds, inferred);
}
