/** The members of a type, by the names under which callers find them. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isOfLibrary, isOptional, memberName, resolved } from './symbols.js';
import { withoutUndefined } from './type-kinds.js';
import type { Place } from './type-places.js';

export function hasFlag(symbol: ts.Symbol, flag: ts.SymbolFlags): boolean {
  return (symbol.flags & flag) !== 0;
}

function isInstance(type: ts.Type): boolean {
  return (type.symbol as ts.Symbol | undefined) !== undefined && type.isClass();
}

function isConstructor(c: Comparison, type: ts.Type): boolean {
  return c.checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length > 0;
}

/** `Box#size`, `Options.size`, `[Symbol.iterator]`. */
function memberPath(owner: ts.Type, symbol: ts.Symbol, place: Place): string {
  const name = memberName(symbol);
  if (name.startsWith('[')) return `${place.path}${name}`;
  const written = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
  return `${place.path}${isInstance(owner) ? '#' : '.'}${written}`;
}

export interface Member {
  readonly symbol: ts.Symbol;
  readonly path: string;
  readonly type: ts.Type;
}

export function membersOf(c: Comparison, type: ts.Type, place: Place): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const symbol of c.checker.getPropertiesOfType(type)) {
    const name = String(symbol.escapedName);
    // A class's `prototype` is its instances again.
    if (name.startsWith('__#') || (name === 'prototype' && isConstructor(c, type))) continue;
    members.set(memberName(symbol), {
      symbol,
      path: memberPath(type, symbol, place),
      get type() {
        return c.checker.getTypeOfSymbol(symbol);
      },
    });
  }
  return members;
}

/** What an optional member is where it is there. */
export function presentType(c: Comparison, member: Member): ts.Type {
  return isOptional(member.symbol) ? withoutUndefined(c, member.type) : member.type;
}

/** The unique symbol that is a member's name; undefined where it has another, or one of the library's. */
function uniqueSymbolOf(c: Comparison, { symbol }: Member): ts.Symbol | undefined {
  const node = ts.getNameOfDeclaration(symbol.declarations?.[0]);
  if (node === undefined || !ts.isComputedPropertyName(node)) return undefined;
  const named = c.checker.getSymbolAtLocation(node.expression);
  const key = named === undefined ? undefined : resolved(c.checker, named);
  return key === undefined || isOfLibrary(key) ? undefined : key;
}

/** Gives a member the name that it had before, where that is a unique symbol of which only the name changed. */
export function keepRenamedSymbols(
  c: Comparison,
  before: ReadonlyMap<string, Member>,
  after: Map<string, Member>,
): void {
  for (const [name, from] of before) {
    const key = after.has(name) ? undefined : uniqueSymbolOf(c, from);
    if (key === undefined) continue;
    for (const [renamed, to] of after) {
      const other = before.has(renamed) ? undefined : uniqueSymbolOf(c, to);
      if (other === undefined || !c.identity.equal(key, other)) continue;
      after.delete(renamed);
      after.set(name, to);
      break;
    }
  }
}
