/** Types known by a name on both sides: the same declaration filled in alike is the same type, whatever it expands to. */

import ts from '../compiler.cjs';
import { heldNodes } from './compare-foreign.js';
import { compareKeyed } from './compare-keyed.js';
import type { Comparison } from './comparison.js';
import { composedUses, flipped, isInPart, isSupplied, type Role } from './roles.js';
import { isOfLibrary, typeParametersOf } from './symbols.js';
import { isGeneric, nameOf } from './type-kinds.js';
import { areDefaults, letDefaultsStand } from './type-parameter-defaults.js';
import { bare, type Place } from './type-places.js';

/** The declaration that a type refers to, and what its type parameters are filled in with. */
interface Reference {
  readonly symbol: ts.Symbol;
  readonly args: readonly ts.Type[];
}

function typeArgumentsOf(c: Comparison, type: ts.Type): readonly ts.Type[] | null {
  if (!(type.flags & ts.TypeFlags.Object)) return [];
  if (!((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference)) return [];
  const reference = type as ts.TypeReference;
  // Tuples are made of their elements, not of a declaration.
  if (c.checker.isTupleType(type)) return null;
  const own = reference.target.typeParameters?.length ?? 0;
  // The last argument of a class or interface is what `this` stands for.
  return c.checker.getTypeArguments(reference).slice(0, own);
}

function referencesOf(c: Comparison, type: ts.Type): Reference[] {
  const references: Reference[] = [];
  if (type.aliasSymbol !== undefined) {
    references.push({ symbol: type.aliasSymbol, args: type.aliasTypeArguments ?? [] });
  }
  const symbol = type.symbol as ts.Symbol | undefined;
  if (symbol !== undefined && symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) {
    const isInstance =
      (type as ts.ObjectType).objectFlags & (ts.ObjectFlags.ClassOrInterface | ts.ObjectFlags.Reference);
    const args = typeArgumentsOf(c, type);
    if (isInstance && args !== null) references.push({ symbol, args });
  }
  return references;
}

/** Generic types of the standard library of which callers read what the argument names; of the last, in what order. */
const SENT_IN: Readonly<Record<string, number>> = { Generator: 2, AsyncGenerator: 2, Iterator: 2, AsyncIterator: 2 };

/** True where nothing is left to compare. */
export function compareReferences(
  c: Comparison,
  a: ts.Type,
  b: ts.Type,
  role: Role,
  place: Place,
  met: string,
): boolean {
  const after = referencesOf(c, b);
  return referencesOf(c, a).some((from) =>
    after.some((to) => compareReference(c, { a, b, from, to, met }, role, place)),
  );
}

/** Two types, and a declaration that each of them refers to. */
interface ReferencePair {
  readonly a: ts.Type;
  readonly b: ts.Type;
  readonly from: Reference;
  readonly to: Reference;
  /** Where the two were met: what fills in a declaration is said there, and not where it is declared. */
  readonly met: string;
}

function compareReference(c: Comparison, pair: ReferencePair, role: Role, place: Place): boolean {
  const { from } = pair;
  const to = { ...pair.to, args: withoutNewArguments(c, pair) };
  if (from.args.length !== to.args.length) return compareInferred(c, pair, role, place);
  if (from.symbol === to.symbol && isOfLibrary(from.symbol)) {
    return isContainer(from) && compareArguments(c, from, to, role, place);
  }
  const equal = c.identity.equal(from.symbol, to.symbol);
  const sameArguments = (): boolean => from.args.every((arg, index) => c.same(arg, to.args[index] as ts.Type));
  if (equal && (from.args.length === 0 || sameArguments())) return true;
  if (from.args.length === 0 || from.symbol.name !== to.symbol.name) return false;
  // What an alias stands for is computed where it can be; a class or interface is what its declaration says.
  const isAlias = (from.symbol.flags & ts.SymbolFlags.TypeAlias) !== 0;
  if (isAlias && (!isOpen(c, from) || (equal && !isStructure(c, from.symbol)))) return false;
  if (equal && isComputedFrom(c, from, to)) return false;
  return compareGeneric(c, { ...pair, to }, role, place, equal);
}

/** True for a class or interface that computes something of a record which fills it in: what, is seen of it filled in alone. */
function isComputedFrom(c: Comparison, from: Reference, to: Reference): boolean {
  const isRecord = ({ symbol }: ts.Type): boolean =>
    symbol !== undefined && (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeLiteral)) !== 0;
  const isChanged = (arg: ts.Type, index: number): boolean => arg !== to.args[index] && isRecord(arg);
  return from.args.some(isChanged) && !isOpen(c, from) && c.identity.declarations.turnings.of(from.symbol) === 'any';
}

/** What fills in the type parameters that both have, where the others are filled in with their defaults. */
function withoutNewArguments(c: Comparison, { from, to }: ReferencePair): readonly ts.Type[] {
  const known = from.args.length;
  if (to.args.length <= known || from.symbol.name !== to.symbol.name || isOfLibrary(to.symbol)) return to.args;
  return areDefaults(c, typeParametersOf(c.checker, to.symbol), to.args, known) ? to.args.slice(0, known) : to.args;
}

/**
 * What a call infers for type parameters that are new, where their defaults stood: less than that, so that it is known
 * what it means where callers supply it. True where nothing is left to compare.
 */
function compareInferred(c: Comparison, { from, to }: ReferencePair, role: Role, place: Place): boolean {
  const known = from.args.length;
  if (known === 0 || to.args.length < known || from.symbol.name !== to.symbol.name) return false;
  const parameters = typeParametersOf(c.checker, to.symbol);
  const isInferred = (arg: ts.Type, index: number): boolean =>
    (arg.flags & ts.TypeFlags.TypeParameter) !== 0 && parameters[known + index]?.getDefault() !== undefined;
  const inferred = to.args.slice(known);
  if (!inferred.every(isInferred)) return false;
  const supplied = inferred.find((_, index) =>
    isSupplied(composedUses(c.positions.usesOfParameter(to.symbol, parameters[known + index]?.symbol), role).whole),
  );
  if (supplied === undefined) return false;
  const fallback = parameters[to.args.indexOf(supplied)]?.getDefault();
  const [before, after] = [fallback === undefined ? '' : c.show(fallback), c.show(supplied)];
  const message = `takes ${after} now, which is inferred, and took ${before}`;
  c.breaking('param-narrowed', place.path, message, before, after);
  return true;
}

/**
 * A generic declaration that changed is compared as it is declared, once, and not again for each way in which it is
 * filled in: what it is filled in with is compared in the roles that it has there.
 */
function compareGeneric(
  c: Comparison,
  { a, b, from, to, met }: ReferencePair,
  role: Role,
  place: Place,
  equal: boolean,
): boolean {
  const [before, after] = [from.symbol, to.symbol].map((symbol) => c.checker.getDeclaredTypeOfSymbol(symbol));
  if (before === undefined || after === undefined || (before === a && after === b)) return false;
  const parameters = typeParametersOf(c.checker, from.symbol);
  const others = typeParametersOf(c.checker, to.symbol);
  c.pairTypeParameters(parameters, others);
  letDefaultsStand(c, parameters, others);
  if (!equal) c.compareTypes(before, after, role, bare(place));
  from.args.forEach((arg, index) => {
    const uses = composedUses(c.positions.usesOfParameter(from.symbol, parameters[index]?.symbol), role);
    const other = to.args[index];
    if (other === undefined) return;
    const path = held(from.symbol === nameOf(a) ? met : place.path, from, index);
    if (uses.whole !== 0)
      c.compareTypes(arg, other, uses.whole, {
        ...place,
        path,
        nodes: heldNodes(c, place.nodes, [from.symbol, to.symbol], index),
      });
    else if (arg !== other && isInPart(uses)) compareKeyed(c, arg, other, uses, path);
  });
  return true;
}

/** True where what fills it in depends on type parameters itself. */
function isOpen(c: Comparison, { args }: Reference): boolean {
  return args.some((arg) => isGeneric(c, arg));
}

/** True for an alias of an object or of several at once, which has what its parameters are in, and computes nothing. */
function isStructure(c: Comparison, symbol: ts.Symbol): boolean {
  const { flags } = c.checker.getDeclaredTypeOfSymbol(symbol);
  return (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
}

/** True for the library's containers, which are told by what they hold. */
function isContainer({ symbol, args }: Reference): boolean {
  return args.length > 0 && (symbol.flags & ts.SymbolFlags.TypeAlias) === 0;
}

function compareArguments(c: Comparison, from: Reference, to: Reference, role: Role, place: Place): boolean {
  from.args.forEach((arg, index) => {
    const other = to.args[index] as ts.Type;
    const sentIn = SENT_IN[from.symbol.name] === index;
    const at: Place = {
      ...place,
      path: held(place.path, from, index),
      nodes: heldNodes(c, place.nodes, [from.symbol, to.symbol], index),
    };
    c.compareTypes(arg, other, sentIn ? flipped(role) : role, at);
  });
  return true;
}

/** What a container holds, in a caller's words: an array's elements; of a promise, what is awaited. */
function held(path: string, { symbol, args }: Reference, index: number): string {
  if (/^(Readonly)?Array$/.test(symbol.name)) return `${path}[]`;
  if (/^Promise(Like)?$/.test(symbol.name)) return path;
  return args.length === 1 ? `${path}<>` : `${path}<${index + 1}>`;
}
