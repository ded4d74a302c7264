/** Declarations that are not exported, and that exported ones name. */

import ts from '../compiler.cjs';
import { compareExportedType, compareValues, type ExportPair } from './compare-exported.js';
import { compareKeyed } from './compare-keyed.js';
import type { Comparison } from './comparison.js';
import type { Naming } from './declaration-identity.js';
import { BOTH, isInPart, type Role, type Uses, withUse } from './roles.js';
import { typeParametersOf } from './symbols.js';

/**
 * Compares declarations that changed and are not exported, but that exported ones name: in the roles in which callers
 * meet them there.
 */
export function compareHidden(c: Comparison): void {
  const seen = new Set<ts.Symbol>(c.exportNames.keys());
  for (let found = true; found; ) {
    found = false;
    for (const { before, after, namedBy } of c.identity.changedPairs()) {
      if (seen.has(before)) continue;
      seen.add(before);
      found = true;
      if (before.name !== after.name || c.exportNameOf(before) !== undefined) continue;
      for (const exporter of exportersOf(c, namedBy)) {
        compareHiddenAt(c, { path: `${exporter} > ${before.name}`, name: before.name, before, after });
      }
    }
  }
}

/** The exports at which it is told what changed in a declaration that they name; one that changed itself has told it. */
export function exportersOf(c: Comparison, namedBy: readonly Naming[]): string[] {
  const exporters = namedBy.flatMap(({ symbol, changed }) => {
    const name = c.exportNameOf(symbol);
    return name === undefined ? [] : [{ name, changed }];
  });
  const unchanged = exporters.filter(({ changed }) => !changed);
  return (unchanged.length > 0 ? unchanged : exporters.slice(0, 1)).map(({ name }) => name);
}

function compareHiddenAt(c: Comparison, pair: ExportPair): void {
  const uses = withUse(c.positions.usesOf(pair.before), 'whole', c.met.get(pair.before) ?? 0);
  if (uses.whole !== 0) compareHiddenPair(c, pair, uses.whole);
  else if (isInPart(uses)) compareHiddenKeys(c, pair, uses);
  else compareUnplaced(c, pair);
}

/** A declaration that callers can neither name nor supply: they name its keys, and meet what is under them. */
function compareHiddenKeys(c: Comparison, { path, before, after }: ExportPair, uses: Uses): void {
  c.pairTypeParameters(typeParametersOf(c.checker, before), typeParametersOf(c.checker, after));
  const [a, b] = [before, after].map((symbol) => c.checker.getDeclaredTypeOfSymbol(symbol));
  if (a !== undefined && b !== undefined) compareKeyed(c, a, b, uses, path);
}

function compareHiddenPair(c: Comparison, pair: ExportPair, role: Role): void {
  const { path, before, after } = pair;
  // A class that became an interface has no flag in common with it, and both are types.
  const areBoth = (flags: ts.SymbolFlags): boolean => (before.flags & flags) !== 0 && (after.flags & flags) !== 0;
  if (areBoth(ts.SymbolFlags.Value) && !(before.flags & ts.SymbolFlags.Enum)) compareValues(c, before, after, path);
  if (areBoth(ts.SymbolFlags.Type)) compareExportedType(c, pair, role);
}

/** A declaration from which exported types are computed: what its change does to them is not known, if it does harm at all. */
function compareUnplaced(c: Comparison, pair: ExportPair): void {
  const found = c.trial(() => compareHiddenPair(c, pair, BOTH));
  if (found.every(({ level }) => level !== 'BREAKING')) {
    c.accept(found);
    return;
  }
  const message = 'changed, and exported types are computed from it';
  c.unknown('not-comparable', pair.path, message, null, null);
}
