/** What was written for a signature without type parameters, held against the generic one that it became. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isMethod, parameterAt, parametersOf } from './signature-parameters.js';

/** Where the signature stands, and who implements it. */
interface Implemented {
  readonly path: string;
  /** `subclasses that override it`. */
  readonly whose: string;
}

/** True where a type is written with a type parameter of the signature's own: nothing but that, `any` and `never` fits it. */
function namesOwn(c: Comparison, signature: ts.Signature, node: ts.Node | undefined): boolean {
  if (node === undefined) return false;
  if (ts.isIdentifier(node)) {
    const named = c.checker.getSymbolAtLocation(node);
    return signature.typeParameters?.some(({ symbol }) => symbol === named) === true;
  }
  return ts.forEachChild(node, (child) => namesOwn(c, signature, child)) === true;
}

function compareTaken(c: Comparison, from: ts.Signature, to: ts.Signature, { path, whose }: Implemented): void {
  const [as, bs] = [parametersOf(c, from), parametersOf(c, to)];
  for (const index of as.keys()) {
    const [was, is] = [parameterAt(c, as, index), parameterAt(c, bs, index)];
    if (was === null || is === null || !namesOwn(c, to, is.node)) continue;
    if (c.assignable(is.type, was.type) || (isMethod(to) && c.assignable(was.type, is.type))) continue;
    const taken = c.show(was.type);
    c.breaking('type-param-added', path, `generic now: ${whose} may take ${taken} for ${was.name}`, taken, null);
    return;
  }
}

function compareGiven(c: Comparison, from: ts.Signature, to: ts.Signature, { path, whose }: Implemented): void {
  const [was, is] = [from.getReturnType(), to.getReturnType()];
  if (!namesOwn(c, to, to.declaration?.type) || c.assignable(was, is)) return;
  const given = c.show(was);
  c.breaking('type-param-added', path, `generic now: ${whose} may give ${given}`, given, c.show(is));
}

/** Tells where an implementation of the earlier signature, which names no type parameters, does not fit the later one. */
export function compareMadeGeneric(c: Comparison, from: ts.Signature, to: ts.Signature, at: Implemented): void {
  if (from.typeParameters !== undefined || to.typeParameters === undefined) return;
  compareTaken(c, from, to, at);
  compareGiven(c, from, to, at);
}
