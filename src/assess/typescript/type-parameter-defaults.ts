/** Type parameters that are new and have a default: whoever does not know of them gets what the default stands for. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { mayBeEmpty } from './type-kinds.js';
import type { Place } from './type-places.js';

/** Lets each type parameter that only the later version has stand for its default. */
export function letDefaultsStand(c: Comparison, as: readonly ts.Type[], bs: readonly ts.Type[]): void {
  for (const b of bs.slice(as.length)) {
    const fallback = b.getDefault();
    if (fallback !== undefined) c.standIns.set(b, fallback);
  }
}

/** What the type is where type parameters that are new are left out. */
export function withDefaults(c: Comparison, type: ts.Type): ts.Type {
  if (c.standIns.size === 0) return type;
  let at = type;
  // A default may be another parameter's name.
  for (let left = c.standIns.size; left > 0; left -= 1) {
    const next = c.standIns.get(at);
    if (next === undefined) break;
    at = next;
  }
  if (!at.isIntersection()) return at;
  // What the checker makes of `T | undefined` without `undefined`: `T & {}`.
  const [fallback] = at.types.flatMap((part) => c.standIns.get(part) ?? []);
  const isRestEmpty = at.types.every((part) => c.standIns.has(part) || isEmpty(c, part));
  return fallback !== undefined && isRestEmpty ? c.checker.getNonNullableType(fallback) : at;
}

function isEmpty(c: Comparison, type: ts.Type): boolean {
  return c.checker.getPropertiesOfType(type).length === 0 && mayBeEmpty(c, type);
}

/** True where what fills in the parameters from the given place on is what stands there if nothing is given. */
export function areDefaults(
  c: Comparison,
  parameters: readonly ts.Type[],
  args: readonly ts.Type[],
  from: number,
): boolean {
  return args.slice(from).every((arg, index) => {
    const parameter = parameters[from + index];
    const fallback = parameter?.getDefault();
    if (parameter === undefined || fallback === undefined) return false;
    const earlier = parameters.indexOf(fallback);
    return (
      arg === fallback ||
      arg === parameter ||
      (earlier !== -1 && arg === args[earlier]) ||
      c.texts.readAlike(arg, fallback)
    );
  });
}

/** `direct` where an argument is of the parameter's type itself, `inside` where its type names it. */
type Mention = 'direct' | 'inside' | null;

/** How the arguments of a call could tell what a type parameter stands for. */
function mentionOf(c: Comparison, { declaration }: ts.Signature, parameter: ts.Type): Mention {
  let mention: Mention = null;
  const visit = (node: ts.Node, top: boolean): void => {
    if (ts.isIdentifier(node) && c.checker.getSymbolAtLocation(node) === parameter.symbol) {
      mention = top ? 'direct' : (mention ?? 'inside');
      return;
    }
    ts.forEachChild(node, (child) => visit(child, top && ts.isTypeReferenceNode(node)));
  };
  for (const node of declaration?.parameters ?? []) {
    if (ts.isParameter(node) && node.type !== undefined)
      visit(node.type, ts.isTypeReferenceNode(node.type) && node.type.typeArguments === undefined);
  }
  return mention;
}

/** The type parameters that are new and that no argument tells: a call gets what their defaults stand for. */
export function letUntoldDefaultsStand(c: Comparison, a: ts.Signature, b: ts.Signature): void {
  const [as, bs] = [a.typeParameters ?? [], b.typeParameters ?? []];
  letDefaultsStand(
    c,
    [],
    bs.slice(as.length).filter((type) => mentionOf(c, b, type) === null),
  );
}

/** A class whose constructor tells what a new type parameter stands for: that need not be its default. */
export function compareInference(c: Comparison, a: ts.Signature, b: ts.Signature, place: Place): void {
  if (b.declaration === undefined || !ts.isConstructorDeclaration(b.declaration)) return;
  const [as, bs] = [a.typeParameters ?? [], b.typeParameters ?? []];
  for (const type of bs.slice(as.length)) {
    const mention = type.getDefault() === undefined ? null : mentionOf(c, b, type);
    if (mention === null) continue;
    const path = `${place.path.replace(/^new /, '')}<${type.symbol.name}>`;
    const message = 'is inferred from what the constructor is given, and need not be its default';
    if (mention === 'direct') c.breaking('type-param-added', path, message, null, type.symbol.name);
    else c.unknown('not-comparable', path, message, null, type.symbol.name);
  }
}
