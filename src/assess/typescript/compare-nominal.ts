/** Instances of classes with hidden members: nothing of another class fits, however alike the two are written. */

import ts from '../compiler.cjs';
import { reportChange } from './compare-leaves.js';
import type { Comparison } from './comparison.js';
import { areTwo } from './nominal.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import type { Place } from './type-places.js';

function classOf({ symbol }: ts.Type): ts.Symbol | null {
  return symbol !== undefined && symbol.flags & ts.SymbolFlags.Class ? symbol : null;
}

/** A class, and what it extends. */
function chainOf(c: Comparison, symbol: ts.Symbol): ReadonlySet<ts.Symbol> {
  const chain = new Set([symbol]);
  for (const one of chain) {
    const type = c.checker.getDeclaredTypeOfSymbol(one);
    const bases = type.isClassOrInterface() ? c.checker.getBaseTypes(type) : [];
    for (const base of bases) if (classOf(base) !== null) chain.add(base.symbol);
  }
  return chain;
}

/** Tells where instances of another class are asked for or given now. True where they are, and do not fit. */
export function compareNominal(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  const [from, to] = [classOf(a), classOf(b)];
  if (from === null || to === null || !areTwo(c.namesakes, from, to)) return false;
  const isOne = (before: ts.Symbol, after: ts.Symbol): boolean => c.namesakes.get(before)?.has(after) === true;
  const newFits = [...chainOf(c, to)].some((base) => isOne(from, base));
  const oldFits = [...chainOf(c, from)].some((base) => isOne(base, to));
  if (!(isReceived(role) && !newFits) && !(isSupplied(role) && !oldFits)) return false;
  reportChange(c, a, b, role, place, newFits === oldFits ? 'changed' : newFits ? 'narrowed' : 'widened', true);
  return true;
}
