/** Unions, and what is one on one side only: which alternatives came, which went, which changed. */

import ts from '../compiler.cjs';
import { alternativeNodes } from './compare-foreign.js';
import { codeOf, reportChange } from './compare-leaves.js';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import { memberName, PRIMITIVE } from './symbols.js';
import { isGeneric, NOTHING, nameOf } from './type-kinds.js';
import { withDefaults } from './type-parameter-defaults.js';
import { bare, changedType, OPEN, type Place } from './type-places.js';

/** The alternatives; `boolean` and a whole enum are one each. */
function alternativesOf(c: Comparison, type: ts.Type): ts.Type[] {
  if (!type.isUnion() || type.flags & ts.TypeFlags.Boolean) return [type];
  const booleans = type.types.filter((part) => part.flags & ts.TypeFlags.BooleanLiteral);
  const others = type.types.filter((part) => !(part.flags & ts.TypeFlags.BooleanLiteral));
  return booleans.length === 2 ? [...others, c.checker.getBooleanType()] : [...others, ...booleans];
}

/** What a literal is, so that the same one of the other version is found. */
function literalKey(type: ts.Type): string | null {
  if (type.flags & ts.TypeFlags.EnumLiteral && type.symbol !== undefined) {
    const parent = (type.symbol as { readonly parent?: ts.Symbol }).parent;
    return `enum ${parent?.name ?? ''}.${type.symbol.name}`;
  }
  if (type.isStringLiteral() || type.isNumberLiteral()) return `${typeof type.value} ${type.value}`;
  if (type.flags & ts.TypeFlags.BigIntLiteral) {
    const { value } = type as ts.BigIntLiteralType;
    return `bigint ${value.negative ? '-' : ''}${value.base10Value}`;
  }
  return type.flags & (PRIMITIVE | ts.TypeFlags.Unknown) && !(type.flags & ts.TypeFlags.UniqueESSymbol)
    ? `${type.flags & ts.TypeFlags.BooleanLiteral ? (type as unknown as { intrinsicName: string }).intrinsicName : type.flags}`
    : null;
}

/** The members with a literal type that tell the alternatives of a union apart. */
function discriminants(c: Comparison, type: ts.Type): Map<string, string> {
  const found = new Map<string, string>();
  if (!(type.flags & ts.TypeFlags.Object)) return found;
  for (const symbol of c.checker.getPropertiesOfType(type)) {
    const member = c.checker.getTypeOfSymbol(symbol);
    const key = member.isLiteral() || member.flags & ts.TypeFlags.BooleanLiteral ? literalKey(member) : null;
    if (key !== null) found.set(memberName(symbol), key);
  }
  return found;
}

/** A name with the namespaces that it is in: `YAMLMap.Parsed`. */
function qualifiedName(symbol: ts.Symbol | undefined): string | null {
  if (symbol === undefined) return null;
  const { parent } = symbol as { readonly parent?: ts.Symbol };
  const inside = parent !== undefined && !parent.declarations?.some(ts.isSourceFile);
  return inside ? `${qualifiedName(parent)}.${symbol.name}` : symbol.name;
}

/** The names that an alternative is known by: its own, or those of the parts that it has to be all at once. */
function namesOf(type: ts.Type): string | null {
  const name = qualifiedName(nameOf(type));
  if (name !== null || !type.isIntersection()) return name;
  const names = type.types.map((part) => qualifiedName(nameOf(part)));
  return names.includes(null) ? null : names.join(' & ');
}

/** What kind of thing an alternative is, so that the only one of its kind is taken for what became of the other. */
function kindOf(c: Comparison, type: ts.Type): string | null {
  if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return null;
  if (c.checker.isArrayLikeType(type)) return 'list';
  return c.checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0 ? 'function' : 'object';
}

function discriminantKey(c: Comparison, type: ts.Type): string | null {
  const entries = [...discriminants(c, type)].map(([name, value]) => `${name}=${value}`);
  return entries.length === 0 ? null : entries.sort().join();
}

/** The alternatives of two unions, while it is found out what became of each. */
class Pairing {
  readonly pairs: [ts.Type, ts.Type][] = [];
  readonly onlyBefore: Set<ts.Type>;
  readonly onlyAfter: Set<ts.Type>;

  constructor(as: readonly ts.Type[], bs: readonly ts.Type[]) {
    this.onlyBefore = new Set(as);
    this.onlyAfter = new Set(bs);
  }

  pair(a: ts.Type, b: ts.Type): void {
    this.pairs.push([a, b]);
    this.onlyBefore.delete(a);
    this.onlyAfter.delete(b);
  }

  /** Pairs what has the same key, where no two on one side have it. */
  pairBy(keyOf: (type: ts.Type) => string | null): void {
    const [as, bs] = [this.onlyBefore, this.onlyAfter].map((types) => {
      const byKey = new Map<string, ts.Type[]>();
      for (const type of types) {
        const key = keyOf(type);
        if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), type]);
      }
      return byKey;
    });
    for (const [key, [a, ...more]] of as ?? []) {
      const [b, ...others] = bs?.get(key) ?? [];
      if (a !== undefined && b !== undefined && more.length === 0 && others.length === 0) this.pair(a, b);
    }
  }

  pairWhere(alike: (a: ts.Type, b: ts.Type) => boolean): void {
    for (const a of this.onlyBefore) {
      const b = [...this.onlyAfter].find((candidate) => alike(a, candidate));
      if (b !== undefined) this.pair(a, b);
    }
  }
}

/** Beyond this, alternatives are told apart by value, discriminant and name alone: each with each would take long. */
const MAX_TRIED = 40;

/** Finds for each alternative what became of it: by value, discriminant, name, being the same, being the only one of a kind. */
function pairUp(c: Comparison, as: readonly ts.Type[], bs: readonly ts.Type[]): Pairing {
  const pairing = new Pairing(as, bs);
  for (const a of as) if (pairing.onlyAfter.has(a)) pairing.pair(a, a);
  pairing.pairBy(literalKey);
  const complex = (types: ReadonlySet<ts.Type>): number =>
    [...types].filter((type) => literalKey(type) === null).length;
  if (complex(pairing.onlyBefore) === 0 || complex(pairing.onlyAfter) === 0) return pairing;
  pairing.pairBy((type) => discriminantKey(c, type));
  pairing.pairBy(namesOf);
  if (Math.max(pairing.onlyBefore.size, pairing.onlyAfter.size) <= MAX_TRIED) {
    pairing.pairWhere((a, b) => literalKey(a) === null && literalKey(b) === null && c.same(a, b));
  }
  pairing.pairBy((type) => kindOf(c, type));
  return pairing;
}

/** Whether an alternative fits some alternative of the other version, as far as callers are concerned. */
function fits(
  c: Comparison,
  one: ts.Type,
  others: readonly ts.Type[],
  role: Role,
  forward: boolean,
  place: Place,
): boolean {
  if (literalKey(one) !== null) return others.some((other) => c.assignable(one, other));
  const alike = others.some((other) => {
    if (kindOf(c, one) !== kindOf(c, other)) return false;
    const [a, b] = forward ? [one, other] : [other, one];
    const level = c.rank(() => c.compareTypes(a, b, role, place));
    return level === 'COMPATIBLE' || level === 'MINOR_CHANGE';
  });
  return alike || others.some((other) => kindOf(c, one) !== kindOf(c, other) && c.assignable(one, other));
}

/** The two types, their role and place, as every report on their alternatives needs them. */
interface UnionChange {
  readonly a: ts.Type;
  readonly b: ts.Type;
  readonly role: Role;
  readonly place: Place;
}

/** Says which alternatives came, or (`lost`) went. */
function reportAlternatives(
  c: Comparison,
  types: readonly ts.Type[],
  change: UnionChange,
  lost: boolean,
  breaks: boolean,
): void {
  const { a, b, role, place } = change;
  if (!lost && place.kind === 'return' && types.every((type) => type.flags & NOTHING)) {
    reportChange(c, a, b, role, place, 'widened', breaks);
    return;
  }
  const list = types.map((type) => c.show(type)).join(', ');
  const gainedWords = isReceived(role) ? `may be ${list} now` : `takes ${list} as well now`;
  const lostWords = isSupplied(role) ? `does not take ${list} any more` : `is never ${list} any more`;
  const ofCall = place.kind === 'param' || place.kind === 'return';
  const code = ofCall
    ? codeOf(place, lost ? 'narrowed' : 'widened')
    : lost
      ? 'union-member-removed'
      : 'union-member-added';
  (breaks ? c.breaking : c.minor).call(c, code, place.path, lost ? lostWords : gainedWords, c.show(a), c.show(b));
}

/** True where the checker's no may mean that it does not know what stands for what. */
function isDoubtful(c: Comparison, a: ts.Type, b: ts.Type, generic: boolean): boolean {
  // A template of strings and numbers is known, whatever callers fill in elsewhere.
  if ([a, b].some((type) => type.flags & ts.TypeFlags.Instantiable && isGeneric(c, type))) return true;
  const kind = kindOf(c, a);
  return kind !== null && kind === kindOf(c, b) && (generic || isGeneric(c, a) || isGeneric(c, b));
}

/** Nothing of the one is left in the other: that is said of the whole. */
function compareUnlike(
  c: Comparison,
  { a, b, role, place }: UnionChange,
  as: readonly ts.Type[],
  bs: readonly ts.Type[],
): void {
  const breaks =
    (isReceived(role) && !bs.every((type) => fits(c, type, as, role, false, place))) ||
    (isSupplied(role) && !as.every((type) => fits(c, type, bs, role, true, place)));
  const generic = isGeneric(c, a) || isGeneric(c, b);
  if (breaks && as.some((from) => bs.some((to) => isDoubtful(c, from, to, generic)))) {
    const [before, after] = [c.show(a), c.show(b)];
    if (!c.texts.readAlike(a, b)) c.undecided(place, changedType(before, after), before, after, OPEN);
    return;
  }
  // The checker takes methods both ways: a result that breaks callers is not narrower for all that, nor an argument wider.
  const narrowed = c.assignable(b, a) && (!breaks || isSupplied(role));
  const widened = c.assignable(a, b) && (!breaks || isReceived(role));
  const change = narrowed ? 'narrowed' : widened ? 'widened' : 'changed';
  reportChange(c, a, b, role, place, change, breaks);
}

/** Compares the alternatives of two types of which at least one is a union. */
export function compareUnions(c: Comparison, a: ts.Type, b: ts.Type, role: Role, at: Place): void {
  const place = bare(at);
  const as = alternativesOf(c, a);
  const bs = [...new Set(alternativesOf(c, b).flatMap((part) => alternativesOf(c, withDefaults(c, part))))];
  const pairing = pairUp(c, as, bs);
  const { pairs } = pairing;
  const [onlyBefore, onlyAfter] = [[...pairing.onlyBefore], [...pairing.onlyAfter]];
  if (pairs.length === 0) {
    compareUnlike(c, { a, b, role, place }, as, bs);
    return;
  }
  const nodesOf = alternativeNodes(c, at.nodes);
  for (const [from, to] of pairs) {
    // The same literal is one type on both sides.
    if (from === to && literalKey(from) !== null) continue;
    c.compareTypes(from, to, role, { ...place, nodes: nodesOf([from, to]) });
  }
  const unfitting = isReceived(role) ? onlyAfter.filter((type) => !fits(c, type, as, role, false, place)) : [];
  const refused = isSupplied(role) ? onlyBefore.filter((type) => !fits(c, type, bs, role, true, place)) : [];
  const whole: UnionChange = { a, b, role, place };
  if (unfitting.length > 0) reportAlternatives(c, unfitting, whole, false, true);
  else if (onlyAfter.length > 0) reportAlternatives(c, onlyAfter, whole, false, false);
  if (refused.length > 0) reportAlternatives(c, refused, whole, true, true);
  else if (onlyBefore.length > 0) reportAlternatives(c, onlyBefore, whole, true, false);
}
