/** Methods, accessors and properties: what a subclass that overrides a member, or an implementation of it, may be. */

import ts from '../compiler.cjs';
import { compareMadeGeneric } from './compare-made-generic.js';
import type { Comparison } from './comparison.js';
import { isSupplied, type Role } from './roles.js';
import { arityOf, type Parameter, parameterAt, parametersOf } from './signature-parameters.js';
import { isAbstract, isOfClass, isReadonly, PRIMITIVE } from './symbols.js';
import { nameOf, partsOf, returnsThis } from './type-kinds.js';
import { withDefaults } from './type-parameter-defaults.js';

/** A member before and after, and what has it. */
export interface MemberPair {
  readonly owner: ts.Type;
  readonly from: ts.Symbol;
  readonly to: ts.Symbol;
  readonly path: string;
  readonly before: ts.Type;
  readonly after: ts.Type;
}

type Form = 'method' | 'accessor' | 'property';

function formOf({ flags }: ts.Symbol): Form {
  if (flags & ts.SymbolFlags.Method) return 'method';
  return flags & ts.SymbolFlags.Accessor ? 'accessor' : 'property';
}

/** The class that declares a member of instances; null for a static one, and for one of anything else. */
function declaringClass(symbol: ts.Symbol): ts.ClassLikeDeclaration | null {
  if (!isOfClass(symbol)) return null;
  const [node] = symbol.declarations ?? [];
  if (node === undefined || ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Static) return null;
  const owner = ts.findAncestor(node, ts.isClassLike);
  return owner ?? null;
}

/** True where a subclass of a caller's may have a member of this name. */
function isOverridable(c: Comparison, symbol: ts.Symbol): boolean {
  const owner = declaringClass(symbol);
  return owner !== null && c.subclassing.canExtend(owner);
}

/** What a subclass had, and may not have any more (checker.ts, checkKindsOfPropertyMemberOverrides). */
function overriddenForm({ from, to }: MemberPair): string | null {
  const [was, is] = [formOf(from), formOf(to)];
  if (was === is) return null;
  const words = `${is === 'accessor' ? 'an' : 'a'} ${is} now, was ${was === 'accessor' ? 'an' : 'a'} ${was}`;
  // What is abstract is implemented as a property or as an accessor, whichever it was declared as.
  if (was !== 'method' && is !== 'method') return isAbstract(to) ? null : words;
  if (was === 'property' && !isAbstract(from)) return null;
  return words;
}

/** True where an implementation may take less than what it is handed, if it is a method's. */
function hasParameters(c: Comparison, type: ts.Type): boolean {
  return c.checker.getSignaturesOfType(type, ts.SignatureKind.Call).some((signature) =>
    signature.getParameters().some((parameter) => {
      const taken = c.checker.getTypeOfSymbol(parameter);
      const element = c.checker.isArrayType(taken) ? c.checker.getIndexTypeOfType(taken, ts.IndexKind.Number) : taken;
      return !((element ?? taken).flags & ts.TypeFlags.Any);
    }),
  );
}

/** True where callers write objects of the owner's type, or can name it to extend or implement it. */
function isImplemented(c: Comparison, owner: ts.Type, role: Role): boolean {
  const name = nameOf(owner);
  return isSupplied(role) || (name !== undefined && c.exportNames.has(name));
}

/** Compares the forms of a member. */
export function compareForm(c: Comparison, pair: MemberPair, role: Role): void {
  const { from, to, path, owner, before, after } = pair;
  const [was, is] = [formOf(from), formOf(to)];
  if (was === is) return;
  if (isOverridable(c, from)) {
    const words = overriddenForm(pair);
    if (words !== null) {
      c.breaking('type-changed', path, `${words}: subclasses that override it do not compile`, null, null);
      return;
    }
  }
  // The parameters of a method are compared both ways, those of a property's function are not.
  if (was === 'method' && is !== 'method' && hasParameters(c, before) && isImplemented(c, owner, role)) {
    c.breaking('type-changed', path, 'a property now, was a method: implementations may not take less', null, null);
  } else if (was !== 'method' && is === 'method' && (hasParameters(c, after) || isOverridable(c, from))) {
    c.minor('type-changed', path, 'a method now, was a property', null, null);
  }
}

/** Types that a subclass writes out, and does not name. */
function isSimple(type: ts.Type): boolean {
  return (type.flags & (PRIMITIVE | ts.TypeFlags.Unknown)) !== 0;
}

/** An alternative that the earlier type had and the later one has no place for; null where there is none. */
function lostAlternative(c: Comparison, from: ts.Type, later: ts.Type): ts.Type | null {
  const to = withDefaults(c, later);
  const inside = heldBy(c, from, to);
  if (inside !== null) return lostAlternative(c, ...inside);
  const names = new Set(partsOf(to).map((part) => nameOf(part)?.name));
  const fits = [to, ...partsOf(to).map((part) => withDefaults(c, part))];
  const isLost = (part: ts.Type): boolean =>
    (isSimple(part) || (nameOf(part) !== undefined && !names.has(nameOf(part)?.name))) &&
    !fits.some((type) => c.assignable(part, type));
  return partsOf(from).find(isLost) ?? null;
}

/** What two promises or lists hold. */
function heldBy(c: Comparison, from: ts.Type, to: ts.Type): [ts.Type, ts.Type] | null {
  const isHolder = (type: ts.Type): boolean => /^(Promise|Array|ReadonlyArray)$/.test(type.symbol?.name ?? '');
  if (!isHolder(from) || from.symbol !== to.symbol) return null;
  const [a, b] = [from, to].map((type) => c.checker.getTypeArguments(type as ts.TypeReference)[0]);
  return a === undefined || b === undefined ? null : [a, b];
}

function onlySignature(c: Comparison, type: ts.Type): ts.Signature | null {
  const [signature, ...more] = c.checker.getSignaturesOfType(type, ts.SignatureKind.Call);
  return signature === undefined || more.length > 0 ? null : signature;
}

/** A subclass's member that gives what the base's gave has to fit the base's still. */
export function compareOverriding(c: Comparison, pair: MemberPair): void {
  const { from, to, path, before, after } = pair;
  if (!isOverridable(c, from)) return;
  if (formOf(from) !== 'method') {
    if (isReadonly(from)) compareGiven(c, before, after, path);
    return;
  }
  const [was, is] = [onlySignature(c, before), onlySignature(c, after)];
  if (was === null || is === null || was.typeParameters !== undefined || formOf(to) !== 'method') return;
  if (is.typeParameters !== undefined) {
    compareMadeGeneric(c, was, is, { path, whose: 'subclasses that override it' });
    return;
  }
  compareHandedOver(c, was, is, path);
  if (returnsThis(was)) return;
  const result = was.getReturnType();
  if (!returnsThis(is)) compareGiven(c, result, is.getReturnType(), `${path}()`);
  else {
    const message = `returns this now: subclasses that override it give ${c.show(result)}`;
    c.breaking('return-narrowed', `${path}()`, message, c.show(result), 'this');
  }
}

/** What a method's callbacks are handed: an override that takes them as they were hands over less, or something else (checker.ts, compareSignaturesRelated). */
function compareHandedOver(c: Comparison, was: ts.Signature, is: ts.Signature, path: string): void {
  const after = parametersOf(c, is);
  for (const [index, { name, type }] of parametersOf(c, was).entries()) {
    const other = parameterAt(c, after, index);
    const [from, to] = [type, other?.type].map((one) => (one === undefined ? null : callbackOf(c, one)));
    if (from == null || to == null || !isHandedLess(c, parametersOf(c, from), parametersOf(c, to))) continue;
    const message = 'subclasses that override it take functions that are handed less, or something else';
    c.breaking('param-narrowed', `${path}(${name})`, message, c.show(type), other === null ? null : c.show(other.type));
  }
}

/** The one way to call what is no union but with null and undefined, and has no type parameters. */
function callbackOf(c: Comparison, type: ts.Type): ts.Signature | null {
  const signature = onlySignature(c, c.checker.getNonNullableType(type));
  return signature?.typeParameters === undefined ? signature : null;
}

function isHandedLess(c: Comparison, from: readonly Parameter[], to: readonly Parameter[]): boolean {
  if (arityOf(to).least > arityOf(from).most) return true;
  return from.some((was, index) => {
    const is = parameterAt(c, to, index);
    if (is === null || was.rest || is.rest) return false;
    return (was.optional && !is.optional) || lostAlternative(c, was.type, is.type) !== null;
  });
}

function compareGiven(c: Comparison, was: ts.Type, is: ts.Type, path: string): void {
  const lost = lostAlternative(c, was, is);
  if (lost === null) return;
  const message = `is ${c.show(is)} now: subclasses that override it may give ${c.show(lost)}`;
  c.breaking('type-narrowed', path, message, c.show(was), c.show(is));
}
