/** The members of objects, instances and namespaces: there or not, optional or not, readable, writable, visible. */

import ts from '../compiler.cjs';
import { foreignBases, originOf } from './compare-foreign.js';
import { compareForm, compareOverriding, type MemberPair } from './compare-member-form.js';
import type { Comparison } from './comparison.js';
import { BOTH, isReceived, isSupplied, joined, type Role } from './roles.js';
import {
  isAbstract,
  isAsDeclared,
  isInstantiated,
  isOfClass,
  isOfLibrary,
  isReadonly,
  memberName,
  PRIMITIVE,
  resolved,
  visibilityOf,
} from './symbols.js';
import { isThis, isWrittenAlike, withoutUndefined } from './type-kinds.js';
import type { Place } from './type-places.js';

function has(symbol: ts.Symbol, flag: ts.SymbolFlags): boolean {
  return (symbol.flags & flag) !== 0;
}

function isOptional(symbol: ts.Symbol): boolean {
  return has(symbol, ts.SymbolFlags.Optional);
}

function isInstance(type: ts.Type): boolean {
  return (type.symbol as ts.Symbol | undefined) !== undefined && type.isClass();
}

function isConstructor(c: Comparison, type: ts.Type): boolean {
  return c.checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length > 0;
}

function isFunction(c: Comparison, type: ts.Type): boolean {
  return c.checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0;
}

/** `Box#size`, `Options.size`, `[Symbol.iterator]`. */
function memberPath(owner: ts.Type, symbol: ts.Symbol, place: Place): string {
  const name = memberName(symbol);
  if (name.startsWith('[')) return `${place.path}${name}`;
  const written = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
  return `${place.path}${isInstance(owner) ? '#' : '.'}${written}`;
}

interface Member {
  readonly symbol: ts.Symbol;
  readonly path: string;
  readonly type: ts.Type;
}

function membersOf(c: Comparison, type: ts.Type, place: Place): Map<string, Member> {
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
function presentType(c: Comparison, member: Member): ts.Type {
  return isOptional(member.symbol) ? withoutUndefined(c, member.type) : member.type;
}

/** The types of a member before and after. That it may be missing is told by itself, unless `undefined` stood for it. */
function memberTypes(c: Comparison, from: Member, to: Member): [ts.Type, ts.Type] {
  const mayBeUndefined = ({ symbol, type }: Member): boolean =>
    !isOptional(symbol) && type.isUnion() && type.types.some((part) => part.flags & ts.TypeFlags.Undefined);
  return [mayBeUndefined(to) ? from.type : presentType(c, from), mayBeUndefined(from) ? to.type : presentType(c, to)];
}

/** True where the two come from declarations that are the same, in surroundings that are. */
function isUnchanged(c: Comparison, from: ts.Symbol, to: ts.Symbol): boolean {
  if (from === to) return true;
  const [as, bs] = [from.declarations ?? [], to.declarations ?? []];
  if (as.length === 0 || as.length !== bs.length) return false;
  const asDeclared = isAsDeclared(from) && isAsDeclared(to);
  if (!asDeclared && !(isInstantiated(from) && isInstantiated(to))) return false;
  return as.every((node, index) => {
    const { equal, outer, parallel } = c.identity.equalNodes(node, bs[index] as ts.Node);
    // What changed in the declarations that it names is told there.
    return (equal || (parallel && asDeclared && !c.isQuiet)) && (asDeclared || !outer);
  });
}

/**
 * True where a type takes any name. `any`: it does so because it is computed from `any`, which is what the checker makes of a type that is not in the
 * module (`Omit<Missing, 'a'>`): nobody wrote an index, and there is one for every kind of key.
 */
function takesAnyName(c: Comparison, type: ts.Type): boolean | 'any' {
  const infos = c.checker.getIndexInfosOfType(type);
  const isMade = infos.every((info) => info.declaration === undefined && info.type.flags & ts.TypeFlags.Any);
  if (isMade && infos.some(({ keyType }) => keyType.flags & ts.TypeFlags.ESSymbol)) return 'any';
  return infos.some(({ keyType }) => keyType.flags & ts.TypeFlags.String);
}

/** A member that is gone. */
function reportRemoved(c: Comparison, from: Member, b: ts.Type, role: Role): void {
  const { symbol, path } = from;
  if (visibilityOf(symbol) === 'private') return;
  const before = c.show(from.type);
  const covering = takesAnyName(c, b);
  if (covering === true && !isReceived(role)) return;
  if (covering === 'any' && !isReceived(role)) {
    const message = 'option removed; whether any name is taken hangs on a type that is not known';
    c.unknown('unresolved-import', path, message, before, null);
    return;
  }
  const nothing = ts.TypeFlags.Never | ts.TypeFlags.Undefined;
  if (!isReceived(role) && isOptional(symbol) && presentType(c, from).flags & nothing) {
    c.minor('member-removed', path, 'removed; it could not be given anyway', before, null);
    return;
  }
  const what = has(symbol, ts.SymbolFlags.Method)
    ? 'method'
    : isSupplied(role) && !isReceived(role)
      ? 'option'
      : 'member';
  c.breaking('member-removed', path, `${what} removed`, before, null);
}

/** What every object has from `Object`, whether its type says so or not. */
const OF_EVERY_OBJECT: ReadonlySet<string> = new Set([
  'toString',
  'toLocaleString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'constructor',
]);

/** A member that is new. */
function reportAdded(c: Comparison, to: Member, a: ts.Type, role: Role): void {
  const { symbol, path } = to;
  if (visibilityOf(symbol) === 'private') return;
  const after = c.show(to.type);
  if (isAbstract(symbol)) {
    c.breaking('member-abstract', path, 'new and abstract: subclasses have to implement it', null, after);
    return;
  }
  const covered = takesAnyName(c, a) === true;
  const owed =
    isSupplied(role) && !isOptional(symbol) && visibilityOf(symbol) === 'public' && !OF_EVERY_OBJECT.has(symbol.name);
  if (owed) {
    c.breaking('member-added', path, 'new and required: callers do not supply it', null, after);
    return;
  }
  if (covered && isReceived(role)) return;
  const kind = isOptional(symbol) ? 'optional member added' : 'member added';
  c.minor('member-added', path, kind, null, after);
}

function compareVisibility(c: Comparison, from: Member, to: Member): boolean {
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
  return !has(symbol, ts.SymbolFlags.Method) && !isReadonly(symbol);
}

function compareOptionality(c: Comparison, from: Member, to: Member, role: Role): void {
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

function compareWriting(c: Comparison, from: Member, to: Member, role: Role): void {
  const [was, is] = [isReadonly(from.symbol), isReadonly(to.symbol)];
  if (was === is || has(from.symbol, ts.SymbolFlags.Method) || has(to.symbol, ts.SymbolFlags.Method)) return;
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
function compareAssignment(c: Comparison, from: Member, to: Member, role: Role): void {
  const isAssigned = isOfClass(from.symbol) || setterType(c, from.symbol) !== null;
  if (!isAssigned || has(from.symbol, ts.SymbolFlags.Method) || !isReceived(role)) return;
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

function compareMember(c: Comparison, owner: ts.Type, from: Member, to: Member, role: Role): void {
  if (!compareVisibility(c, from, to)) return;
  if (isUnchanged(c, from.symbol, to.symbol)) return;
  if (isAbstract(to.symbol) && !isAbstract(from.symbol)) {
    c.breaking('member-abstract', from.path, 'abstract now: subclasses have to implement it', null, null);
  }
  if (isAbstract(from.symbol) && !isAbstract(to.symbol)) {
    c.minor('member-abstract', from.path, 'no longer abstract: subclasses may inherit it', null, null);
  }
  const pair: MemberPair = {
    owner,
    from: from.symbol,
    to: to.symbol,
    path: from.path,
    before: presentType(c, from),
    after: presentType(c, to),
  };
  compareForm(c, pair, role);
  compareOverriding(c, pair);
  compareOptionality(c, from, to, role);
  compareWriting(c, from, to, role);
  compareAssignment(c, from, to, role);
  // Subclasses implement what is abstract, and callers call it.
  const own = isAbstract(from.symbol) ? joined(role, BOTH) : role;
  const called = isFunction(c, presentType(c, from)) ? '()' : '';
  const nodes = [from.symbol, to.symbol].map(writtenType);
  // Of what cannot be computed it is still known that it is what it was.
  if (isWrittenAlike(c, nodes[0], nodes[1])) return;
  const place: Place = { path: `${from.path}${called}`, kind: 'member', nodes };
  const [before, after] = memberTypes(c, from, to);
  c.compareTypes(before, after, own, place);
}

/** The type of a property as it is written, where the property is what its declaration says. */
function writtenType(symbol: ts.Symbol): ts.TypeNode | undefined {
  const [node, ...more] = symbol.declarations ?? [];
  if (node === undefined || more.length > 0 || !(isAsDeclared(symbol) || isInstantiated(symbol))) return undefined;
  return ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) ? node.type : undefined;
}

/** True for a member that both inherit from one declaration of the library: told by what the library's type holds. */
function isOfSameLibrary(from: ts.Symbol, to: ts.Symbol): boolean {
  const node = from.declarations?.[0];
  return node !== undefined && node === to.declarations?.[0] && isOfLibrary(from);
}

/** The library's classes and interfaces that a type is made from, by whatever way. */
function libraryBases(c: Comparison, type: ts.Type, found: ts.TypeReference[] = []): ts.TypeReference[] {
  const target = (type as ts.TypeReference).target ?? type;
  if (!target.isClassOrInterface()) return found;
  for (const base of c.checker.getBaseTypes(target)) {
    if (base.symbol !== undefined && isOfLibrary(base.symbol)) found.push(base as ts.TypeReference);
    else libraryBases(c, base, found);
  }
  return found;
}

/** Members that come from elsewhere are not seen: what they are taken from has to be what it was. */
function compareForeignBases(c: Comparison, a: ts.Type, b: ts.Type, place: Place): void {
  if (c.basesCompared.has(a) && c.basesCompared.has(b)) return;
  const [before, after] = [a, b].map((type) =>
    foreignBases(c, (type.symbol as ts.Symbol | undefined)?.declarations ?? []),
  );
  if (before === undefined || after === undefined) return;
  const isKept = (node: ts.Node, others: readonly ts.Node[]): boolean =>
    others.some((other) => c.identity.equalNodes(node, other).alike);
  const gone = before.find((node) => !isKept(node, after));
  const come = after.find((node) => !isKept(node, before));
  if (gone === undefined && come === undefined) return;
  const origin = originOf(c, [gone, come]) ?? 'a package';
  const message = `extends something else from ${origin}, which is not in the module`;
  c.unknown('unresolved-import', place.path, message, gone?.getText() ?? null, come?.getText() ?? null);
}

function compareLibraryBases(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  const after = libraryBases(c, b);
  for (const from of libraryBases(c, a)) {
    const to = after.find(({ symbol }) => symbol === from.symbol);
    if (to === undefined) continue;
    const [as, bs] = [from, to].map((base) => c.checker.getTypeArguments(base).filter((type) => !isThis(type)));
    as?.forEach((arg, index) => {
      const other = bs?.[index];
      if (other === undefined) return;
      const isAny = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.Any) !== 0;
      const path = `${place.path} extends ${from.symbol.name}`;
      // Whoever leaves the argument out has not said that it may be anything.
      if (isAny(arg) && !isAny(other))
        c.minor('any-removed', path, `holds ${c.show(other)} now, held any`, 'any', c.show(other));
      else c.compareTypes(arg, other, role, { path, kind: 'member' });
    });
  }
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
function keepRenamedSymbols(c: Comparison, before: ReadonlyMap<string, Member>, after: Map<string, Member>): void {
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

/** Compares the members of two types; those that only one has are gained or lost. */
export function compareMembers(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  const before = membersOf(c, a, place);
  const after = membersOf(c, b, place);
  keepRenamedSymbols(c, before, after);
  for (const [name, from] of before) {
    const to = after.get(name);
    if (to === undefined) reportRemoved(c, from, b, role);
    else if (!isOfSameLibrary(from.symbol, to.symbol)) compareMember(c, a, from, to, role);
  }
  for (const [name, to] of after) if (!before.has(name)) reportAdded(c, to, a, role);
  compareLibraryBases(c, a, b, role, place);
  compareForeignBases(c, a, b, place);
}
