/** Who may see, leave out and write a member. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import { isAbstract, isOfClass, isOptional, isReadonly, PRIMITIVE, visibilityOf } from './symbols.js';
import { hasFlag, type Member, presentType } from './type-members.js';

export function compareVisibility(c: Comparison, from: Member, to: Member): boolean {
  const order = ['private', 'protected', 'public'] as const;
  const [was, is] = [visibilityOf(from.symbol), visibilityOf(to.symbol)];
  if (was === 'private') {
    if (is !== 'private') c.minor('member-exposed', to.path, `${is} now, was private`, null, c.show(to.type));
    return false;
  }
  if (order.indexOf(is) < order.indexOf(was)) {
    c.breaking('member-hidden', from.path, `${is} now, was ${was}`, c.show(from.type), null);
    return false;
  }
  if (was === 'protected' && is === 'public' && isAbstract(from.symbol)) {
    const message = 'public now, was protected: subclasses implement it as protected';
    c.breaking('member-exposed', to.path, message, c.show(from.type), c.show(to.type));
  } else if (is !== was)
    c.minor('member-exposed', to.path, `${is} now, was ${was}`, c.show(from.type), c.show(to.type));
  return true;
}

function isWritable(symbol: ts.Symbol): boolean {
  return !hasFlag(symbol, ts.SymbolFlags.Method) && !isReadonly(symbol);
}

export function compareOptionality(c: Comparison, from: Member, to: Member, role: Role): void {
  const [was, is] = [isOptional(from.symbol), isOptional(to.symbol)];
  if (was === is) return;
  const [before, after] = [c.show(from.type), c.show(to.type)];
  if (is) {
    const message = 'optional now, was required';
    if (isReceived(role))
      c.breaking('member-optional', from.path, `${message}: callers may find nothing`, before, after);
    else c.minor('member-optional', from.path, message, before, after);
    return;
  }
  const message = 'required now, was optional';
  if (isReceived(role) && isOfClass(from.symbol) && isWritable(from.symbol) && isWritable(to.symbol)) {
    c.breaking('member-required', from.path, `${message}: callers may have cleared it`, before, after);
  } else if (isSupplied(role))
    c.breaking('member-required', from.path, `${message}: callers may not supply it`, before, after);
  else c.minor('member-required', from.path, message, before, after);
}

export function compareWriting(c: Comparison, from: Member, to: Member, role: Role): void {
  const [was, is] = [isReadonly(from.symbol), isReadonly(to.symbol)];
  if (was === is || hasFlag(from.symbol, ts.SymbolFlags.Method) || hasFlag(to.symbol, ts.SymbolFlags.Method)) return;
  if (!is) c.minor('member-writable', from.path, 'writable now, was readonly', null, null);
  else if (isReceived(role))
    c.breaking('member-readonly', from.path, 'readonly now, callers could write it', null, null);
  else c.minor('member-readonly', from.path, 'readonly now: it is only read', null, null);
}

/** What may be written to an accessor, which is not always what is read from it; null where it is what is read. */
function setterType(c: Comparison, symbol: ts.Symbol): ts.Type | null {
  const setter = symbol.declarations?.find(ts.isSetAccessor);
  const parameter = setter?.parameters[0];
  return parameter === undefined ? null : c.checker.getTypeAtLocation(parameter);
}

/** Callers assign to what a class, or a setter, lets them assign to: there, a type that takes less breaks them as well. */
export function compareAssignment(c: Comparison, from: Member, to: Member, role: Role): void {
  const isAssigned = isOfClass(from.symbol) || setterType(c, from.symbol) !== null;
  if (!isAssigned || hasFlag(from.symbol, ts.SymbolFlags.Method) || !isReceived(role)) return;
  if (isReadonly(from.symbol) || isReadonly(to.symbol)) return;
  const before = setterType(c, from.symbol) ?? presentType(c, from);
  const after = setterType(c, to.symbol) ?? presentType(c, to);
  const simple = (type: ts.Type): boolean =>
    (type.flags & PRIMITIVE) !== 0 || (type.isUnion() && type.types.every(simple));
  // Objects that callers build to assign them are rare, and an added field would cry wolf.
  if (!simple(before)) return;
  if (c.assignable(before, after)) {
    if (c.assignable(after, before) || setterType(c, to.symbol) === null) return;
    c.minor(
      'type-widened',
      from.path,
      `takes ${c.show(after)} now, took ${c.show(before)}`,
      c.show(before),
      c.show(after),
    );
    return;
  }
  c.breaking(
    'type-narrowed',
    from.path,
    `takes ${c.show(after)} now, callers could assign ${c.show(before)}`,
    c.show(before),
    c.show(after),
  );
}
