/** What types extend whose members are not compared: types of the library, and of packages that are not in the module. */

import ts from '../compiler.cjs';
import { foreignBases, originOf } from './compare-foreign.js';
import type { Comparison } from './comparison.js';
import type { Role } from './roles.js';
import { isOfLibrary } from './symbols.js';
import { isThis } from './type-kinds.js';
import type { Place } from './type-places.js';

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
export function compareForeignBases(c: Comparison, a: ts.Type, b: ts.Type, place: Place): void {
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

export function compareLibraryBases(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
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
