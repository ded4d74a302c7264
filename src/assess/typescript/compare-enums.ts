/** Enums: their members by name and value. */

import ts from '../compiler.cjs';
import { reportChange } from './compare-leaves.js';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import type { Place } from './type-places.js';

function enumOf(type: ts.Type): ts.Symbol | null {
  const symbol = type.symbol as ts.Symbol | undefined;
  if (symbol === undefined || !(type.flags & ts.TypeFlags.EnumLike)) return null;
  if (symbol.flags & ts.SymbolFlags.Enum) return symbol;
  return (symbol as { readonly parent?: ts.Symbol }).parent ?? null;
}

/** True for an enum's type as a whole, and not one of its members. */
function isWhole(type: ts.Type): boolean {
  return enumOf(type) === type.symbol;
}

/** Each member with its value; null where the value is not written in the declaration. */
function enumMembersOf(c: Comparison, symbol: ts.Symbol): Map<string, string | number | null> {
  const members = new Map<string, string | number | null>();
  for (const member of symbol.exports?.values() ?? []) {
    const node = member.valueDeclaration;
    if (node === undefined || !ts.isEnumMember(node)) continue;
    members.set(member.name, c.checker.getConstantValue(node) ?? null);
  }
  return members;
}

function shown(value: string | number | null | undefined): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** Compares two enums; each pair is told once. */
export function compareEnumSymbols(c: Comparison, before: ts.Symbol, after: ts.Symbol, role: Role, path: string): void {
  if (before === after || c.identity.equal(before, after)) return;
  const [wasConst, isConst] = [before, after].map((symbol) => (symbol.flags & ts.SymbolFlags.ConstEnum) !== 0);
  if (isConst && !wasConst)
    c.breaking('export-kind-changed', path, 'a const enum now: nothing of it is left at run time', null, null);
  if (wasConst && !isConst) c.minor('export-kind-changed', path, 'an enum at run time as well now', null, null);
  const [from, to] = [enumMembersOf(c, before), enumMembersOf(c, after)];
  for (const [name, value] of from) {
    const at = `${path}.${name}`;
    const now = to.get(name);
    if (!to.has(name)) c.breaking('enum-member-removed', at, 'enum member removed', shown(value), null);
    else if (now !== value) {
      const message = `has the value ${shown(now) ?? 'that it is given at run time'} now, had ${shown(value) ?? 'one given at run time'}`;
      c.breaking('enum-value-changed', at, message, shown(value), shown(now));
    }
  }
  for (const [name, value] of to) {
    if (from.has(name)) continue;
    const at = `${path}.${name}`;
    if (isReceived(role))
      c.breaking('enum-member-added', at, 'new value that callers may be handed', null, shown(value));
    else c.minor('enum-member-added', at, 'enum member added', null, shown(value));
  }
}

/** True where nothing is left to compare. */
export function compareEnums(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  const [from, to] = [enumOf(a), enumOf(b)];
  if (from === null || to === null || from.name !== to.name) return false;
  if (isWhole(a) && isWhole(b)) {
    compareEnumSymbols(c, from, to, role, place.path);
    return true;
  }
  if (isWhole(a) || isWhole(b) || a.symbol.name !== b.symbol.name) {
    const [wider, narrower] = [isWhole(b) && !isWhole(a), isWhole(a) && !isWhole(b)];
    const breaks = (isReceived(role) && !narrower) || (isSupplied(role) && !wider);
    reportChange(c, a, b, role, place, wider ? 'widened' : narrower ? 'narrowed' : 'changed', breaks);
  }
  return true;
}
