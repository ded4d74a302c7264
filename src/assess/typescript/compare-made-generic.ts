/** What was written for a signature without type parameters, held against the generic one that it became. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { parameterAt, parametersOf } from './signature-parameters.js';

/** Who wrote what has to fit the later signature, and where it stands. */
interface Implementation {
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

/** True where what is handed in is held against what is taken both ways (checker.ts, compareSignaturesRelated). */
function isMethod({ declaration }: ts.Signature): boolean {
  return declaration !== undefined && (ts.isMethodSignature(declaration) || ts.isMethodDeclaration(declaration));
}

function compareTaken(c: Comparison, from: ts.Signature, to: ts.Signature, { path, whose }: Implementation): void {
  const [as, bs] = [from, to].map((signature) => parametersOf(c, signature));
  if (as === undefined || bs === undefined) return;
  for (const index of as.keys()) {
    const [was, is] = [parameterAt(c, as, index), parameterAt(c, bs, index)];
    if (was === null || is === null || !namesOwn(c, to, is.node)) continue;
    if (c.assignable(is.type, was.type) || (isMethod(to) && c.assignable(was.type, is.type))) continue;
    const taken = c.show(was.type);
    c.breaking('type-param-added', path, `generic now: ${whose} may take ${taken} for ${was.name}`, taken, null);
    return;
  }
}

function compareGiven(c: Comparison, from: ts.Signature, to: ts.Signature, { path, whose }: Implementation): void {
  const [was, is] = [from, to].map((signature) => signature.getReturnType());
  const node = to.declaration?.type;
  if (was === undefined || is === undefined || node === undefined || !namesOwn(c, to, node)) return;
  if (c.assignable(was, is)) return;
  const given = c.show(was);
  c.breaking('type-param-added', path, `generic now: ${whose} may give ${given}`, given, c.show(is));
}

/** Tells where an implementation of the earlier signature, which names no type parameters, does not fit the later one. */
export function compareMadeGeneric(c: Comparison, from: ts.Signature, to: ts.Signature, at: Implementation): void {
  if (from.typeParameters !== undefined || to.typeParameters === undefined) return;
  compareTaken(c, from, to, at);
  compareGiven(c, from, to, at);
}
